"""The head that says which way up a photo is, fitted on what other networks see."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from ml.rotation.orientation import EXPERTS, HEAD, Floats, looks, softmax
from ml.train import distortion_sources
from ml.train.distortion_sources import Sources

CACHE = Path("build/orientation/looks.npz")
SOURCES = Path("build/distortion")  # the photos are those of the distortion, decoded once for both
COVERAGE = 0.91  # share of photos that it answers about; strangers are a little harder
FALSE_TURNS = 0.0005  # of upright photos
_PORTRAITS = "train/faces_lfw"  # cut to the face: nothing to learn about photos from
_DECAY = 1.0  # of 0.1 to 3, the best by folds
_FOLDS = 4
_STEPS = 60
_LEAST = 1e-3  # of a feature's deviation

Values = NDArray[np.floating[Any]]


def main(data: Path) -> None:
    """Look at the photos below `data`, once, fit the heads and write ml/data/orientation_head.npz.

    How sharp they are, and how sure they must be, come from photos that each fold was not fitted
    on.
    """
    cv2.setNumThreads(1)
    sources, _ = distortion_sources.split(distortion_sources.load(data, SOURCES))
    names = {name for name in sources.names if not name.startswith(_PORTRAITS)}
    fitted = [_judged(seen) for seen in _seen(sources.only(names))]
    (scene, _), (objects, _) = fitted
    likely = np.mean([held for _, held in fitted], 0)
    surest, right = likely.max(1), likely.argmax(1) == 0
    sure = float(np.quantile(surest, 1 - COVERAGE))
    wrong = np.sort(surest[~right])[::-1]
    allowed = int(FALSE_TURNS * len(likely))
    # Strangers are harder than folds: half of what is left above the surest wrong one is kept.
    turns = (1 + max(sure, float(wrong[allowed]) if len(wrong) > allowed else sure)) / 2
    told = {"sure": sure, "turns": turns, "surest": (1 + turns) / 2}
    arrays: dict[str, Any] = {"scene": scene, "objects": objects, **told}
    np.savez_compressed(HEAD, **arrays)
    kept, proposed = surest >= sure, right & (surest >= turns)
    print(
        f"{HEAD.name}: {len(likely)} photos, by folds {right.mean():.4f} right, "
        f"{right[kept].mean():.4f} of the surest {kept.mean():.3f}; a turn is proposed from "
        f"{turns:.4f} on ({proposed.mean():.3f} of turned photos)"
    )


def _judged(seen: Values) -> tuple[Floats, Values]:
    """A head's weights, and the probabilities of looks (photos, 4, FEATURES) by folds."""
    apart = seen - seen.mean(1, keepdims=True)  # what the four turns share says nothing
    spread = apart.std((0, 1)) + _LEAST
    scores = _held_scores(apart / spread)
    sharpness = _sharpest(scores)
    weights = sharpness * _fitted(apart / spread) / spread
    return np.asarray(weights, np.float32), softmax(sharpness * scores)


def _seen(sources: Sources) -> tuple[Floats, ...]:
    """Looks at every photo, (photos, 4, FEATURES) by each of EXPERTS; kept for the next run."""
    names = np.array(sources.names)
    if CACHE.exists():
        with np.load(CACHE) as told:
            if np.array_equal(told["names"], names):
                return tuple(np.asarray(told[name], np.float32) for name in EXPERTS)
    with ThreadPoolExecutor(int(os.environ.get("PROOFSHEET_THREADS", "1"))) as pool:
        every = list(pool.map(lambda i: looks(sources.photo(i)), range(len(sources))))
    scene, objects = (np.stack(each).astype(np.float16) for each in zip(*every, strict=True))
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    np.savez(CACHE, names=names, scene=scene, objects=objects)
    return scene.astype(np.float32), objects.astype(np.float32)


def _held_scores(seen: Values) -> Values:
    """Scores (photos, 4) by heads that were fitted on other photos."""
    order = np.random.default_rng(0).permutation(len(seen))
    scores = np.empty(seen.shape[:2])
    for fold in range(_FOLDS):
        out = order[fold::_FOLDS]
        scores[out] = seen[out] @ _fitted(seen[np.setdiff1d(order, out)])
    return scores


def _fitted(seen: Values) -> Values:
    """A conditional logit: which of four looks is upright, the first of each photo's."""
    flat, upright = seen.reshape(-1, seen.shape[2]), seen[:, 0].mean(0)

    def loss(weights: Values) -> tuple[float, Values]:
        scores = (flat @ weights.astype(flat.dtype)).reshape(seen.shape[:2])
        likely = softmax(scores)
        value = -np.log(np.maximum(likely[:, 0], 1e-9)).mean() + _DECAY / 2 * (weights @ weights)
        slope = likely.reshape(-1) @ flat / len(seen) - upright + _DECAY * weights
        return float(value), slope.astype(np.float64)

    begun = np.zeros(seen.shape[2])
    found = minimize(loss, begun, jac=True, method="L-BFGS-B", options={"maxiter": _STEPS})
    return np.asarray(found.x, np.float32)


def _sharpest(scores: Values) -> float:
    """What scores are multiplied by so that their probabilities are honest."""
    return float(min(np.geomspace(0.2, 30, 60), key=lambda each: _loss(each * scores)))


def _loss(scores: Values) -> float:
    return float(-np.log(np.maximum(softmax(scores)[:, 0], 1e-9)).mean())
