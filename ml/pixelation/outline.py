"""Where exactly a mosaic lies: cells that look like one, and what is flat between its lines."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.pixelation.grid import Grid
from ml.pixelation.likeness import likeness
from ml.pixelation.profiles import Pixels
from ml.pixelation.traces import traces

Evidence = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MOST = 2.0  # what a cell's logit counts at most
_SMOOTH, _ROUGH = 0.7, 2.5  # what blocks without steps count, and how much less with many
_MARKED = 1.5  # what steps on the lines count, or their lack against it
_LIKE = 4.0  # what single pixels count beside what is seen around them
_SOFT = 9  # px over which those are averaged where the outline is free
_LONGEST = 800  # squares of the long side in which shapes are fitted
_STEPS, _TRIES = (16, 8, 4, 2, 1), 12  # px by which a side is moved, and how often in a row
_RAW = 0.8  # share of the freest outline's evidence that a plain shape must reach


@dataclass(frozen=True)
class Box:
    """Sides in px of the evidence, `right` and `bottom` beyond the last pixel."""

    left: int
    top: int
    right: int
    bottom: int


def outline(luma: Pixels, logits: Evidence, grid: Grid | None, side: int = 1) -> Mask:
    """The mask (H, W) of the most likely mosaic of a photo, given logits that each
    square of `side` px belongs to one: a rectangle or an ellipse where that says as much as a free
    outline.
    """
    height, width = luma.shape
    times = -(-max(height, width) // _LONGEST)
    size = (-(-height // times), -(-width // times))
    evidence = np.clip(_resized(logits, size, side / times), -_MOST, _MOST)
    if grid is None:
        return _whole(_shape(evidence), luma.shape, times)
    rough, marked = traces(luma, grid, evidence > 0, times)
    evidence = evidence + _SMOOTH - _ROUGH * rough + _MARKED * marked
    first = _whole(_shape(evidence), luma.shape, times)
    evidence = evidence + _LIKE * likeness(luma, grid, first, times)
    return _whole(_shape(evidence), luma.shape, times)


def _resized(logits: Evidence, size: tuple[int, int], factor: float) -> Evidence:
    """Logits so many times as large, for a picture of `size` (rows, columns)."""
    wanted = (max(1, round(logits.shape[1] * factor)), max(1, round(logits.shape[0] * factor)))
    large = cv2.resize(logits, wanted, interpolation=cv2.INTER_LINEAR)
    down, right = max(0, size[0] - wanted[1]), max(0, size[1] - wanted[0])
    large = cv2.copyMakeBorder(large, 0, down, 0, right, cv2.BORDER_REPLICATE)
    return np.asarray(large[: size[0], : size[1]], np.float32)


def _whole(mask: Mask, shape: tuple[int, ...], times: int) -> Mask:
    """A mask of squares of `times` px for every pixel of a picture of that shape."""
    if times == 1:
        return mask
    size = (mask.shape[1] * times, mask.shape[0] * times)
    large = cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large[: shape[0], : shape[1]] > 127)


def _shape(evidence: Evidence) -> Mask:
    """The rectangle, ellipse or free outline that holds the most evidence (H, W)."""
    free = _free(np.asarray(cv2.blur(evidence, (_SOFT, _SOFT)), np.float32))
    if not free.any():
        return free
    best, most = free, float(evidence[free].sum()) * _RAW
    held = _Held(evidence)
    size = (evidence.shape[1], evidence.shape[0])
    for inside in (held.rectangle, held.ellipse):
        box, held_by_it = _grown(inside, _bounds(free), size)
        if held_by_it > most:
            shape = _rectangle if inside == held.rectangle else _ellipse
            best, most = shape(box, evidence.shape), held_by_it
    return best


def _free(evidence: Evidence) -> Mask:
    """The part of what is likelier mosaic than not that has the most evidence, holes filled."""
    seen = (evidence > 0).astype(np.uint8)
    seen = np.asarray(cv2.morphologyEx(seen, cv2.MORPH_CLOSE, np.ones((7, 7), np.uint8)), np.uint8)
    count, labels = cv2.connectedComponents(seen, connectivity=4)
    if count < 2:
        return np.zeros(evidence.shape, bool)
    sums = np.bincount(labels.ravel(), evidence.ravel(), count)
    best = (labels == 1 + int(sums[1:].argmax())).astype(np.uint8)
    rims, _ = cv2.findContours(best, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(best, rims, -1, 1, cv2.FILLED)
    return np.asarray(best > 0)


def _bounds(mask: Mask) -> Box:
    left, top, width, height = cv2.boundingRect(mask.astype(np.uint8))
    return Box(left, top, left + width, top + height)


def _rectangle(box: Box, shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape, bool)
    mask[box.top : box.bottom, box.left : box.right] = True
    return mask


def _ellipse(box: Box, shape: tuple[int, ...]) -> Mask:
    y = (np.arange(shape[0])[:, None] + 0.5 - (box.top + box.bottom) / 2) * 2
    x = (np.arange(shape[1])[None] + 0.5 - (box.left + box.right) / 2) * 2
    down, across = max(1, box.bottom - box.top), max(1, box.right - box.left)
    return np.asarray((y / down) ** 2 + (x / across) ** 2 <= 1)


class _Held:
    """How much evidence (H, W) lies inside a shape, by sums made once."""

    def __init__(self, evidence: Evidence) -> None:
        self._rows = np.zeros((evidence.shape[0], evidence.shape[1] + 1))
        np.cumsum(evidence, axis=1, out=self._rows[:, 1:])
        self._all = np.zeros((evidence.shape[0] + 1, evidence.shape[1] + 1))
        np.cumsum(self._rows, axis=0, out=self._all[1:])

    def rectangle(self, box: Box) -> float:
        """That inside the box."""
        top, bottom = self._all[box.top], self._all[box.bottom]
        return float(bottom[box.right] - bottom[box.left] - top[box.right] + top[box.left])

    def ellipse(self, box: Box) -> float:
        """That inside the ellipse that fills the box."""
        rows = np.arange(box.top, box.bottom)
        y = (rows + 0.5 - (box.top + box.bottom) / 2) * 2 / max(1, box.bottom - box.top)
        half = np.sqrt(np.maximum(0, 1 - y * y)) * (box.right - box.left) / 2
        middle = (box.left + box.right) / 2
        left = np.ceil(middle - half - 0.5).astype(int)
        right = np.floor(middle + half - 0.5).astype(int) + 1
        return float((self._rows[rows, right] - self._rows[rows, left]).sum())


def _grown(held: Callable[[Box], float], box: Box, limits: tuple[int, int]) -> tuple[Box, float]:
    """The box, begun from one, whose shape holds the most evidence, and that: one side at a time,
    within a picture of (width, height).
    """
    score = held(box)
    for step in _STEPS:
        for _ in range(_TRIES):
            before = score
            for other in _moved(box, step, limits):
                found = held(other)
                if found > score:
                    box, score = other, found
            if score == before:
                break
    return box, score


def _moved(box: Box, step: int, limits: tuple[int, int]) -> list[Box]:
    found = []
    for by in (-step, step):
        found += [
            Box(max(0, box.left + by), box.top, box.right, box.bottom),
            Box(box.left, max(0, box.top + by), box.right, box.bottom),
            Box(box.left, box.top, min(limits[0], box.right + by), box.bottom),
            Box(box.left, box.top, box.right, min(limits[1], box.bottom + by)),
        ]
    return [one for one in found if one.right - one.left > 3 and one.bottom - one.top > 3]
