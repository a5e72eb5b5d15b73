"""What a grid leaves around every pixel of a photo, made and reduced band by band of rows."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.pixelation.grid import Grid
from ml.pixelation.profiles import CLIP, Pixels

Evidence = NDArray[np.float32]
Mask = NDArray[np.bool_]

_BAND = 512  # rows at a time
_REACH = 40  # rows above and below that are looked at with them
_WIDEST = 65  # px; the widest square over which steps are averaged


def in_bands(made: Callable[[slice], Evidence], height: int, times: int) -> Evidence:
    """Means over squares of `times` px of what is made of slices of rows, (h, W) or (h, W, C); at
    the right and lower edges of as much as there is.
    """
    band = max(times, _BAND - _BAND % times)
    return np.concatenate(
        [reduced(made(slice(i, min(i + band, height))), times) for i in range(0, height, band)]
    )


def reduced(values: Evidence, times: int) -> Evidence:
    """Means over squares of `times` px."""
    if times == 1:
        return values
    down, right = (-side % times for side in values.shape[:2])
    whole = cv2.copyMakeBorder(values, 0, down, 0, right, cv2.BORDER_REPLICATE)
    size = (whole.shape[1] // times, whole.shape[0] // times)
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)


def traces(luma: Pixels, grid: Grid, inside: Mask, times: int = 1) -> tuple[Evidence, Evidence]:
    """What squares of `times` px of luma (H, W) show of a grid, compared with those `inside`: how
    rough it is off the lines, from 0 as there to 1, and how far steps stand on the lines, from -1
    to 1 as there.
    """
    both = in_bands(lambda rows: _seen(luma, grid, rows), luma.shape[0], times)
    level, contrast = both[..., 0], both[..., 1]
    usual = float(np.percentile(level[inside], 60)) if inside.any() else 0.0
    low, high = 1.3 * usual + 0.3, 2.5 * usual + 1.5
    rough = np.clip((level - low) / (high - low), 0, 1)
    half = 0.5 * float(np.median(contrast[inside])) if inside.any() else 0.25
    marked = np.clip((contrast - half) / (abs(half) + 0.05), -1, 1)
    return np.asarray(rough, np.float32), np.asarray(marked, np.float32)


def _seen(luma: Pixels, grid: Grid, rows: slice) -> Evidence:
    """How strong steps are off the lines around every pixel of some rows, and how much stronger on
    them, from -1 to 1: (rows, W, 2).
    """
    first = max(0, rows.start - _REACH)
    part = luma[first : rows.stop + _REACH]
    on, lines, off, gaps = (np.zeros(part.shape, np.float32) for _ in range(4))
    for axis in (0, 1):
        ahead = (slice(None), slice(1, None)) if axis == 0 else (slice(1, None), slice(None))
        behind = (slice(None), slice(-1)) if axis == 0 else (slice(-1), slice(None))
        step = np.minimum(cv2.absdiff(part[ahead], part[behind]), CLIP).astype(np.float32)
        whole = np.zeros(luma.shape[1 - axis], np.float32)
        whole[grid.lines(len(whole), axis)] = 1
        line = whole[None, 1:] if axis == 0 else whole[first + 1 : first + len(part), None]
        on[ahead] += step * line
        lines[ahead] += line
        off[ahead] += step * (1 - line)
        gaps[ahead] += 1 - line
    level = _local(off, gaps, int(np.clip(round(grid.block), 5, 15)))
    side = int(np.clip(round(1.5 * grid.block), 9, _WIDEST))
    above, below = _local(on, lines, side), _local(off, gaps, side)
    contrast = (above - below) / (above + below + 1)
    return np.dstack([level, contrast])[rows.start - first : rows.stop - first]


def _local(total: Evidence, count: Evidence, side: int) -> Evidence:
    """Means over squares of about that side."""
    size = (side | 1, side | 1)
    return np.asarray(cv2.blur(total, size) / np.maximum(cv2.blur(count, size), 1e-3), np.float32)
