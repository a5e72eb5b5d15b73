"""Encodings of what works about a centre: swirl, lenses, bulge and pinch."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ml.estimators.encodings.numbers import (
    Size,
    Vector,
    axes_of,
    length_of,
    middle_of,
    place,
    spot,
)
from ml.warps import Warp
from ml.warps.bulge import Bulge
from ml.warps.draw import default
from ml.warps.pinch import Pinch
from ml.warps.swirl import Swirl

_LENS_AT = 0.85  # of half the diagonal: where a lens's bend is told


def write_swirl(warp: Any, size: Size) -> list[float]:
    """Its numbers, see the table."""
    axes = axes_of(warp.radius, warp.stretch, size)
    return [warp.angle / 180, *spot(warp.center, size), *axes]


def read_swirl(v: Vector, size: Size, choice: str) -> Warp:
    """The warp of its numbers."""
    across, down = length_of(v[3], size), length_of(v[4], size)
    return Swirl(place(v[1:3], size), float(v[0]) * 180, across, down / across, choice)


def bend(warp: Warp, size: Size) -> float:
    """How much farther out a clean point lies than its distorted one, at a radius of the lens."""
    radius = _LENS_AT * math.hypot(*size) / 2
    center = np.asarray(getattr(warp, "center", middle_of(size)))
    clean = warp.inverse(np.array([[center[0] + radius, center[1]]]))
    return float(clean[0, 0] - center[0]) / radius - 1


def write_lens(warp: Any, size: Size) -> list[float]:
    """Its numbers, see the table."""
    return [bend(warp, size) * 3, *spot(getattr(warp, "center", middle_of(size)), size)]


def bend_of(number: Any, sign: int) -> Any:
    """Fitzgibbon's κ of a lens's first number, or of many; none of the other sign."""
    bend = sign * np.maximum(sign * np.asarray(number) / 3, 0.0)
    return (1 - 1 / np.maximum(1 + bend, 0.1)) / _LENS_AT**2


def lens_reader(kind: str, sign: int) -> Callable[[Vector, Size, str], Warp]:
    """The reader of one kind of lens; `sign` is 1 for a barrel."""

    def read(v: Vector, size: Size, _choice: str) -> Warp:
        k = sign * float(bend_of(v[0], sign))
        return default(kind, size, center=place(v[1:3], size), k=k, model="division")

    return read


def write_fisheye(warp: Any, size: Size) -> list[float]:
    """Its numbers, see the table."""
    full = warp.angle * math.hypot(*size) / 2 / warp.radius
    return [full / 45, *spot(warp.center, size)]


def read_fisheye(v: Vector, size: Size, _choice: str) -> Warp:
    """The warp of its numbers."""
    return default("fisheye", size, center=place(v[1:3], size), angle=max(float(v[0]) * 45, 0.0))


def write_local(warp: Any, size: Size) -> list[float]:
    """Its numbers, see the table."""
    axes = axes_of(warp.radius, warp.stretch, size)
    return [warp.strength, *spot(warp.center, size), *axes]


def local_reader(family: type[Bulge] | type[Pinch]) -> Callable[[Vector, Size, str], Warp]:
    """The reader of bulges or of pinches."""

    def read(v: Vector, size: Size, choice: str) -> Warp:
        across, down = length_of(v[3], size), length_of(v[4], size)
        strength = max(float(v[0]), 0.0)
        return family(place(v[1:3], size), strength, across, down / across, choice)

    return read
