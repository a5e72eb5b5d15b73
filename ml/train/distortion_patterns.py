"""Grids and mazes, generated: pictures on which a warp is plain to see."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Size = tuple[int, int]


def grid(size: Size, rng: np.random.Generator) -> Picture:
    """Lines, squares or dots at even distances, in two colours, (H, W, 3)."""
    width, height = size
    step = rng.uniform(0.05, 0.14) * min(size)
    x, y = np.meshgrid(np.arange(width) + rng.uniform(0, step), np.arange(height))
    u, v = x / step, (y + rng.uniform(0, step)) / step
    form = rng.integers(3)
    if form == 0:
        thin = rng.uniform(0.06, 0.25)
        mask = (u % 1 < thin) | (v % 1 < thin)
    elif form == 1:
        mask = (np.floor(u) + np.floor(v)) % 2 == 0
    else:
        mask = np.hypot(u % 1 - 0.5, v % 1 - 0.5) < rng.uniform(0.15, 0.4)
    return _coloured(mask, rng)


def maze(size: Size, rng: np.random.Generator) -> Picture:
    """A perfect maze (binary tree: each cell opens upwards or to the left), (H, W, 3)."""
    width, height = size
    cell = rng.uniform(0.05, 0.12) * min(size)
    columns, rows = max(3, int(width / cell)), max(3, int(height / cell))
    walls = np.ones((2 * rows + 1, 2 * columns + 1), np.bool_)
    walls[1::2, 1::2] = False
    upwards = rng.random((rows, columns)) < 0.5
    upwards[0], upwards[:, 0] = False, True
    walls[:-1:2, 1::2] &= ~upwards
    walls[1::2, :-1:2] &= upwards
    walls[0, 1], walls[-1, -2] = False, False
    # Walls are thinner than ways.
    thin = rng.uniform(0.2, 1.0)
    x = _bounds(columns, thin, width)
    y = _bounds(rows, thin, height)
    return _coloured(walls[np.ix_(y, x)], rng)


def _bounds(cells: int, thin: float, side: int) -> NDArray[np.int64]:
    """For every pixel of a side the row or column of walls and ways that it lies in."""
    widths = np.array([thin, 1.0] * cells + [thin])
    ends = np.cumsum(widths) / widths.sum() * side
    return np.asarray(np.searchsorted(ends, np.arange(side) + 0.5), np.int64)


def _coloured(mask: NDArray[np.bool_], rng: np.random.Generator) -> Picture:
    colours = rng.uniform(0, 255, (2, 3))
    if np.abs(colours[0].mean() - colours[1].mean()) < 60:
        colours[0], colours[1] = rng.uniform(0, 60, 3), rng.uniform(180, 255, 3)
    picture = np.where(mask[..., None], colours[0], colours[1]).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.0)), np.uint8)
