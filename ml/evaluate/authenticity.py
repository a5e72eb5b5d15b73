"""Photographs, generated and edited pictures, by collection: how well they are told apart, how
often a photograph is accused, and how honest the probabilities are.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity.metadata import said
from ml.authenticity.patches import VIEW, prepared
from ml.authenticity.statistics import SPECTRUM, statistics
from ml.errors import ImageError, MLError
from ml.evaluate.report import Metric, Report
from ml.image import Picture
from ml.image.formats import is_taken
from ml.image.picture import within
from ml.stages.authenticity import judge_authenticity
from ml.train.authenticity_sources import EDITED, GENERATED, LEFT_OUT, REAL, Pixels, trained_on

CLASSES = {REAL: "photograph", GENERATED: "generated", EDITED: "edited"}
WANTED = (
    "auc_generated",
    "auc_edited",
    "accuracy_decided",
    "coverage",
    "false_accusation_rate",
    "ece",
)
_RESAMPLES = 500
_FEWEST, _TO_EDIT = 4, 1100  # photographs that edits are made of, and px of their long side
_BINS = 10
_DECAY = 1e-2
_STEPS = 300

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """A picture's class and collection, what was told of it, and what baselines go by."""

    kind: str
    collection: str
    seen: bool
    outcome: str
    likely: dict[str, float]
    stated: float
    spectrum: NDArray[np.float32]


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure on folders with real, generated and edited, each with a folder a collection, or on
    lists (.tsv) of path, class and collection. Every picture is a source by itself.

    Raises MLError where there is no picture of these classes.
    """
    cv2.setNumThreads(1)
    judged = list(_judged(places))
    if not judged:
        raise MLError("nothing to measure: DIR/{real,generated,edited}/COLLECTION, or a .tsv list")
    report = Report("authenticity", len(judged), sum(each.seen for each in judged), {})
    report.metrics = dict.fromkeys(WANTED) | _metrics(judged, seed)
    by_metadata = _auc(judged, GENERATED, lambda each: each.stated, seed)
    report.baselines = {
        "metadata_only": {"auc_generated": _plain(by_metadata)},
        "spectrum_logistic": {"auc_generated": _plain(_spectrum(judged, seed))},
        "always_photograph": {"accuracy": float(np.mean([each.kind == REAL for each in judged]))},
    }
    return report


def _plain(metric: Metric | None) -> dict[str, Any] | None:
    return None if metric is None else asdict(metric)


def _judged(places: Sequence[Path]) -> Iterator[Judged]:
    for path, kind, collection in listed(places):
        try:
            picture = Picture.open(path)
            told = judge_authenticity(picture)
            view = picture.view(VIEW)
            stated = said(picture, view).generated
            spectrum = statistics(prepared(view))[:SPECTRUM]
        except ImageError as error:
            raise MLError(f"{path}: {error}") from error
        yield Judged(
            kind, collection, trained_on(path), told.outcome, told.probabilities, stated, spectrum
        )


def listed(places: Sequence[Path]) -> list[tuple[Path, str, str]]:
    """Pictures with class and collection, those of `LEFT_OUT` aside."""
    out = set(LEFT_OUT.read_text("utf-8").splitlines())
    found = list[tuple[Path, str, str]]()
    for place in places:
        if place.suffix == ".tsv":
            rows = [line.split("\t") for line in place.read_text("utf-8").splitlines() if line]
            if any(len(row) != 3 or row[1] not in CLASSES for row in rows):
                raise MLError(f"{place}: each line is path, {'|'.join(CLASSES)}, collection")
            found += [(place.parent / row[0], row[1], row[2]) for row in rows]
            continue
        for kind in CLASSES:
            for path in sorted((place / kind).glob("*/**/*")):
                if path.is_file() and is_taken(path):
                    found.append((path, kind, path.relative_to(place / kind).parts[0]))
    return [each for each in found if not any(each[0].as_posix().endswith(name) for name in out)]


def photographs(places: Sequence[Path]) -> tuple[list[Path], list[Pixels]]:
    """The photographs of lists or folders to make edits of, and views of them; raises MLError where
    there are fewer than four.
    """
    paths = [path for path, kind, _ in listed(places) if kind == REAL]
    if len(paths) < _FEWEST:
        raise MLError("photographs are wanted: DIR/real/COLLECTION, or a .tsv list")
    return paths, [within(Picture.open(path).view(_TO_EDIT), _TO_EDIT) for path in paths]


def _metrics(judged: list[Judged], seed: int) -> dict[str, Metric | None]:
    decided = [each for each in judged if each.outcome != "inconclusive"]
    real = [each for each in judged if each.kind == REAL]
    found = {
        "auc_generated": _auc(judged, GENERATED, _LIKELY[GENERATED], seed),
        "auc_edited": _auc(judged, EDITED, _LIKELY[EDITED], seed),
        "accuracy_decided": _share(decided, _right, seed),
        "coverage": _share(judged, lambda each: each.outcome != "inconclusive", seed),
        "false_accusation_rate": _share(real, _accused, seed),
        "ece": _ece(judged, seed),
    }
    for kind in (GENERATED, EDITED):
        own = [each for each in judged if each.kind == kind]
        found[f"{kind}_found_rate"] = _share(own, _right, seed)
    for kind in CLASSES:
        for name in sorted({each.collection for each in judged if each.kind == kind}):
            own = [each for each in judged if (each.kind, each.collection) == (kind, name)]
            if kind == REAL:
                found[f"false_accusation_rate_{name}"] = _share(own, _accused, seed)
            else:
                found[f"auc_{kind}_{name}"] = _auc([*real, *own], kind, _LIKELY[kind], seed)
    return found


_LIKELY: dict[str, Callable[[Judged], float]] = {
    GENERATED: lambda each: each.likely["generated"],
    EDITED: lambda each: each.likely["edited"],
}


def _right(each: Judged) -> bool:
    return each.outcome == CLASSES[each.kind]


def _accused(each: Judged) -> bool:
    return each.outcome in ("generated", "edited")


def _share(judged: list[Judged], told: Callable[[Judged], bool], seed: int) -> Metric | None:
    values = np.array([told(each) for each in judged], float)
    return interval(len(values), lambda rows: float(values[rows].mean()), seed)


def _auc(
    judged: list[Judged], kind: str, score: Callable[[Judged], float], seed: int
) -> Metric | None:
    chosen = [each for each in judged if each.kind in (REAL, kind)]
    true = np.array([each.kind == kind for each in chosen])
    values = np.array([score(each) for each in chosen])
    if not true.any() or true.all():
        return None
    return interval(len(true), lambda rows: area(true[rows], values[rows]), seed)


def area(true: NDArray[np.bool_], values: Values) -> float:
    """Area under the curve: how often one of the class is above one that is not."""
    above, below = values[true], np.sort(values[~true])
    if not len(above) or not len(below):
        return 0.5
    least, most = (np.searchsorted(below, above, side) for side in ("left", "right"))
    return float((least + most).mean() / 2 / len(below))


def _ece(judged: list[Judged], seed: int) -> Metric | None:
    best = [max(each.likely, key=lambda name: each.likely[name]) for each in judged]
    sure = np.array([each.likely[name] for each, name in zip(judged, best, strict=True)])
    right = np.array([CLASSES[e.kind] == name for e, name in zip(judged, best, strict=True)], float)

    def error(rows: NDArray[np.int64]) -> float:
        bins = np.minimum((sure[rows] * _BINS).astype(int), _BINS - 1)
        gaps = np.bincount(bins, sure[rows] - right[rows], _BINS)
        return float(np.abs(gaps).sum() / len(rows))

    return interval(len(sure), error, seed)


def interval(count: int, figure: Callable[[NDArray[np.int64]], float], seed: int) -> Metric | None:
    """A figure of `count` rows with its 95 % interval, by drawing rows anew; None of none."""
    if not count:
        return None
    rng = np.random.default_rng(seed)
    drawn = [figure(rng.integers(count, size=count)) for _ in range(_RESAMPLES)]
    lo, hi = (float(each) for each in np.percentile(drawn, [2.5, 97.5]))
    return Metric(figure(np.arange(count)), lo, hi, count)


def _spectrum(judged: list[Judged], seed: int) -> Metric | None:
    """A logistic regression on the spectrum that never saw the collection which it scores."""
    chosen = [each for each in judged if each.kind != EDITED]
    true = np.array([each.kind == GENERATED for each in chosen], float)
    groups = np.array([each.collection for each in chosen])
    if len(set(true)) < 2:
        return None
    values = np.stack([each.spectrum for each in chosen]).astype(np.float64)
    values = (values - values.mean(0)) / (values.std(0) + 1e-3)
    scores = np.zeros(len(chosen))
    for group in np.unique(groups):
        rest = groups != group
        if len(set(true[rest])) == 2:
            scores[~rest] = values[~rest] @ _logistic(values[rest], true[rest])
    return interval(len(true), lambda rows: area(true[rows] > 0, scores[rows]), seed)


def _logistic(values: Values, true: Values) -> Values:
    weights = np.zeros(values.shape[1])
    share = true.mean()
    balance = np.where(true > 0, 0.5 / share, 0.5 / (1 - share))
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-np.clip(values @ weights, -30, 30)))
        weights -= 0.1 * (values.T @ (balance * (likely - true)) / len(true) + _DECAY * weights)
    return weights
