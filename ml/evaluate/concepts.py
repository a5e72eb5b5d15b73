"""Own tags: ten concepts outside COCO, taught by ten examples, beside trivial baselines."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ml.concepts import Calibration, Vectors
from ml.evaluate.categories import average_precision, calibration_error
from ml.evaluate.report import Metric, Report
from ml.image import Picture
from ml.results import Result
from ml.scene import NAMES as CATEGORIES
from ml.scene import SIDE, SceneHead
from ml.stages.table import STAGES, VIEW_SIDE
from ml.train import concepts as taught
from ml.train.concepts import NAMES, Pool, Ranking, Trial
from ml.train.labels import TRAINING, read

TOP = 20
EXAMPLES = 10
CURVE = (1, 3, 5, 10)
DRAWS = 5
RESAMPLES = 1000
# What existing tags and categories a photographer without own tags would look the concept up by.
LOOK_UP = {
    "black and white": ("artwork",),
    "child": ("person", "portrait"),
    "bathroom": ("toilet", "sink"),
    "kitchen": ("oven", "microwave", "refrigerator", "sink"),
    "living room": ("couch", "tv"),
    "shop or market": ("food",),
    "coffee or tea": ("cup",),
    "tennis": ("tennis racket",),
    "high-rise": ("building", "urban"),
    "reflection in water": ("water",),
}

Scores = NDArray[np.float64]


def evaluate(data: Path, seed: int = 0) -> Report:
    """Measure own tags on the committed labels, whose paths begin in `data`.

    Raises MLError where photos are missing, WeightsError where a network is.
    """
    pool = taught.load(data)
    members = np.arange(len(pool.vectors))
    rng = np.random.default_rng(seed)
    trials = {
        count: [
            taught.teach(pool, members, concept, count, rng)
            for concept in range(len(NAMES))
            for _ in range(DRAWS)
        ]
        for count in CURVE
    }
    at_ten = trials[EXAMPLES]
    seen = {photo.path for photo in read(TRAINING)}
    metrics: dict[str, Metric | None] = {
        "precision_at_20": _mean(at_ten, _precision, seed),
        "precision_at_20_possible": _mean(at_ten, _possible, seed),
        "average_precision": _mean(at_ten, _average, seed),
        "calibration_error": _calibration(pool, at_ten, seed),
    }
    metrics |= {
        f"precision_at_20_of_{count}": _mean(some, _precision, seed)
        for count, some in trials.items()
        if count != EXAMPLES
    }
    for concept, name in enumerate(NAMES):
        own = [trial for trial in at_ten if trial.concept == concept]
        metrics[f"precision_at_20_{name.replace(' ', '_')}"] = _mean(own, _precision, seed)
    report = Report("owntags", len(pool.paths), sum(path in seen for path in pool.paths), metrics)
    report.baselines = _baselines(data, pool, seed)
    return report


def _precision(trial: Ranking) -> float:
    return float(trial.truth[np.argsort(-trial.scores, kind="stable")[:TOP]].mean())


def _possible(trial: Ranking) -> float:
    return min(1.0, float(trial.truth.sum()) / TOP)


def _average(trial: Ranking) -> float:
    return average_precision(trial.truth, trial.scores)


def _mean(some: Sequence[Ranking], figure: Callable[[Ranking], float], seed: int) -> Metric:
    """The mean over concepts, its interval by bootstrap over concepts, then over their draws."""
    values = np.array([figure(trial) for trial in some])
    concepts = np.array([trial.concept for trial in some])
    groups = [values[concepts == concept] for concept in np.unique(concepts)]
    rng = np.random.default_rng(seed)
    means = [
        np.mean([rng.choice(groups[i], len(groups[i])).mean() for i in chosen])
        for chosen in rng.integers(0, len(groups), (RESAMPLES, len(groups)))
    ]
    lo, hi = np.percentile(means, [2.5, 97.5])
    return Metric(float(values.mean()), float(lo), float(hi), len(groups))


def _calibration(pool: Pool, at_ten: list[Trial], seed: int) -> Metric:
    """Expected calibration error, each concept with a calibration fitted on the other nine."""
    known = list(taught.trials(pool, seed + 1))
    errors = []
    for concept in range(len(NAMES)):
        others = Calibration(taught.fit([t for t in known if t.concept != concept]))
        own = [trial for trial in at_ten if trial.concept == concept]
        sure = np.concatenate([_probabilities(others, trial) for trial in own])
        truth = np.concatenate([trial.truth for trial in own])
        errors.append(calibration_error(truth[:, None], sure[:, None]))
    lo, hi = np.percentile(errors, [0, 100])
    return Metric(float(np.mean(errors)), float(lo), float(hi), len(errors))


def _probabilities(fitted: Calibration, trial: Trial) -> Scores:
    offset, slope = fitted.of(trial.found)
    return np.asarray(1 / (1 + np.exp(-(offset + slope * trial.scores))), np.float64)


def _baselines(data: Path, pool: Pool, seed: int) -> dict[str, Any]:
    """Precision at 20 of chance, of existing tags, and of simpler heads on as many examples."""
    looked_up = _look_up(data, pool)
    chance = np.random.default_rng(seed).random(len(pool.vectors))
    heads: dict[str, Callable[[Vectors, Vectors, int], Scores]] = {
        "random": lambda _yes, _no, _concept: chance,
        "tag_look_up": lambda _yes, _no, concept: looked_up[:, concept],
        "nearest_mean": lambda yes, _no, _concept: _double(pool.vectors @ yes.mean(0)),
        "logistic_regression": lambda yes, no, _concept: _double(pool.vectors @ _line(yes, no)),
    }
    found = {}
    for name, head in heads.items():
        rng, some = np.random.default_rng(seed), []
        for concept in range(len(NAMES)):
            for _ in range(DRAWS):
                yes, no = taught.examples(pool.truth[:, concept], EXAMPLES, rng)
                scores = head(pool.vectors[yes], pool.vectors[no], concept)
                rest = ~pool.beside(np.concatenate([yes, no]))
                some.append(Ranking(concept, scores[rest], pool.truth[rest, concept]))
        found[f"precision_at_20_{name}"] = asdict(_mean(some, _precision, seed))
    return found


def _double(scores: Vectors) -> Scores:
    return scores.astype(np.float64)


def _line(yes: Vectors, no: Vectors) -> Vectors:
    """Plain logistic regression on the examples alone."""
    model = LogisticRegression(C=10, max_iter=1000)
    model.fit(np.concatenate([yes, no]), np.arange(len(yes) + len(no)) < len(yes))
    return np.asarray(model.coef_[0], np.float32)


def _look_up(data: Path, pool: Pool) -> Scores:
    """How sure the existing tags and categories are of what comes nearest to each concept."""
    head, found = SceneHead(), np.zeros((len(pool.paths), len(NAMES)))
    for number, path in enumerate(pool.paths):
        picture = Picture.open(data / path)
        picture.view(VIEW_SIDE)
        seen = STAGES["faces"].run(picture, STAGES["tags"].run(picture, Result()))
        tags, faces = seen.tags or (), seen.faces or ()
        sure, _ = head.probabilities(picture.view(SIDE * 2), tags, faces, picture.size)
        known = dict(zip(CATEGORIES, map(float, sure), strict=True))
        for tag in tags:
            known[tag.name] = max(known.get(tag.name, 0.0), tag.confidence)
        found[number] = [max(known.get(word, 0.0) for word in LOOK_UP[name]) for name in NAMES]
        if number % 500 == 499:
            sys.stderr.write(f"{number + 1} of {len(pool.paths)} photos looked up\n")
    return found
