"""How much likelier each pixel's steps are within a mosaic than beside it, by the photo's own."""

from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.pixelation.grid import Grid
from ml.pixelation.profiles import Pixels
from ml.pixelation.traces import in_bands

Evidence = NDArray[np.float32]
Mask = NDArray[np.bool_]

_EDGES = (1, 2, 3, 5, 9, 17)  # grey levels between the sizes of steps that are told apart
_SIZES = len(_EDGES) + 1
_KINDS = 2 * _SIZES  # of steps in one direction: on a line or off it
_UNSURE = 4  # px on either side of the outline, of which nothing is learned
_LEAST = (200, 400)  # px inside and outside, below which nothing can be told
_KNOWN = 20.0  # pixels that what is known of all steps counts as much as
_MOST = 2.0  # what one pixel says at most


def likeness(luma: Pixels, grid: Grid, inside: Mask, times: int = 1) -> Evidence:
    """Log likelihood ratios of the steps across and down to each pixel of (H, W), on lines or off
    them, between what lies well inside a rough mask (H, W) and well outside, 0 where too little
    does: means over squares of `times` px.
    """
    around = np.ones((2 * _UNSURE + 1, 2 * _UNSURE + 1), np.uint8)
    rough = inside.astype(np.uint8)
    parts = cv2.erode(rough, around), 1 - cv2.dilate(rough, around)
    if any(int(part.sum()) < least for part, least in zip(parts, _LEAST, strict=True)):
        return np.zeros([-(-side // times) for side in luma.shape], np.float32)
    kinds = _steps(luma, grid, 0) * np.uint8(_KINDS) + _steps(luma, grid, 1)
    seen = [
        cv2.calcHist([kinds], [0], np.asarray(part, np.uint8), [_KINDS**2], [0, _KINDS**2])
        for part in parts
    ]
    told = np.zeros(256, np.float32)
    told[: _KINDS**2] = _ratios(*(each.astype(np.float64).reshape(-1) for each in seen))
    return in_bands(
        lambda rows: np.asarray(cv2.LUT(kinds[rows], told), np.float32), len(kinds), times
    )


def _steps(luma: Pixels, grid: Grid, axis: int) -> Pixels:
    """The size of the step to each pixel (H, W) from the one before, and whether a line lies there:
    from 0 up to _KINDS.
    """
    step = np.zeros_like(luma)
    if axis == 0:
        step[:, 1:] = cv2.absdiff(luma[:, 1:], luma[:, :-1])
    else:
        step[1:] = cv2.absdiff(luma[1:], luma[:-1])
    line = np.zeros(luma.shape[1 - axis], np.uint8)
    line[grid.lines(len(line), axis)] = _SIZES
    sizes = np.searchsorted(_EDGES, np.arange(256), side="right").astype(np.uint8)
    return np.asarray(cv2.LUT(step, sizes) + (line[None] if axis == 0 else line[:, None]), np.uint8)


def _ratios(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log ratios of pairs of steps, counted (_KINDS²,): how many lie on lines tells nothing."""
    shape = (2, _SIZES, 2, _SIZES)
    a, b = inside.reshape(shape), outside.reshape(shape)
    told = np.zeros(shape)
    for place in product((0, 1), (0, 1)):
        here = np.s_[place[0], :, place[1], :]
        usual = (a[here] + b[here] + 0.1) / (a[here] + b[here] + 0.1).sum()
        shares = [(each[here] + _KNOWN * usual) / (each[here].sum() + _KNOWN) for each in (a, b)]
        told[here] = np.log(shares[0] / shares[1])
    return np.clip(told, -_MOST, _MOST).reshape(-1)
