"""Where a picture was enlarged its finest detail is gone: it tells which way round it was bent.

Fringes are the same for a displacement and its opposite, of which one enlarges what the other
shrinks. A part that was enlarged has less of the highest frequencies beside those of half as high,
along the axis along which it was.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ml.estimators.lattice.formulas import Floats
from ml.estimators.lattice.maps import Places
from ml.estimators.lattice.tiles import TILE, Pixels
from ml.warps import Points, Warp

_FINEST = np.array([[-1, 6, -15, 20, -15, 6, -1]], np.float32)
_FINE = np.array([[-1, 0, 2, 0, -1]], np.float32)
_RIM = 3  # pixels that both depend on
_ROUNDING = (20.0, 2.0)  # energies that rounding to grey levels leaves of them


def crispness(image: Pixels, middles: Points) -> Floats:
    """The logarithm of the energy of the finest detail beside that of the coarser, along x and
    along y, in tiles about points (N, 2) of a picture (H, W, C): (2, N).
    """
    side = TILE + 2 * _RIM
    most = np.array([image.shape[1] - side, image.shape[0] - side])
    corners = np.clip(np.rint(middles).astype(np.int64) - side // 2, 0, most)
    cut = sliding_window_view(image, (side, side), axis=(0, 1))[corners[:, 1], corners[:, 0]]
    grey = cut.mean(1, dtype=np.float32)
    return np.stack([_along(grey), _along(grey.transpose(0, 2, 1))])


def _along(tiles: Floats) -> Floats:
    """The logarithms (N,) of tiles (N, H, W), along x."""
    rows = np.ascontiguousarray(tiles).reshape(-1, tiles.shape[2])
    finest, fine = (
        np.square(cv2.filter2D(rows, -1, kernel)[:, _RIM:-_RIM]).reshape(len(tiles), -1).mean(1)
        + least
        for kernel, least in zip((_FINEST, _FINE), _ROUNDING, strict=True)
    )
    return np.asarray(np.log(finest / fine))


def agreement(image: Pixels, middles: Points, warps: Sequence[Warp]) -> Floats:
    """How far a picture's crispness about points (N, 2) goes with what warps shrank and enlarged
    there: (K,), in deviations of noise that is independent from tile to tile. Content is not, so
    that ten are few.
    """
    crisp = crispness(image, middles)
    maps = Places((image.shape[1], image.shape[0]), middles).by_warps(warps)
    shrunk = np.stack([np.hypot(*np.moveaxis(each, 2, 0)) for each in (maps.across, maps.down)])
    with np.errstate(divide="ignore", invalid="ignore"):
        shrunk = np.log(shrunk)  # (2, K, N)
    found = np.isfinite(shrunk)
    shrunk = np.where(found, shrunk, 0)
    count = np.maximum(found.sum(2, keepdims=True), 1)
    off = (shrunk - shrunk.sum(2, keepdims=True) / count) * found
    crisp = crisp - crisp.mean(1, keepdims=True)
    together = (off * crisp[:, None]).sum((0, 2))
    noise = (np.square(off) * crisp.var(1)[:, None, None]).sum((0, 2))
    return np.asarray(together / np.sqrt(noise + 1e-9))
