"""Distortion undone at full size; what it lost is cut off, or filled in and said to be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.warps import Points, Warp, compose, recovered
from ml.warps.sampling import inside, lookup, sample, smooth_lookup

Rim = Literal["crop", "fill"]
Pixels = NDArray[Any]  # uint8 or uint16
Box = tuple[int, int, int, int]

_COARSE = 256  # long side at which the area that is left is looked for
_SOUGHT = 512  # long side of the picture in which it is looked for
_FILLED = 768  # long side at which the rim is painted: what is invented has no fine detail
_REACH = 4  # pixels from which Telea's method takes its colours
_STRIP = 1 << 22  # pixels whose places are held at a time


@dataclass(frozen=True)
class Unwarped:
    """A picture without its distortion.

    `box` is (left, top, width, height) of what is shown of the clean picture; `estimated` (H, W)
    tells which pixels were filled in.
    """

    pixels: Pixels
    box: Box
    estimated: NDArray[np.bool_]


def unwarp(
    image: Pixels, warps: Sequence[Warp], rim: Rim = "crop", *, draft: bool = False
) -> Unwarped:
    """Undo warps, the last applied last in the tuple, sampled once, by Lanczos' kernel.

    `image` is (H, W) or (H, W, C) of 8 or 16 bits. "crop" keeps the largest rectangle of which
    everything is known, "fill" the whole picture with what is not known inpainted (Telea 2004) and
    told. Done in strips: memory is that of the picture twice. A `draft`, for the screen, computes
    a quarter of the places, and those between lie between.
    """
    height, width = image.shape[:2]
    box = crop_of(warps, (width, height), rim)
    w, h = box[2:]
    clean = np.empty((h, w, *image.shape[2:]), image.dtype)
    lost = np.zeros((h, w), np.bool_)
    for rows, places in _strips(warps, box, smooth_lookup if draft else lookup):
        # Beyond the rim goes on what lies at it, so that no black bleeds into the kernel.
        clean[rows] = sample(image, places, "replicate", "lanczos")
        if rim == "fill":
            lost[rows] = ~inside(places, width, height)
    return Unwarped(_filled(clean, lost) if rim == "fill" else clean, box, lost)


def crop_of(warps: Sequence[Warp], size: tuple[int, int], rim: Rim) -> Box:
    """What of the clean picture of (width, height) is shown, as (left, top, width, height)."""
    if rim == "fill":
        return (0, 0, *size)
    factor = min(1.0, _SOUGHT / max(size))
    small = max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
    known = recovered(compose.scaled(warps, factor), small)
    if known.all():
        return (0, 0, *size)
    left, top, width, height = largest_rectangle(known)
    low = np.ceil(np.array([left, top]) / factor)
    high = np.minimum(np.floor(np.array([left + width, top + height]) / factor), size)
    x, y, right, bottom = (int(v) for v in (*low, *high))
    return (x, y, max(1, right - x), max(1, bottom - y))


def _strips(
    warps: Sequence[Warp], box: Box, look: Callable[..., NDArray[np.float32]]
) -> Iterator[tuple[slice, NDArray[np.float32]]]:
    """Yield rows of the box with the places where their pixels lie in the distorted picture."""
    left, top, width, height = box
    step = max(1, _STRIP // width)
    for first in range(0, height, step):
        rows = min(step, height - first)
        shift = np.array([left, top + first], np.float64)
        source = partial(_moved, tuple(warps), shift)
        yield slice(first, first + rows), look(source, (width, rows))


def _moved(warps: tuple[Warp, ...], shift: NDArray[np.float64], points: Points) -> Points:
    return compose.forward(warps, points + shift)


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
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))
    holes = np.asarray(cv2.resize(lost.astype(np.uint8), size, interpolation=cv2.INTER_AREA))
    holes = np.asarray(cv2.dilate(holes, np.ones((3, 3), np.uint8)))
    painted = cv2.resize(_painted(small, holes), (width, height), interpolation=cv2.INTER_CUBIC)
    rim = lost if image.ndim == 2 else lost[..., None]
    return np.asarray(np.where(rim, painted, image), image.dtype)


def _painted(small: Pixels, holes: Pixels) -> Pixels:
    """Inpaint a small picture in 8 bits, all that OpenCV's method takes, a channel at a time."""
    unit = int(np.iinfo(small.dtype).max) // 255
    planes = (small // unit).astype(np.uint8).reshape(*small.shape[:2], -1)
    done = [
        cv2.inpaint(np.ascontiguousarray(planes[..., i]), holes, _REACH, cv2.INPAINT_TELEA)
        for i in range(planes.shape[2])
    ]
    return np.asarray(np.stack(done, 2).reshape(small.shape).astype(np.int64) * unit, small.dtype)
