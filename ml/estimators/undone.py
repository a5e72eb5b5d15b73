"""Pictures without a warp, as networks see them: what is left shows how wrong an answer is."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.warps import Points
from ml.warps.draw import grid
from ml.warps.sampling import sample, smooth_lookup

Pixels = NDArray[np.uint8]
Size = tuple[int, int]
Move = Callable[[Points], Points]

_CELLS = 24  # a side at which displacements are computed
_UNIT = 508.0  # grey levels for a displacement of the width: a quarter of it is 127


def undone(fine: Pixels, forward: Move, size: Size) -> Pixels:
    """The picture of (width, height) `size` without a warp, by the warp's map in that size; `fine`
    is twice as large, since undoing reads finer detail than it leaves.
    """

    def places(points: Points) -> Points:
        return np.asarray((forward(points) + 0.5) * 2 - 0.5)

    return sample(fine, smooth_lookup(places, size), "mirror", "linear")


def told(forward: Move, size: Size) -> Pixels:
    """How far a map moves each pixel of the clean picture, as two grey pictures (H, W, 2): 128 is
    nothing, 255 a quarter of the width.
    """
    points = grid(size, _CELLS)
    moved = np.nan_to_num(forward(points) - points).reshape(_CELLS, _CELLS, 2)
    grey = np.clip(moved * (_UNIT / size[0]) + 128, 0, 255).astype(np.float32)
    return np.asarray(np.rint(cv2.resize(grey, size)), np.uint8)
