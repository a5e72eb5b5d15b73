"""Encodings of waves and ripples."""

import math
from typing import Any

from ml.estimators.encodings.numbers import (
    Size,
    Vector,
    middle_of,
    place,
    spot,
)
from ml.warps import Warp
from ml.warps.ripple import Ripple
from ml.warps.wave import Wave


def write_wave(warp: Any, size: Size) -> list[float]:
    """Its numbers, see the table."""
    middle, turn = middle_of(size), 2 * math.pi / warp.wavelength
    numbers = []
    for axis in (0, 1):
        phase = math.radians(warp.phase[axis]) + turn * middle[1 - axis]
        amplitude = warp.amplitude[axis] / min(size) * 30
        numbers += [amplitude * math.cos(phase), amplitude * math.sin(phase)]
    return [*numbers, math.log(warp.wavelength / min(size)) + 0.9]


def read_wave(v: Vector, size: Size, _choice: str) -> Warp:
    """The warp of its numbers."""
    wavelength = math.exp(min(max(float(v[4]) - 0.9, -4.0), 3.0)) * min(size)
    middle, turn = middle_of(size), 360 / wavelength
    amplitude = [math.hypot(v[2 * axis], v[2 * axis + 1]) / 30 * min(size) for axis in (0, 1)]
    at_middle = [math.degrees(math.atan2(v[2 * axis + 1], v[2 * axis])) for axis in (0, 1)]
    phase = [_half_turn(at_middle[axis] - turn * middle[1 - axis]) for axis in (0, 1)]
    return Wave((amplitude[0], amplitude[1]), wavelength, (phase[0], phase[1]))


def _half_turn(degrees: float) -> float:
    """The same angle from -180 up to 180, as parameters have them."""
    return (degrees + 180) % 360 - 180


def write_ripple(warp: Any, size: Size) -> list[float]:
    """Its numbers, see the table."""
    phase, amplitude = math.radians(warp.phase), warp.amplitude / min(size) * 40
    log = math.log(warp.wavelength / min(size)) + 1.4
    return [
        amplitude * math.cos(phase),
        amplitude * math.sin(phase),
        *spot(warp.center, size),
        log,
    ]


def read_ripple(v: Vector, size: Size, _choice: str) -> Warp:
    """The warp of its numbers."""
    wavelength = math.exp(min(max(float(v[4]) - 1.4, -4.0), 2.0)) * min(size)
    amplitude = math.hypot(v[0], v[1]) / 40 * min(size)
    return Ripple(place(v[2:4], size), amplitude, wavelength, math.degrees(math.atan2(v[1], v[0])))
