"""Positions and lengths as numbers of about unit size, whatever the size of the picture."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.warps.warp import Pair

Vector = NDArray[np.float64]
Size = tuple[int, int]


def spot(at: Pair, size: Size) -> list[float]:
    """A position as -1 to 1 over width and height."""
    return [(at[0] + 0.5) / size[0] * 2 - 1, (at[1] + 0.5) / size[1] * 2 - 1]


def place(spot: Vector, size: Size) -> Pair:
    """The position in pixels of what `spot` gives."""
    x, y = places(spot, size)
    return float(x), float(y)


def places(spots: NDArray[Any], size: Size) -> NDArray[Any]:
    """Positions (..., 2) in pixels."""
    return np.asarray((np.clip(spots, -1.5, 1.5) + 1) / 2 * np.array(size, spots.dtype) - 0.5)


def middle_of(size: Size) -> Pair:
    """The middle of a picture of (width, height)."""
    return size[0] / 2 - 0.5, size[1] / 2 - 0.5


def log_of(length: float, size: Size) -> float:
    """A length as the logarithm of its multiple of half the short side."""
    return math.log(2 * length / min(size))


def length_of(log: float, size: Size) -> float:
    """The length in pixels of what `log_of` gives, kept within reason."""
    return float(lengths(np.asarray(log), size))


def lengths(logs: NDArray[Any], size: Size) -> NDArray[Any]:
    """Lengths in pixels, kept within reason."""
    return np.asarray(np.exp(np.clip(logs, -4.0, 3.0)) * (min(size) / 2))


def axes_of(radius: float, stretch: float, size: Size) -> list[float]:
    """The logarithms of an ellipse's half axes."""
    return [log_of(radius, size), log_of(radius * stretch, size)]
