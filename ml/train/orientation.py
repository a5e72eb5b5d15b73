"""The head that says which way up a photo is, fitted on what the scene network sees."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.rotation.orientation import DETECTED, HEAD, Floats, Pixels, features
from ml.train import distortion_sources
from ml.train.distortion_sources import Sources

CACHE = Path("build/orientation/features.npz")
SOURCES = Path("build/distortion")  # the photos are those of the distortion, decoded once for both
COVERAGE = 0.92  # share of photos that it answers about
FALSE_TURNS = 0.0005  # of upright photos
_PORTRAITS = "train/faces_lfw"  # cut to the face: nothing to learn about photos from
_DECAY = 0.3  # of 0.03 to 1, the best by folds
_EMPHASIS = 3.0  # what weighs the few features of faces and objects against thousands of others
_FOLDS = 4
_STEPS = 300

Values = NDArray[np.floating[Any]]


def main(data: Path) -> None:
    """Look at the photos below `data`, once, fit the head and write ml/data/orientation_head.npz.

    Its sharpness, and how sure it must be, come from photos that each fold was not fitted on.
    """
    cv2.setNumThreads(1)
    sources, _ = distortion_sources.split(distortion_sources.load(data, SOURCES))
    names = {name for name in sources.names if not name.startswith(_PORTRAITS)}
    seen = _seen(sources.only(names))
    mean, spread = seen.mean((0, 1, 2)), seen.std((0, 1, 2)) + 1e-3
    spread[-DETECTED:] /= _EMPHASIS
    values = (seen - mean) / spread
    scores = _held_scores(values)
    sharpness = _sharpest(scores)
    likely = _softmax(sharpness * scores)
    sure = float(np.quantile(likely.max(1), 1 - COVERAGE))
    kept, right = likely.max(1) >= sure, likely.argmax(1) == 0
    wrong = np.sort(likely.max(1)[~right])[::-1]
    allowed = int(FALSE_TURNS * len(likely))
    turns = max(sure, float(np.nextafter(wrong[allowed], 1)) if len(wrong) > allowed else 0.0)
    surest = (1 + float(wrong.max(initial=turns))) / 2
    np.savez_compressed(
        HEAD,
        weights=_fitted(_with_mirrored(values)).astype(np.float16),
        mean=mean.astype(np.float16),
        spread=spread.astype(np.float16),
        sharpness=sharpness,
        sure=sure,
        turns=turns,
        surest=surest,
    )
    proposed = (likely.max(1) >= turns).mean()
    print(
        f"{HEAD.name}: {len(seen)} photos, by folds {right.mean():.4f} right, "
        f"{right[kept].mean():.4f} of the surest {kept.mean():.3f}; a turn is proposed from "
        f"{turns:.4f} on ({proposed:.3f} of turned photos), made from {surest:.4f} on"
    )


def _with_mirrored(values: Values) -> Values:
    """Photos and their mirror images, (2 photos, 4, FEATURES)."""
    return values.reshape(-1, *values.shape[2:])


def _seen(sources: Sources) -> Floats:
    """Features of every photo, (photos, 4, FEATURES), then of its mirror image; kept for the next
    run.
    """
    names = np.array(sources.names)
    if CACHE.exists():
        with np.load(CACHE) as told:
            if np.array_equal(told["names"], names):
                return np.asarray(told["seen"], np.float32)
    with ThreadPoolExecutor(int(os.environ.get("PROOFSHEET_THREADS", "1"))) as pool:
        seen = np.stack(list(pool.map(_look, map(sources.photo, range(len(sources))))))
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    np.savez(CACHE, names=names, seen=seen)
    return seen.astype(np.float32)


def _look(photo: Pixels) -> NDArray[np.float16]:
    mirrored = np.ascontiguousarray(photo[:, ::-1])
    return np.stack([features(photo), features(mirrored)]).astype(np.float16)


def _held_scores(values: Values) -> Values:
    """Scores (photos, 4) by heads that were fitted on other photos."""
    order = np.random.default_rng(0).permutation(len(values))
    scores = np.empty((len(values), 4))
    for fold in range(_FOLDS):
        out = order[fold::_FOLDS]
        kept = np.setdiff1d(order, out)
        scores[out] = values[out, 0] @ _fitted(_with_mirrored(values[kept]))
    return scores


def _fitted(values: Values) -> Values:
    """A conditional logit: which of four looks is upright, by Adam."""
    weights = np.zeros(values.shape[2], values.dtype)
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    upright = values[:, 0].mean(0)
    for step in range(1, _STEPS + 1):
        chance = _softmax(values @ weights)
        mean = chance.reshape(-1) @ values.reshape(-1, values.shape[2]) / len(values)
        slope = mean - upright + _DECAY * weights
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
