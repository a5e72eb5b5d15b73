"""Putting each block of a mosaic down to one pixel: what is left is ordinary enlargement."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.pixelation.grid import Grid

Pixels = NDArray[np.uint8]


def collapse(image: Pixels, grid: Grid) -> Pixels:
    """The picture (H, W, 3) with one pixel for each block: the mean of what lies inside it, away
    from its edges where it is large enough for that.
    """
    rows, columns = (_cells(image.shape[axis], grid, 1 - axis) for axis in (0, 1))
    sums = cv2.integral(image, sdepth=cv2.CV_64F)
    top, bottom = rows[:, 0], rows[:, 1]
    left, right = columns[:, 0], columns[:, 1]
    total = (
        sums[bottom][:, right] - sums[top][:, right] - sums[bottom][:, left] + sums[top][:, left]
    )
    count = np.outer(bottom - top, right - left)[..., None]
    return np.asarray(np.rint(total / count), np.uint8)


def positions(length: int, grid: Grid, axis: int) -> NDArray[np.float64]:
    """Where in the small picture the pixels of a side (axis 0: columns) lie, for enlarging it
    again: its pixel i is the middle of block i.
    """
    # A line inside the picture at the phase leaves a part of a block before it.
    before = 1 if math.ceil(grid.phase[axis] - 0.5) > 0 else 0
    middles = (np.arange(length) + 0.5 - grid.phase[axis]) / grid.block
    return np.asarray(middles + before - 0.5, np.float64)


def _edges(length: int, grid: Grid, axis: int) -> NDArray[np.int64]:
    return np.concatenate([[0], grid.lines(length, axis), [length]]).astype(np.int64)


def _cells(length: int, grid: Grid, axis: int) -> NDArray[np.int64]:
    """(blocks, 2): first pixel and the one after the last, less the edges that JPEG mixes."""
    edges = _edges(length, grid, axis)
    start, stop = edges[:-1], edges[1:]
    margin = np.where(stop - start >= 6, (stop - start) // 6, 0)
    return np.stack([start + margin, stop - margin], 1)
