"""Many swirls in one go, as rows of numbers."""

import math

import cv2
import numpy as np

from ml.estimators.swirls.detail import Blocks, Floats
from ml.warps.swirl import PROFILES, SLOPES, Swirl

Rows = Floats
"""Swirls (K, 6): x and y of the centre, half axes across and down in pixels, radians clockwise, and
which profile: by its exponent."""

EXPONENTS = {"quadratic": 2.0, "linear": 1.0, "cubic": 3.0, "exponential": 0.0}

_LEAST = 0.5  # radians: weaker swirls are scattered as these are


def swirl(row: Floats) -> Swirl:
    """The warp of one row."""
    x, y, across, down, angle, exponent = (float(v) for v in row)
    profile = next(name for name, number in EXPONENTS.items() if number == exponent)
    return Swirl((x, y), math.degrees(angle), across, down / across, profile)


def row_of(warp: Swirl) -> Floats:
    """The row of a warp."""
    down = warp.radius * warp.stretch
    angle = math.radians(warp.angle)
    return np.array([*warp.center, warp.radius, down, angle, EXPONENTS[warp.profile]])


def radii(rows: Rows, blocks: Blocks) -> Floats:
    """How far blocks (K, N) lie from the centre, 1 at the rim."""
    cx, cy, across, down = (rows[:, i : i + 1].astype(np.float32) for i in range(4))
    middles = blocks.middles
    x, y = (middles[0] - cx) / across, (middles[1] - cy) / down
    return np.asarray(np.sqrt(x * x + y * y))


def _share(rows: Rows, radius: Floats) -> tuple[Floats, Floats]:
    """Which share of its angle a swirl (K,) turns by at radii (K, N), and its slope."""
    exponent = rows[:, 5:].astype(np.float32)
    left = np.maximum(1 - radius, np.float32(1e-6))
    before = np.power(left, exponent - 1)
    endless = exponent[:, 0] == 0
    share, slope = before * left, -exponent * before
    if endless.any():
        share[endless] = PROFILES["exponential"](radius[endless])
        slope[endless] = SLOPES["exponential"](radius[endless])
    return share, slope


def sources(rows: Rows, blocks: Blocks) -> tuple[Floats, Floats]:
    """Where pixels of blocks come from: x and y (K, N · side²)."""
    cx, cy, across, down, angle = (rows[:, i : i + 1].astype(np.float32) for i in range(5))
    xs, ys = blocks.places.reshape(2, 1, -1)
    radius, turn = cv2.cartToPolar((xs - cx) / across, (ys - cy) / down)
    turn -= angle * _share(rows, radius)[0]
    x, y = cv2.polarToCart(radius, turn)
    return np.asarray(x * across + cx), np.asarray(y * down + cy)


def slopes(rows: Rows, blocks: Blocks) -> Floats:
    """How far the sources of blocks' middles move from one pixel to the next: of x and of y,
    across and down, (2, 2, K, N).
    """
    cx, cy, across, down, angle = (rows[:, i : i + 1].astype(np.float32) for i in range(5))
    x, y = ((m - c) / r for m, c, r in zip(blocks.middles, (cx, cy), (across, down), strict=True))
    radius = np.sqrt(x * x + y * y)
    share, slope = _share(rows, radius)
    turn, steep = -angle * share, -angle * slope / np.maximum(radius, np.float32(1e-3))
    c, s = np.cos(turn), np.sin(turn)
    turned_x, turned_y = c * x - s * y, s * x + c * y
    by_x, by_y, shape = steep * x, steep * y, across / down
    return np.asarray(
        [
            [c - turned_y * by_x, (-s - turned_y * by_y) * shape],
            [(s + turned_x * by_x) / shape, c + turned_x * by_y],
        ]
    )


def scattered(rows: Rows, spread: Floats, many: int, rng: np.random.Generator) -> Rows:
    """`many` about each row (K · many, 6), whose sources' slopes differ by about `spread` (K,);
    circles stay circles.
    """
    return moved(
        np.repeat(rows, many, 0),
        np.repeat(spread, many)[:, None] * rng.normal(size=(len(rows) * many, 5)),
    )


def moved(rows: Rows, steps: Floats) -> Rows:
    """Rows changed by steps (K, 5) that change slopes by about as much each: place, half axes and
    angle; the last counts for ellipses alone.
    """
    around = np.sqrt(rows[:, 2] * rows[:, 3])[:, None]
    steps = steps / np.maximum(np.abs(rows[:, 4:5]), _LEAST)
    circles = rows[:, 2] == rows[:, 3]
    lower = np.where(circles, steps[:, 2], steps[:, 4])
    found = rows.copy()
    found[:, :2] += steps[:, :2] * around
    found[:, 2] *= np.exp(steps[:, 2])
    found[:, 3] *= np.exp(lower)
    found[:, 4] *= np.exp(2 * steps[:, 3])
    return found


def opposite(rows: Rows) -> Rows:
    """Rows that turn the other way."""
    return np.asarray(rows * [1, 1, 1, 1, -1, 1])


def alike(row: Floats) -> Rows:
    """The swirls of every other profile that turn most nearly as one does (3, 6)."""
    radius = np.linspace(0.05, 1.0, 40)
    wanted = row[4] * _share(row[None], radius[None])[0][0]
    found = []
    for exponent in set(EXPONENTS.values()) - {float(row[5])}:
        sizes = np.geomspace(0.5, 2.5, 40)
        rows = np.tile(row, (len(sizes), 1))
        rows[:, 2:4] *= sizes[:, None]
        rows[:, 5] = exponent
        shares = _share(rows, radius / sizes[:, None])[0]
        rows[:, 4] = (shares * wanted * radius).sum(1) / (np.square(shares) * radius).sum(1)
        missed = np.square(rows[:, 4:5] * shares - wanted) * radius
        found.append(rows[missed.sum(1).argmin()])
    return np.array(found)
