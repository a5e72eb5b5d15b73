"""Where exactly a mosaic lies: cells that look like one, and what is flat between its lines."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.pixelation.grid import Grid
from ml.pixelation.likeness import likeness
from ml.pixelation.profiles import CLIP, Pixels

Evidence = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MOST = 2.0  # what a cell's logit counts at most
_SMOOTH, _ROUGH = 0.7, 2.5  # what blocks without steps count, and how much less with many
_MARKED = 1.5  # what steps on the lines count, or their lack against it
_LIKE = 4.0  # what single pixels count beside what is seen around them
_SOFT = 9  # px over which those are averaged where the outline is free
_SCALE = 512  # px of the long side at which shapes are fitted
_STEPS, _TRIES = (16, 8, 4, 2, 1), 12  # px by which a side is moved, and how often in a row
_RAW = 0.8  # share of the freest outline's evidence that a plain shape must reach


@dataclass(frozen=True)
class Box:
    """Sides in px of the evidence, `right` and `bottom` beyond the last pixel."""

    left: int
    top: int
    right: int
    bottom: int


def outline(luma: Pixels, logits: Evidence, grid: Grid | None) -> Mask:
    """The mask (H, W) of the most likely mosaic of a photo, given logits (H, W) that each pixel
    belongs to one: a rectangle or an ellipse where that says as much as a free outline.
    """
    evidence = np.clip(logits, -_MOST, _MOST)
    if grid is None:
        return _shape(evidence)
    rough, marked = traces(luma, grid, logits > 0)
    evidence = evidence + _SMOOTH - _ROUGH * rough + _MARKED * marked
    return _shape(evidence + _LIKE * likeness(luma, grid, _shape(evidence)))


def _shape(evidence: Evidence) -> Mask:
    """The rectangle, ellipse or free outline that holds the most evidence (H, W)."""
    height, width = evidence.shape
    factor = min(1.0, _SCALE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = np.asarray(cv2.resize(evidence, size, interpolation=cv2.INTER_AREA), np.float32)
    free = _free(np.asarray(cv2.blur(small, (_SOFT, _SOFT)), np.float32))
    if not free.any():
        return np.zeros((height, width), bool)
    best, most = free, float(small[free].sum()) * _RAW
    held = _Held(small)
    for inside in (held.rectangle, held.ellipse):
        box, held_by_it = _grown(inside, _bounds(free), size)
        if held_by_it > most:
            shape = _rectangle if inside == held.rectangle else _ellipse
            best, most = shape(box, small.shape), held_by_it
    if factor == 1:
        return best
    large = cv2.resize(best.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large > 0.5)


def traces(luma: Pixels, grid: Grid, inside: Mask) -> tuple[Evidence, Evidence]:
    """What every pixel of (H, W) shows of a grid, compared with what lies `inside`: how rough it
    is off the lines, from 0 as there to 1, and how far steps stand on the lines, from -1 to 1 as
    there.
    """
    on, lines, off, gaps = (np.zeros(luma.shape, np.float32) for _ in range(4))
    for axis in (0, 1):
        ahead = (slice(None), slice(1, None)) if axis == 0 else (slice(1, None), slice(None))
        behind = (slice(None), slice(-1)) if axis == 0 else (slice(-1), slice(None))
        step = np.minimum(cv2.absdiff(luma[ahead], luma[behind]), CLIP).astype(np.float32)
        line = np.zeros(step.shape[1 - axis], np.float32)
        line[np.clip(grid.lines(luma.shape[1 - axis], axis) - 1, 0, len(line) - 1)] = 1
        line = line[None] if axis == 0 else line[:, None]
        on[ahead] += step * line
        lines[ahead] += line
        off[ahead] += step * (1 - line)
        gaps[ahead] += 1 - line
    level = _local(off, gaps, int(np.clip(round(grid.block), 5, 15)))
    usual = float(np.percentile(level[inside], 60)) if inside.any() else 0.0
    low, high = 1.3 * usual + 0.3, 2.5 * usual + 1.5
    rough = np.clip((level - low) / (high - low), 0, 1)
    side = int(np.clip(round(1.5 * grid.block), 9, 65))
    above, below = _local(on, lines, side), _local(off, gaps, side)
    contrast = (above - below) / (above + below + 1)
    half = 0.5 * float(np.median(contrast[inside])) if inside.any() else 0.25
    marked = np.clip((contrast - half) / (abs(half) + 0.05), -1, 1)
    return np.asarray(rough, np.float32), np.asarray(marked, np.float32)


def _local(total: Evidence, count: Evidence, side: int) -> Evidence:
    """Means over squares of about that side."""
    size = (side | 1, side | 1)
    return np.asarray(cv2.blur(total, size) / np.maximum(cv2.blur(count, size), 1e-3), np.float32)


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
