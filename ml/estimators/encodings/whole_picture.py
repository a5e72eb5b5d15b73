"""Encodings of what bends the picture as a whole."""

import math
from dataclasses import replace
from typing import Any, cast

import numpy as np

from ml.estimators.encodings.numbers import (
    Size,
    Vector,
    length_of,
    log_of,
    middle_of,
    place,
    spot,
)
from ml.warps import Warp
from ml.warps.arc import Arc
from ml.warps.draw import default
from ml.warps.perspective import Perspective
from ml.warps.rotation import Rotation
from ml.warps.shear import Shear


def write_polar(warp: Any, size: Size) -> list[float]:
    """Its numbers, see the table."""
    start = math.radians(warp.start)
    return [
        *spot(warp.center, size),
        log_of(warp.radius, size),
        math.cos(start),
        math.sin(start),
        warp.inner / min(size) * 10,
        1.0 if warp.direction == "clockwise" else -1.0,
    ]


def read_polar(v: Vector, size: Size, _choice: str) -> Warp:
    """The warp of its numbers."""
    radius = length_of(v[2], size)
    return default(
        "polar",
        size,
        center=place(v[:2], size),
        radius=radius,
        inner=min(max(float(v[5]) / 10 * min(size), 0.0), 0.9 * radius),
        start=math.degrees(math.atan2(v[4], v[3])),
        direction="clockwise" if v[6] >= 0 else "counterclockwise",
    )


def write_arc(warp: Any, size: Size) -> list[float]:
    """Its numbers, see the table."""
    bend = warp.angle / warp.length * max(size)
    shift = [each / min(size) * 4 for each in warp.shift]
    return [bend / 60, 4 * math.log(warp.scale), *shift]


def read_arc(v: Vector, size: Size, _choice: str) -> Warp:
    """The warp of its numbers."""
    scale = math.exp(min(max(float(v[1]) / 4, -3.0), 3.0))
    shift = (float(v[2]) / 4 * min(size), float(v[3]) / 4 * min(size))
    angle = float(np.clip(v[0] * 60, -350, 350))
    return Arc(middle_of(size), angle, float(max(size)), scale, shift)


def write_bow(warp: Arc, size: Size) -> Vector:
    """An arc as six numbers: those of `write_arc`, and where the middle of its source lies."""
    begins = [at - middle for at, middle in zip(warp.center, middle_of(size), strict=True)]
    return np.array([*write_arc(warp, size), *(each / min(size) * 4 for each in begins)])


def read_bow(v: Vector, size: Size) -> Arc:
    """The arc of its six numbers."""
    warp: Any = read_arc(v, size, "")
    x, y = (at + float(n) / 4 * min(size) for at, n in zip(warp.center, v[4:6], strict=True))
    return replace(cast("Arc", warp), center=(x, y))


def write_contour(warp: Any, size: Size) -> list[float]:
    """Its numbers, see the table."""
    return [each / min(size) * 40 for each in warp.heights]


def read_contour(v: Vector, size: Size, _choice: str) -> Warp:
    """The warp of its numbers."""
    return default("contour", size, heights=tuple(float(each) / 40 * min(size) for each in v[:15]))


def write_perspective(warp: Any, size: Size) -> list[float]:
    """Its numbers, see the table."""
    moves = (warp.top_left, warp.top_right, warp.bottom_right, warp.bottom_left)
    return [each / min(size) * 8 for move in moves for each in move]


def read_perspective(v: Vector, size: Size, _choice: str) -> Warp:
    """The warp of its numbers."""
    moves = np.reshape(v[:8], (4, 2)) / 8 * min(size)
    return Perspective(
        (float(size[0]), float(size[1])), *((float(move[0]), float(move[1])) for move in moves)
    )


def write_shear(warp: Any, _size: Size) -> list[float]:
    """Its numbers, see the table."""
    return [warp.slope[0] * 5, warp.slope[1] * 5]


def read_shear(v: Vector, size: Size, _choice: str) -> Warp:
    """The warp of its numbers."""
    return Shear(middle_of(size), (float(v[0]) / 5, float(v[1]) / 5))


def write_rotation(warp: Any, _size: Size) -> list[float]:
    """Its numbers, see the table."""
    return [warp.angle / 20]


def read_rotation(v: Vector, size: Size, _choice: str) -> Warp:
    """The warp of its numbers."""
    return Rotation(middle_of(size), float(v[0]) * 20)
