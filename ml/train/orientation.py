"""The head that says which way up a photo is, fitted on what the scene network sees."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.image import Picture
from ml.rotation.orientation import HEAD, SIDE, Floats, Head, features
from ml.train.restoration_sources import PHOTOS, training_photos

CACHE = Path("build/orientation/features.npz")
COVERAGE = 0.92  # share of photos that it answers about
_RATES = (0.03, 0.1, 0.3, 1.0)  # of weight decay, chosen among by folds
_FOLDS = 5
_STEPS = 300

Values = NDArray[np.float64]


def main(data: Path) -> None:
    """Look at the photos below `data`, once, fit the head and write ml/data/orientation_head.npz.

    Its sharpness, and how sure it must be, come from photos that each fold was not fitted on.
    """
    cv2.setNumThreads(1)
    seen = _seen(training_photos(data, PHOTOS))
    mean, spread = seen.mean((0, 1)), seen.std((0, 1)) + 1e-3
    values = ((seen - mean) / spread).astype(np.float64)
    scores = {rate: _held_scores(values, rate) for rate in _RATES}
    rate = min(_RATES, key=lambda each: _loss(_sharpest(scores[each]) * scores[each]))
    sharpness = _sharpest(scores[rate])
    likely = _softmax(sharpness * scores[rate])
    sure = float(np.quantile(likely.max(1), 1 - COVERAGE))
    kept = likely.max(1) >= sure
    right = likely.argmax(1) == 0
    found = Head(_fitted(values, rate).astype(np.float32), mean, spread, sharpness, sure)
    np.savez_compressed(
        HEAD,
        weights=found.weights.astype(np.float16),
        mean=found.mean.astype(np.float16),
        spread=found.spread.astype(np.float16),
        sharpness=sharpness,
        sure=sure,
    )
    print(
        f"{HEAD.name}: {len(seen)} photos, by folds {right.mean():.4f} right, "
        f"{right[kept].mean():.4f} of the surest {kept.mean():.3f}; decay {rate}"
    )


def _seen(paths: list[Path]) -> Floats:
    """Features of every photo, (photos, 4, FEATURES), kept for the next run."""
    names = np.array([path.as_posix() for path in paths])
    if CACHE.exists():
        with np.load(CACHE) as told:
            if np.array_equal(told["names"], names):
                return np.asarray(told["seen"], np.float32)
    with ThreadPoolExecutor(int(os.environ.get("PROOFSHEET_THREADS", "1"))) as pool:
        seen = np.stack(list(pool.map(_look, paths)))
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    np.savez(CACHE, names=names, seen=seen)
    return seen.astype(np.float32)


def _look(path: Path) -> NDArray[np.float16]:
    return features(Picture.open(path).view(2 * SIDE)).astype(np.float16)


def _held_scores(values: Values, rate: float) -> Values:
    """Scores (photos, 4) by heads that were fitted on other photos."""
    order = np.random.default_rng(0).permutation(len(values))
    scores = np.empty(values.shape[:2])
    for fold in range(_FOLDS):
        out = order[fold::_FOLDS]
        kept = np.setdiff1d(order, out)
        scores[out] = values[out] @ _fitted(values[kept], rate)
    return scores


def _fitted(values: Values, rate: float) -> Values:
    """A conditional logit: which of four looks is upright, by Adam."""
    weights = np.zeros(values.shape[2])
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    upright = values[:, 0].mean(0)
    for step in range(1, _STEPS + 1):
        chance = _softmax(values @ weights)
        slope = np.einsum("nk,nkc->c", chance, values) / len(values) - upright + rate * weights
        first = 0.9 * first + 0.1 * slope
        second = 0.99 * second + 0.01 * slope**2
        size = 1e-3 / np.sqrt(second / (1 - 0.99**step) + 1e-8)
        weights = weights - size * first / (1 - 0.9**step)
    return weights


def _sharpest(scores: Values) -> float:
    """What scores are multiplied by so that their probabilities are honest."""
    return float(min(np.geomspace(0.2, 30, 60), key=lambda each: _loss(each * scores)))


def _loss(scores: Values) -> float:
    return float(-np.log(np.maximum(_softmax(scores)[:, 0], 1e-9)).mean())


def _softmax(scores: Values) -> Values:
    likely = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(likely / likely.sum(1, keepdims=True))
