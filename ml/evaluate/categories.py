"""Categories against labels made by looking, with the trivial baselines beside them."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml import tagging
from ml.errors import MLError
from ml.evaluate.report import Metric, Report
from ml.image import Picture
from ml.results import Face, Result, Tag
from ml.scene import KINDS, NAMES, SIDE, SceneHead, fusion
from ml.stages.table import STAGES, VIEW_SIDE
from ml.train.labels import EVALUATION, TRAINING, Labelled, read, targets

RESAMPLES = 1000
BINS = 10
COMMON = 10  # labelled photos from which a category's F1 says something of its own
# What a program without a scene network would do: look the objects' names up in a table.
LOOK_UP = {
    "animal": ("animal",),
    "vehicle": ("vehicle",),
    "dish": ("food",),
    "tableware": ("food", "indoor"),
    "sport": ("sport",),
    "snow gear": ("snow", "nature"),
    "boat": ("water",),
    "furniture": ("indoor",),
    "plant": ("flowers",),
    "street furniture": ("street", "urban"),
    "traffic": ("street", "urban"),
    "book": ("document",),
}

Matrix = NDArray[np.float64]
Shown = NDArray[np.bool_]


@dataclass(frozen=True)
class Answers:
    """All (photos, categories): labels, probabilities, what is suggested, what the look-up says."""

    truth: Shown
    probabilities: Matrix
    shown: Shown
    looked_up: Shown


def available(data: Path) -> str | None:
    """Say why the labelled photos cannot be used under this folder, or None where they can."""
    missing = [photo.path for photo in read(EVALUATION) if not (data / photo.path).is_file()]
    if missing:
        return f"{len(missing)} of the labelled photos are not under {data}, e.g. {missing[0]}"
    return None


def evaluate(data: Path, seed: int = 0) -> Report:
    """Measure the categories on the committed evaluation list, whose paths begin in `data`.

    Raises MLError where photos are missing, WeightsError where a network is.
    """
    reason = available(data)
    if reason is not None:
        raise MLError(reason)
    photos = read(EVALUATION)
    answers = answer(data, photos)
    known = {photo.path for photo in read(TRAINING)}
    seen = sum(photo.path in known for photo in photos)
    draws = np.random.default_rng(seed).multinomial(
        len(photos), np.full(len(photos), 1 / len(photos)), RESAMPLES
    )
    report = Report("categories", len(photos), seen, metrics(answers, draws))
    report.baselines = baselines(answers, draws)
    return report


def answer(data: Path, photos: tuple[Labelled, ...]) -> Answers:
    """Run objects, faces and categories on every photo."""
    head, rows, looked_up = SceneHead(), [], []
    for number, photo in enumerate(photos):
        picture = Picture.open(data / photo.path)
        picture.view(VIEW_SIDE)
        seen = STAGES["faces"].run(picture, STAGES["tags"].run(picture, Result()))
        tags, faces = seen.tags or (), seen.faces or ()
        rows.append(head.probabilities(picture.view(SIDE * 2), tags, faces, picture.size)[0])
        looked_up.append(look_up(tags, faces))
        if number % 100 == 99:
            sys.stderr.write(f"{number + 1} of {len(photos)} photos\n")
    probabilities = np.array(rows, np.float64)
    gate = np.array([fusion().suggest[name] for name in NAMES])
    truth = targets(photos, NAMES) > 0
    return Answers(truth, probabilities, probabilities >= gate, np.array(looked_up))


def look_up(tags: tuple[Tag, ...], faces: tuple[Face, ...]) -> list[bool]:
    """What the table says of a photo, for each of the categories; people are counted."""
    names = {tag.name for tag in tags}
    found = {name for kind, known in KINDS.items() if names & known for name in LOOK_UP[kind]}
    people = max(sum(tag.name == "person" for tag in tags), len(faces))
    if people:
        found.add("portrait" if people == 1 else "group photo")
    return [name in found for name in NAMES]


def metrics(answers: Answers, draws: NDArray[np.int64]) -> dict[str, Metric | None]:
    """Every figure with its bootstrap interval over photos; a category's `n` is its labelled
    photos.

    A category that no evaluation photo has is None.
    """
    n = len(answers.truth)
    often = answers.truth.sum(0) >= COMMON

    def common(scores: tuple[Matrix, ...]) -> tuple[Matrix, Matrix, Matrix]:
        right, wrong, missed = (c[:, often] for c in scores)
        return right, wrong, missed

    exact, drawn = counts(answers.truth, answers.shown), counts(answers.truth, answers.shown, draws)
    found: dict[str, Metric | None] = {
        "macro_f1": _metric(macro(*exact), macro(*drawn), n),
        "macro_f1_common": _metric(macro(*common(exact)), macro(*common(drawn)), n),
        "micro_f1": _metric(micro(*exact), micro(*drawn), n),
        "map": None,
        "ece": _plain(calibration_error(answers.truth, answers.probabilities), answers.truth.size),
        "precision_unreviewed": unreviewed(answers, draws),
    }
    precisions = []
    for k, name in enumerate(NAMES):
        positives = int(answers.truth[:, k].sum())
        own, resampled = [c[:, k] for c in exact], [c[:, k] for c in drawn]
        for label, score in (("f1", f1), ("precision", precision), ("recall", recall)):
            figure = _metric(score(*own), score(*resampled), positives) if positives else None
            found[f"{name}: {label}"] = figure
        if positives:
            precisions.append(average_precision(answers.truth[:, k], answers.probabilities[:, k]))
            found[f"{name}: ap"] = _plain(precisions[-1], positives)
    found["map"] = _plain(float(np.mean(precisions)), n)
    return found


def unreviewed(answers: Answers, draws: NDArray[np.int64]) -> Metric | None:
    """Precision of what would be written without a person's look; `n` is how many that are."""
    gates = tagging.thresholds()
    sure = answers.probabilities >= np.array([gates.get(name, 2.0) for name in NAMES])
    sums = [c.sum(-1) for c in counts(answers.truth, sure, draws)]
    exact = [c.sum(-1) for c in counts(answers.truth, sure)]
    return _metric(precision(*exact), precision(*sums), int(sure.sum()))


def baselines(answers: Answers, draws: NDArray[np.int64]) -> dict[str, Metric | None]:
    """Macro-F1 of the table look-up, and of always saying the most frequent category of the
    training labels.
    """
    n = len(answers.truth)
    often = targets(read(TRAINING), NAMES).sum(0)
    same = np.zeros_like(answers.truth)
    same[:, int(often.argmax())] = True
    return {
        f"macro_f1_{label}": _metric(
            macro(*counts(answers.truth, said)), macro(*counts(answers.truth, said, draws)), n
        )
        for label, said in (("tag_look_up", answers.looked_up), ("most_frequent", same))
    }


def counts(
    truth: Shown, said: Shown, draws: NDArray[np.int64] | None = None
) -> tuple[Matrix, Matrix, Matrix]:
    """True positives, false positives, false negatives (resamples, categories)."""
    weights = np.ones((1, len(truth))) if draws is None else draws.astype(np.float64)
    return weights @ (truth & said), weights @ (~truth & said), weights @ (truth & ~said)


def f1(right: Matrix, wrong: Matrix, missed: Matrix) -> Matrix:
    """F1; not a number where there is neither a label nor an answer."""
    return _ratio(2 * right, 2 * right + wrong + missed)


def precision(right: Matrix, wrong: Matrix, _missed: Matrix) -> Matrix:
    """Share of the answers that are right."""
    return _ratio(right, right + wrong)


def recall(right: Matrix, _wrong: Matrix, missed: Matrix) -> Matrix:
    """Share of the labels that are found."""
    return _ratio(right, right + missed)


def macro(right: Matrix, wrong: Matrix, missed: Matrix) -> Matrix:
    """Mean F1 (resamples,) over the categories that have a label in the resample."""
    values = np.where(right + missed > 0, f1(right, wrong, missed), np.nan)
    return np.asarray(np.nanmean(values, axis=-1))


def micro(right: Matrix, wrong: Matrix, missed: Matrix) -> Matrix:
    """F1 (resamples,) of all answers together."""
    return f1(right.sum(-1), wrong.sum(-1), missed.sum(-1))


def _ratio(part: Matrix, whole: Matrix) -> Matrix:
    return np.where(whole > 0, part / np.maximum(whole, 1e-9), np.nan)


def average_precision(truth: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Area under the precision-recall steps; not a number without a positive."""
    ranked = truth[np.argsort(-scores, kind="stable")]
    if not ranked.any():
        return float("nan")
    reached = np.cumsum(ranked) / np.arange(1, len(ranked) + 1)
    return float(reached[ranked].mean())


def calibration_error(truth: Shown, probabilities: Matrix) -> float:
    """Expected calibration error over all pairs of photo and category, in bins of equal width."""
    bin_of = np.minimum((probabilities * BINS).astype(int), BINS - 1)
    gaps = [abs(float((probabilities - truth)[bin_of == b].sum())) for b in range(BINS)]
    return sum(gaps) / truth.size


def _metric(value: Matrix, resampled: Matrix, n: int) -> Metric | None:
    """None where it was never defined: no answer of that category."""
    defined = resampled[~np.isnan(resampled)]
    exact = float(value.reshape(-1)[0])
    if not len(defined) or np.isnan(exact):
        return None
    lo, hi = np.percentile(defined, [2.5, 97.5])
    return Metric(exact, float(lo), float(hi), n)


def _plain(value: float, n: int) -> Metric:
    """A figure without an interval."""
    return Metric(value, value, value, n)
