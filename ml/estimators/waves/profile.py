"""How fine the detail of each row or column of a picture is, beside that of its neighbours.

What slides a whole row leaves all of its pixels the same part of a pixel off: the row's detail,
summed, comes and goes with that part, however steep the wave is.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.estimators.lattice.tiles import Pixels, detail

Floats = NDArray[Any]

_USUAL, _LOUD = 25, 101  # rows over which a mean and a deviation are taken
_BLOCK = 8  # pixels a side of JPEG's, whose comb stands still
_QUIET = 0.3  # of the usual power: what a window has at least
_MOST = 3_000_000  # pixels of a picture that are looked at
_LONGEST = 4_000  # rows and columns of it: time grows with them
_AT_ONCE = 512  # waves, so that what is worked out stays in the processor's memory
_TINY = 1e-9


def slides(numbers: Floats, along: Floats, short: int) -> Floats:
    """By how many pixels waves move rows (or columns) at places `along` (N,), in pixels from the
    middle: (K, N). `numbers` (K, 3) are the two amplitudes of an axis and the wavelength as
    `ml.estimators.encodings` has them, for a picture whose short side is `short`.
    """
    amplitude = (numbers[:, :2] / 30 * short).astype(np.float32)
    turn = 2 * np.pi / (np.exp(np.clip(numbers[:, 2:] - 0.9, -4, 3)) * short)
    angle = turn.astype(np.float32) * along
    return np.asarray(amplitude[:, :1] * np.sin(angle) + amplitude[:, 1:] * np.cos(angle))


class Profile:
    """The summed detail of rows (or of columns), without its trend and in its own deviations."""

    def __init__(self, sums: Floats, counts: Floats, short: int) -> None:
        self.seen = _alone(sums, counts).astype(np.float32)
        self.along = (np.arange(len(sums)) - (len(sums) - 1) / 2).astype(np.float32)
        self.short = short
        self._noise = float(np.sqrt(np.square(self.seen).sum() / 2)) + _TINY

    def slides(self, numbers: Floats) -> Floats:
        """By how many pixels waves (K, 3) move each row: (K, rows)."""
        return slides(numbers, self.along, self.short)

    def coherence(self, numbers: Floats) -> Floats:
        """How far rows are fine where waves left them whole pixels off, (K,) in deviations."""
        return self._each(numbers, lambda cos, _: (self.seen * cos).sum(1) / self._noise)

    def within(self, numbers: Floats, window: int) -> Floats:
        """How far they go with waves within windows of so many rows, wherever they do in each:
        (K,), in deviations of none.
        """
        room = -len(self.seen) % window
        seen = np.pad(self.seen, (0, room)).reshape(-1, window)
        power = np.square(seen).sum(1)
        least = np.maximum(power, _QUIET * power.mean()) + _TINY

        def told(cos: Floats, sin: Floats) -> Floats:
            parts = (
                np.einsum(
                    "kwl,wl->kw", np.pad(each, ((0, 0), (0, room))).reshape(-1, *seen.shape), seen
                )
                for each in (cos, sin)
            )
            together = sum(np.square(part) for part in parts)
            return np.asarray((together / least - 1).sum(1) / np.sqrt(len(seen)))

        return self._each(numbers, told)

    def _each(self, numbers: Floats, told: Callable[[Floats, Floats], Floats]) -> Floats:
        found = []
        for start in range(0, len(numbers), _AT_ONCE):
            angle = np.float32(2 * np.pi) * self.slides(numbers[start : start + _AT_ONCE])
            found.append(told(np.cos(angle), np.sin(angle)))
        return np.concatenate(found)


def middle(image: Pixels) -> Pixels:
    """What of a picture is looked at: of a long one the middle, about the same pixel."""
    down, across = (_within(length, _LONGEST) for length in image.shape[:2])
    return image[down, across]


def columns(image: Pixels, short: int) -> Profile:
    """The profile of a picture's columns (H, W, C), the middle of one whose short side is `short`:
    what slid them along y.
    """
    band = image[_within(image.shape[0], max(_MOST // image.shape[1], 1))]
    sums = detail(band)[1].sum(0, dtype=np.float64)
    return Profile(sums, np.full(len(sums), float(len(band))), short)


def rows(image: Pixels, slides: Floats, short: int) -> Profile:
    """The profile of a picture's rows (H, W, C) once its columns are slid back by `slides` (W,):
    what slid them along x.
    """
    height, width = image.shape[:2]
    within = _within(width, max(_MOST // height, 1))
    band, slides = image[:, within], slides[within]
    known = np.ones(band.shape[:2], bool)
    if np.any(slides):
        below = (np.arange(height)[:, None] + slides).astype(np.float32)
        across = np.tile(np.arange(band.shape[1], dtype=np.float32), (height, 1))
        band = np.asarray(cv2.remap(band, across, below, cv2.INTER_LANCZOS4), np.uint8)
        known = (below >= 0) & (below <= height - 1)
    counts = known.sum(1, dtype=np.float64)
    sums = (detail(band)[0] * known).sum(1, dtype=np.float64)
    return Profile(sums, counts, short)


def _within(length: int, most: int) -> slice:
    """The middle of a side, as much of it as is looked at."""
    wide = min(length, most)
    wide -= (length - wide) % 2 if wide > 1 else 0
    first = (length - wide) // 2
    return slice(first, first + wide)


def _alone(sums: Floats, counts: Floats) -> Floats:
    """What of the mean detail of rows neither a trend nor JPEG's blocks explain, evenly loud."""
    known = (counts > 0).astype(float)
    mean = sums / np.maximum(counts, 1)
    usual = _around(mean * known, _USUAL) / np.maximum(_around(known, _USUAL), 1)
    left = (mean - usual) * known * np.sqrt(counts / max(float(counts.max()), 1))
    for first in range(_BLOCK):
        left[first::_BLOCK] -= left[first::_BLOCK].mean()
    loud = np.sqrt(_around(np.square(left), _LOUD) / np.maximum(_around(known, _LOUD), 1))
    return np.asarray(left / np.maximum(loud, 1e-6 * loud.max() + _TINY) * known)


def _around(values: Floats, width: int) -> Floats:
    return np.convolve(values, np.ones(min(width, len(values))), "same")
