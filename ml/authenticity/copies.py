"""Copy-move: a piece of a picture that stands in it twice, found by matched features.

Windows of one house look alike; only a copy repeats the grain between them, so a match counts
where the fine residuals of both places agree.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.image.picture import shrink, within

Pixels = NDArray[np.uint8]

SIDE = 900  # px at most
_FEATURES = 1500
_APART = 40.0  # px
_NEAR = 40  # bits of 256 in which the descriptions of copies differ at most
_FEW = 10  # matches of one motion
_CELL = 12  # px of the patches that are compared
_AGREE = 0.8  # correlation of fine residuals
_LEAST = 8  # cells
_ROUGH = 1.5  # deviation of a residual below which a cell tells nothing


@dataclass(frozen=True)
class Copy:
    """A copied piece: `mask` (H, W) where both places are; `cells` says how much agrees."""

    mask: NDArray[np.bool_]
    cells: int


def find_in(view: Pixels) -> Copy | None:
    """Look in a photo's view (H, W, 3), brought to a long side of SIDE where it is larger."""
    return find(within(shrink(view, SIDE), SIDE))


def find(picture: NDArray[Any]) -> Copy | None:
    """Look for the largest piece of a picture (H, W, 3) that stands in it twice."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    detector = cv2.ORB.create(nfeatures=_FEATURES, fastThreshold=12)
    points: Any
    described: Any
    points, described = detector.detectAndCompute(grey, None)
    if described is None or len(points) < 2 * _FEW:
        return None
    places = np.array([point.pt for point in points], np.float32)
    pairs = _pairs(places, described)
    best: Copy | None = None
    for _ in range(2):
        if len(pairs) < _FEW:
            break
        one, other = places[pairs[:, 0]], places[pairs[:, 1]]
        motion: Any
        inside: Any
        motion, inside = cv2.estimateAffinePartial2D(
            one, other, method=cv2.RANSAC, ransacReprojThreshold=2.0, maxIters=500
        )
        if motion is None or inside.sum() < _FEW:
            break
        found = _agreeing(grey, motion)
        if found is not None and (best is None or found.cells > best.cells):
            best = found
        pairs = pairs[inside.ravel() == 0]
    return best


def _pairs(places: NDArray[np.float32], described: Any) -> NDArray[np.int64]:
    matched = cv2.BFMatcher(cv2.NORM_HAMMING).knnMatch(described, described, k=3)
    pairs = [
        (each.queryIdx, each.trainIdx)
        for row in matched
        for each in row[1:]
        if each.distance <= _NEAR
        and each.queryIdx != each.trainIdx
        and np.abs(places[each.queryIdx] - places[each.trainIdx]).max() >= _APART
    ]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    # One of both directions: the left or upper place first.
    swapped = places[found[:, 0]] @ [1.0, 0.3] > places[found[:, 1]] @ [1.0, 0.3]
    found[swapped] = found[swapped][:, ::-1]
    return np.unique(found, axis=0)


def _agreeing(grey: NDArray[Any], motion: NDArray[Any]) -> Copy | None:
    """Where the picture moved onto itself repeats its own grain."""
    height, width = grey.shape
    moved = cv2.warpAffine(grey, motion, (width, height), flags=cv2.INTER_CUBIC)
    inside = cv2.warpAffine(np.ones_like(grey), motion, (width, height)) > 0
    fine, other = _fine(grey), _fine(moved)
    strength = np.maximum(_mean(fine * fine), 1e-3) * np.maximum(_mean(other * other), 1e-3)
    spread = np.sqrt(strength)
    alike = _mean(fine * other) / spread
    seen = ((alike > _AGREE) & (spread > _ROUGH**2) & inside).astype(np.uint8)
    seen = cv2.morphologyEx(seen, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(seen)
    if count < 2:
        return None
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    cells = int(stats[largest, cv2.CC_STAT_AREA] // _CELL**2)
    if cells < _LEAST:
        return None
    piece = (labels == largest).astype(np.uint8)
    back = cv2.warpAffine(piece, cv2.invertAffineTransform(motion), (width, height))
    return Copy((piece | back).astype(bool), cells)


def _fine(grey: NDArray[Any]) -> NDArray[Any]:
    values: NDArray[Any] = grey.astype(np.float32)
    soft: NDArray[Any] = cv2.GaussianBlur(values, (0, 0), 1.5)
    return np.asarray(values - soft)


def _mean(plane: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(cv2.boxFilter(plane, -1, (_CELL, _CELL)))
