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


def profiles(luma: Pixels) -> Profiles:
    """Sum the steps along the rows of (H, W), for every whole strip of CELL rows."""
    step = cv2.absdiff(luma[:, 1:], luma[:, :-1])
    even = cv2.threshold(step, _EVEN, 1, cv2.THRESH_BINARY_INV)[1]
    beside = cv2.max(step[:, 2:], step[:, :-2])
    alone = cv2.copyMakeBorder(cv2.subtract(step[:, 1:-1], beside), 0, 0, 1, 1, cv2.BORDER_CONSTANT)
    return Profiles(_strips(_clipped(step)), _strips(even), _strips(_clipped(alone)))


def _clipped(step: cv2.typing.MatLike) -> cv2.typing.MatLike:
    return cv2.threshold(step, CLIP, CLIP, cv2.THRESH_TRUNC)[1]


def _strips(steps: cv2.typing.MatLike) -> Sums:
    """Means over strips, as wide as the photo's whole cells."""
    sums = np.empty((steps.shape[0] // CELL, steps.shape[1] + 1), np.float32)
    for i in range(len(sums)):
        strip = steps[i * CELL : (i + 1) * CELL]
        sums[i, :-1] = cv2.reduce(strip, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32S)[0]
    sums[:, -1] = sums[:, -2]
    whole = sums.shape[1] // CELL * CELL
    return sums[:, :whole] * np.float32(1 / CELL)
