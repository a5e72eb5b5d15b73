"""Distortion undone at full size; what it lost is cut off, or filled in and said to be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.warps import Warp, recovered, undo

Rim = Literal["crop", "fill"]
Pixels = NDArray[np.uint8]
Box = tuple[int, int, int, int]

_COARSE = 256  # long side at which the area that is left is looked for
_FILLED = 768  # long side at which the rim is painted: what is invented has no fine detail
_REACH = 4  # pixels from which Telea's method takes its colours


@dataclass(frozen=True)
class Unwarped:
    """A picture without its distortion.

    `box` is (left, top, width, height) of what is shown of the clean picture; `estimated` (H, W)
    tells which pixels were filled in.
    """

    pixels: Pixels
    box: Box
    estimated: NDArray[np.bool_]


def unwarp(image: Pixels, warps: Sequence[Warp], rim: Rim = "crop") -> Unwarped:
    """Undo warps, the last applied last in the tuple, sampled once, by Lanczos' kernel.

    "crop" keeps the largest rectangle of which everything is known, "fill" the whole picture with
    what is not known inpainted (Telea 2004) and told.
    """
    height, width = image.shape[:2]
    known = recovered(warps, (width, height))
    # Beyond the rim goes on what lies at it, so that no black bleeds into the kernel.
    clean = undo(image, warps, border="replicate", interpolation="lanczos")
    if rim == "fill":
        return Unwarped(_filled(clean, ~known), (0, 0, width, height), ~known)
    left, top, w, h = box = largest_rectangle(known)
    inside = np.ascontiguousarray(clean[top : top + h, left : left + w])
    return Unwarped(inside, box, np.zeros((h, w), np.bool_))


def largest_rectangle(known: NDArray[np.bool_]) -> Box:
    """The largest (left, top, width, height) in which all (H, W) is known, to a 256th of the long
    side; the whole where nothing is.
    """
    height, width = known.shape
    step = max(1, -(-max(height, width) // _COARSE))
    rows, columns = -(-height // step), -(-width // step)
    padded = np.ones((rows * step, columns * step), np.bool_)
    padded[:height, :width] = known
    cells = np.asarray(padded.reshape(rows, step, columns, step).all((1, 3)))
    best, most = (0, 0, columns, rows), 0
    heights = np.zeros(columns, np.int64)
    for row in range(rows):
        heights = np.where(cells[row], heights + 1, 0)
        left, w, h = _under_the_line(heights)
        if w * h > most:
            best, most = (left, row - h + 1, w, h), w * h
    left, top, w, h = (each * step for each in best)
    return left, top, min(w, width - left), min(h, height - top)


def _under_the_line(heights: NDArray[np.int64]) -> tuple[int, int, int]:
    """The largest rectangle below a line of heights, as (left, width, height), with a stack."""
    best, most, rising = (0, 0, 0), 0, list[tuple[int, int]]()
    for i, high in enumerate([*heights.tolist(), 0]):
        start = i
        while rising and rising[-1][1] >= high:
            start, tall = rising.pop()
            if tall * (i - start) > most:
                best, most = (start, i - start, tall), tall * (i - start)
        rising.append((start, high))
    return best


def _filled(image: Pixels, lost: NDArray[np.bool_]) -> Pixels:
    if not lost.any() or lost.all():
        return image
    height, width = lost.shape
    factor = min(1.0, _FILLED / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    holes = cv2.resize(lost.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    holes = cv2.dilate(holes, np.ones((3, 3), np.uint8))
    painted = cv2.inpaint(np.ascontiguousarray(small), holes, _REACH, cv2.INPAINT_TELEA)
    painted = cv2.resize(painted, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.where(lost[..., None], painted, image), np.uint8)
