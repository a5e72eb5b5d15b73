"""Detail of a photo about a grid of points, at its own resolution."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ml.warps import Points

Pixels = NDArray[np.uint8]
Tiles = NDArray[np.float32]

TILE = 24  # pixels a side
COUNT = 384  # of them, about
_DIFFERENCE = np.array([-1, 6, -15, 20, -15, 6, -1], np.float32)
_ACROSS = 13  # pixels a side in which detail is averaged
_QUIET = 3.0  # detail in grey levels below which there is nothing but rounding
_MOST = 3.0  # times the average: edges count no more
_RIM = _ACROSS // 2 + len(_DIFFERENCE) // 2  # pixels about a tile that its detail depends on
_WHOLE = 1_500_000  # pixels up to which the detail of all of a picture is worked out


@dataclass(frozen=True)
class Grid:
    """Middles of tiles, (x, y), in rows of `across`."""

    across: int
    down: int
    middles: Points


def grid(size: tuple[int, int], count: int = COUNT) -> Grid:
    """About `count` tiles spread evenly over a picture of (width, height), as many as there is room
    for half overlapping; raises ValueError below TILE pixels a side.
    """
    if min(size) < TILE:
        raise ValueError(f"a picture of {size} pixels has no room for a tile")
    pitch = max(TILE / 2, math.sqrt(size[0] * size[1] / count))
    across, down = (max(2, round(side / pitch)) for side in size)
    first = TILE // 2 + (_RIM if size[0] * size[1] > _WHOLE and min(size) > 3 * TILE else 0)
    xs, ys = (
        np.rint(np.linspace(first, side - first, each))
        for side, each in zip(size, (across, down), strict=True)
    )
    x, y = np.meshgrid(xs, ys)
    return Grid(across, down, np.stack([x.ravel(), y.ravel()], 1).astype(np.float64))


def detail(image: Pixels) -> NDArray[np.float32]:
    """How strong the finest detail of a picture (H, W, C) is beside what is usual around, along x
    and along y: (2, H, W), 0 to _MOST times the number of channels.
    """
    sums = np.zeros((2, *image.shape[:2]), np.float32)
    for channel in cv2.split(image):
        for axis, kernel in enumerate((_DIFFERENCE[None], _DIFFERENCE[:, None])):
            found = cv2.filter2D(channel, cv2.CV_32F, kernel)
            np.abs(found, out=found)
            usual = cv2.blur(found, (_ACROSS, _ACROSS))
            np.add(usual, _QUIET, out=usual)
            np.divide(found, usual, out=found)
            sums[axis] += np.minimum(found, _MOST, out=found)
    return sums


def tiles(image: Pixels, places: Grid) -> Tiles:
    """The detail in the tiles without its mean, (2, N, TILE, TILE), tapered to their rims."""
    corners = places.middles.astype(np.int64) - TILE // 2
    if image.shape[0] * image.shape[1] <= _WHOLE or min(image.shape[:2]) <= 3 * TILE:
        windows = sliding_window_view(detail(image), (TILE, TILE), axis=(1, 2))
        cut = windows[:, corners[:, 1], corners[:, 0]]
    else:
        cut = _apart(image, corners)
    return np.asarray((cut - cut.mean((2, 3), keepdims=True)) * _TAPER, np.float32)


def _apart(image: Pixels, corners: NDArray[np.int64]) -> Tiles:
    """The detail (2, N, TILE, TILE) of tiles of a large picture, each looked at by itself."""
    side = TILE + 2 * _RIM
    windows = sliding_window_view(image, (side, side), axis=(0, 1))
    pieces = windows[corners[:, 1] - _RIM, corners[:, 0] - _RIM].transpose(0, 2, 3, 1)
    found = detail(np.ascontiguousarray(pieces.reshape(-1, side, image.shape[2])))
    inner = found.reshape(2, len(corners), side, side)[:, :, _RIM:-_RIM, _RIM:-_RIM]
    return np.ascontiguousarray(inner)


_HANN = np.hanning(TILE + 1)[:-1]
_TAPER = np.outer(_HANN, _HANN).astype(np.float32)
