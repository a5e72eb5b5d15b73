"""Steps between neighbouring pixels, summed over strips of a photo at its own resolution.

The lines of a mosaic's grid stand in these sums as a comb. Nothing here resizes the photo: that
would blur just what is looked for.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

CELL = 32  # px; side of what is judged, and height of the strips over which steps are summed
_SMALLEST = 4 * CELL  # px; a smaller picture is mirrored up to this
CLIP = 32  # grey levels; a step counts no more, so that one hard edge does not outweigh a grid
_EVEN = 1  # grey levels up to which two pixels count as equal

_STRIP = 5  # times that the rows of a strip are halved by adding two and two
_SUMMED = (cv2.CV_8U, cv2.CV_8U, *3 * (cv2.CV_16U,))  # four rows of clipped steps fit into a byte

Pixels = NDArray[np.uint8]
Sums = NDArray[np.float32]


@dataclass(frozen=True)
class Profiles:
    """Mean steps from each column to the next, (strips, columns), grey levels or shares.

    `steps` are clipped at CLIP, `even` is the share of pairs that are equal, `alone` what a step
    is larger than both beside it: a photo's edges are soft and have little of it.
    """

    steps: Sums
    even: Sums
    alone: Sums


def grey(image: Pixels) -> Pixels:
    """The luma of a photo (H, W, 3) or (H, W), mirrored at its far edges where it has less than
    128 px of a side.
    """
    luma = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    down, across = (max(0, _SMALLEST - side) for side in luma.shape)
    if down or across:
        luma = np.pad(luma, ((0, down), (0, across)), "symmetric")
    return np.ascontiguousarray(luma, np.uint8)


def profiles(luma: Pixels, every: int = 1) -> Profiles:
    """Sum the steps along every row of (H, W), every second or every fourth one, for every whole
    strip of CELL rows.
    """
    luma = luma[: len(luma) // CELL * CELL : every]
    step = cv2.absdiff(luma[:, 1:], luma[:, :-1])
    even = cv2.threshold(step, _EVEN, 1, cv2.THRESH_BINARY_INV)[1]
    alone = cv2.subtract(step[:, 1:-1], cv2.max(step[:, 2:], step[:, :-2]))
    wide, kinds = luma.shape[1], _SUMMED[: _STRIP - every.bit_length() + 1]
    return Profiles(
        _strips(_clipped(step), kinds, wide),
        _strips(even, kinds, wide),
        _strips(_clipped(alone), kinds, wide, 1),
    )


def _clipped(step: cv2.typing.MatLike) -> cv2.typing.MatLike:
    return cv2.threshold(step, CLIP, CLIP, cv2.THRESH_TRUNC)[1]


def _strips(steps: cv2.typing.MatLike, kinds: tuple[int, ...], wide: int, first: int = 0) -> Sums:
    """Means over strips of two to the number of `kinds`, as wide as whole cells of a photo `wide`
    px across; `first` is the step that the first column stands for.
    """
    rows = steps
    for kind in kinds:
        # Two and two rows at once: whole images are added faster than rows are counted one by one.
        rows = cv2.add(rows[0::2], rows[1::2], dtype=kind)
    sums = np.zeros((len(rows), wide), np.float32)
    last = first + rows.shape[1]
    np.multiply(rows, np.float32(0.5 ** len(kinds)), out=sums[:, first:last])
    sums[:, -1] = sums[:, -2]
    return sums[:, : wide // CELL * CELL]
