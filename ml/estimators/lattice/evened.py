"""A picture undone at its own size, its pixels as sharp as each other.

Undoing reads between pixels, and how soft that leaves a pixel goes with the part of a pixel at
which it was read. That is known, so it can be evened out; else such fringes outshine those of what
was done before.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.estimators.lattice.tiles import Pixels, detail
from ml.warps import Warp, undo
from ml.warps.sampling import lookup

_PARTS = 12  # of a pixel, each way
_FEW = 20  # pixels that tell how sharp such a part is
_LEAST, _MOST = 0.3, 3.0  # times as sharp
_STEPS = 256  # of a grey level: rounding leaves detail of its own
_SOFT = np.array([1, 6, 15, 20, 15, 6, 1], np.float32) / 64  # what detail is measured beside


def undone_evenly(image: Pixels, warp: Warp) -> Pixels:
    """A picture (H, W, 3) without a warp, its finest detail equally strong at every part of a pixel
    at which it was read.
    """
    size = (image.shape[1], image.shape[0])
    finer = np.multiply(image, _STEPS, dtype=np.uint16)
    plain = np.asarray(undo(finer, warp, border="mirror") / np.float32(_STEPS), np.float32)
    read = lookup(warp.forward, size)
    known = np.asarray(((read >= 0) & (read < size)).all(2))
    parts = np.where(known[..., None], read - np.floor(read), 0) * _PARTS
    column, row = np.moveaxis(parts.astype(np.int64) % _PARTS, 2, 0)
    place = (row * _PARTS + column)[known]
    # The gains' middles lie half a part beyond where parts begin, and one more for what is padded.
    at = np.asarray(np.mod(parts - 0.5, _PARTS) + 1, np.float32)
    sharper = plain.copy()
    for axis, found in enumerate(detail(_rounded(plain))):
        around = np.pad(_gains(place, found[known]), 1, mode="wrap")
        gains = cv2.remap(around, at[..., 0], at[..., 1], cv2.INTER_LINEAR)
        soft = cv2.filter2D(plain, -1, _SOFT[None] if axis == 0 else _SOFT[:, None])
        sharper += np.where(known, gains - 1, 0)[..., None] * (plain - soft)
    return _rounded(sharper)


def _gains(place: NDArray[np.int64], found: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much sharper pixels are to be (parts, parts), by where they were read."""
    count = np.bincount(place, minlength=_PARTS**2)
    mean = np.bincount(place, found, minlength=_PARTS**2) / np.maximum(count, 1)
    gain = np.clip(found.mean() / np.maximum(mean, 1e-3), _LEAST, _MOST)
    return np.where(count > _FEW, gain, 1).reshape(_PARTS, _PARTS).astype(np.float32)


def _rounded(image: NDArray[np.float32]) -> Pixels:
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)
