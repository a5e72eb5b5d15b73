"""Where exactly a mosaic lies: cells that look like one, and what is flat between its lines."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.pixelation.grid import Grid
from ml.pixelation.profiles import CLIP, Pixels

Evidence = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MOST = 3.0  # what a cell's logit counts at most
_ROUGH = 2.5  # what steps inside a block count against it, at most
_SCALE = 512  # px of the long side at which shapes are fitted
_ROUNDS = 6
_RAW = 0.93  # share of the freest outline's evidence that a plain shape must reach


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
    if grid is not None:
        evidence = evidence - _ROUGH * rough(luma, grid, logits > 0)
    height, width = luma.shape
    factor = min(1.0, _SCALE / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = np.asarray(cv2.resize(evidence, size, interpolation=cv2.INTER_AREA), np.float32)
    free = _free(small)
    if not free.any():
        return np.zeros((height, width), bool)
    # Beyond the free outline's own surroundings lies what other parts of the photo are like.
    best, most = free, float(small[free].sum()) * _RAW
    for shape in (_rectangle, _ellipse):
        box = _grown(small, shape, _bounds(free))
        mask = shape(box, small.shape)
        if float(small[mask].sum()) > most:
            best, most = mask, float(small[mask].sum())
    if factor == 1:
        return best
    large = cv2.resize(best.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large > 0.5)


def rough(luma: Pixels, grid: Grid, inside: Mask) -> Evidence:
    """How rough a photo (H, W) is off the lines of a grid, from 0 as inside the mosaic to 1."""
    total = np.zeros(luma.shape, np.float32)
    count = np.zeros(luma.shape, np.float32)
    for axis in (0, 1):
        ahead = (slice(None), slice(1, None)) if axis == 0 else (slice(1, None), slice(None))
        behind = (slice(None), slice(-1)) if axis == 0 else (slice(-1), slice(None))
        step = np.minimum(cv2.absdiff(luma[ahead], luma[behind]), CLIP).astype(np.float32)
        off = np.ones(step.shape[1 - axis], np.float32)
        off[np.clip(grid.lines(luma.shape[1 - axis], axis) - 1, 0, len(off) - 1)] = 0
        off = off[None] if axis == 0 else off[:, None]
        total[ahead] += step * off
        count[ahead] += np.broadcast_to(off, step.shape)
    side = int(np.clip(round(grid.block), 5, 15)) | 1
    level = cv2.blur(total, (side, side)) / np.maximum(cv2.blur(count, (side, side)), 1e-3)
    usual = float(np.percentile(level[inside], 60)) if inside.any() else 0.0
    low, high = 1.3 * usual + 0.3, 2.5 * usual + 1.5
    return np.asarray(np.clip((level - low) / (high - low), 0, 1), np.float32)


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


def _grown(evidence: Evidence, shape: object, box: Box) -> Box:
    """The box, begun from one, whose shape holds the most evidence: one side at a time."""
    make = _rectangle if shape is _rectangle else _ellipse
    limits = (evidence.shape[1], evidence.shape[0])
    score = float(evidence[make(box, evidence.shape)].sum())
    for step in (16, 8, 4, 2, 1, 1)[:_ROUNDS]:
        moved = True
        tries = 0
        while moved and tries < 12:
            moved, tries = False, tries + 1
            for other in _moved(box, step, limits):
                found = float(evidence[make(other, evidence.shape)].sum())
                if found > score:
                    box, score, moved = other, found, True
    return box


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
