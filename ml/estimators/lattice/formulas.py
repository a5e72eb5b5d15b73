"""Where warps of a kind take points of a picture, by its formula, many warps in one go, most of
them in single precision: up to a hundredth of a pixel off in 12 megapixels.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.estimators.encodings.about_a_centre import bend_of
from ml.estimators.encodings.numbers import lengths, places
from ml.warps import Points
from ml.warps.bulge import Bulge
from ml.warps.pinch import Pinch
from ml.warps.radial import RadialWarp

Floats = NDArray[Any]
Size = tuple[int, int]

# What a lens's numbers are multiples of: b, zoom, -, -, a, c.
LENS = (0.3, 0.2, 0.0, 0.0, 0.3, 0.3)
_RADII, _GROWS = np.linspace(0, 1.25, 26), 0.03
_EDGE = RadialWarp.edge
# The strongest that do not fold a picture, as `ml.warps` has them.
_MOST_BOWED = {1: 0.97 / _EDGE**2, -1: 0.999 / _EDGE**2}
_WIDEST = math.radians(86.99 / _EDGE)
_STEEPEST = 0.969
_FLATTEST = 0.02  # of the picture's area, a turn at a corner of what was seen at a slant


class Maps(NamedTuple):
    """The sources (K, N, 2) of N points by K warps, and how far they move (K, N, 2) from one pixel
    to the next across and down; NaN where there is none.
    """

    source: Floats
    across: Floats
    down: Floats


class _Rays(NamedTuple):
    """Where points lie about middles (K, 2): `offset` (K, N, 2), and `rho` (K, N) in a unit."""

    middle: Floats
    offset: Floats
    rho: Floats
    unit: Any

    def maps(self, clean: Floats, slope: Floats) -> Maps:
        """The maps of what moves points along rays to clean distances (K, N), which grow so much
        faster than the distorted ones.
        """
        share = clean / self.rho
        steep = (slope - share) / np.square(self.rho * self.unit)
        x, y = self.offset[..., 0], self.offset[..., 1]
        crossed = steep * x * y
        return Maps(
            self.middle[:, None] + self.offset * share[..., None],
            np.stack([share + steep * x * x, crossed], 2),
            np.stack([crossed, share + steep * y * y], 2),
        )

    def lens(self, clean: Floats, slope: Floats) -> Maps:
        """The same of what goes on straight beyond the edge, where both are as at the edge."""
        return self.maps(clean + np.maximum(self.rho - _EDGE, 0) * slope, slope)


def _rays(points: Points, middle: Floats, unit: Any) -> _Rays:
    offset = points.astype(np.float32) - middle[:, None]
    x, y = offset[..., 0], offset[..., 1]
    rho = np.maximum(np.sqrt(x * x + y * y) / unit, np.float32(1e-6))
    return _Rays(middle, offset, rho, unit)


def lenses(points: Points, size: Size, numbers: Floats, _model: str) -> Maps:
    """Lenses of several coefficients; one that folds the picture has no map."""
    b, zoom, a, c = (numbers[:, i : i + 1] * LENS[i] for i in (0, 1, 4, 5))
    growth = 1 + zoom + _RADII * (2 * c + _RADII * (3 * b + _RADII * 4 * a))
    zoom = np.where(growth.min(1, keepdims=True) > _GROWS, zoom, np.nan)
    rays = _rays(points, places(numbers[:, 2:4], size), math.hypot(*size) / 2)
    rho = np.minimum(rays.rho, _EDGE)
    clean = rho * (1 + zoom + rho * (c + rho * (b + rho * a)))
    return rays.lens(clean, 1 + zoom + rho * (2 * c + rho * (3 * b + rho * 4 * a)))


def bowed(sign: int, points: Points, size: Size, numbers: Floats, _model: str) -> Maps:
    """Barrels, by sign 1, or pincushions, by -1, of the division model."""
    rays = _rays(points, places(numbers[:, 1:3], size), math.hypot(*size) / 2)
    k = sign * np.minimum(sign * bend_of(numbers[:, :1], sign), _MOST_BOWED[sign])
    rho = np.minimum(rays.rho, _EDGE)
    curved = k * rho**2
    return rays.lens(rho / (1 - curved), (1 + curved) / np.square(1 - curved))


def fisheyes(points: Points, size: Size, numbers: Floats, _model: str) -> Maps:
    """Equidistant fisheyes."""
    rays = _rays(points, places(numbers[:, 1:3], size), math.hypot(*size) / 2)
    theta = np.clip(np.radians(45 * numbers[:, :1]), 1e-3, _WIDEST)
    tangent = np.tan(np.minimum(rays.rho, _EDGE) * theta)
    return rays.lens(tangent / theta, 1 + tangent * tangent)


def ripples(points: Points, size: Size, numbers: Floats, _model: str) -> Maps:
    """Rings about a centre."""
    short, (cosine, sine) = min(size), (numbers[:, i : i + 1] for i in (0, 1))
    unit = np.exp(np.clip(numbers[:, 4:5] - 1.4, -4.0, 2.0)) * short
    phase = np.arctan2(sine, cosine)
    most = _STEEPEST / (2 * math.pi) / (1 + 0.86 * np.abs(np.sin(phase)))
    amplitude = np.minimum(np.hypot(sine, cosine) / 40 * short / unit, most)
    rays = _rays(points, places(numbers[:, 2:4], size), unit)
    turn = 2 * math.pi * rays.rho
    damped = np.sin(phase) * np.exp(-np.square(turn))
    clean = rays.rho + amplitude * (np.sin(turn + phase) - damped)
    slope = 1 + 2 * math.pi * amplitude * (np.cos(turn + phase) + 2 * turn * damped)
    return rays.maps(clean, slope)


def swollen(sign: int, points: Points, size: Size, numbers: Floats, model: str) -> Maps:
    """Bulges, by sign -1, or pinches, by 1."""
    center = places(numbers[:, 1:3], size)
    axes = lengths(numbers[:, 3:5], size)
    (cx, cy), (rx, ry) = (each.T[..., None] for each in (center, axes))
    most = (Bulge if sign < 0 else Pinch).most[model]
    power = sign * np.clip(numbers[:, :1], 0, most)
    single = points.astype(np.float32)
    x, y = single[:, 0] - cx, single[:, 1] - cy
    rho = np.minimum(np.sqrt((x / rx) ** 2 + (y / ry) ** 2) + np.float32(1e-6), 1)
    if model == "smooth":
        left = 1 - rho * rho
        share, steep = 1 + power * left * left, -4 * power * left
    else:
        share = np.sin(np.float32(math.pi / 2) * rho) ** -power
        cotangent = 1 / np.tan(np.float32(math.pi / 2) * rho)
        steep = np.where(rho < 1, -power * share * np.float32(math.pi / 2) * cotangent / rho, 0)
    by_x, by_y = steep * x / (rx * rx), steep * y / (ry * ry)
    return Maps(
        np.stack([cx + x * share, cy + y * share], 2),
        np.stack([share + x * by_x, y * by_x], 2),
        np.stack([x * by_y, share + y * by_y], 2),
    )


def slanted(points: Points, size: Size, numbers: Floats, _model: str) -> Maps:
    """Perspectives; one that folds the picture has no map."""
    clean = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * size - 0.5
    moved = clean + numbers[:, :8].reshape(-1, 4, 2) / 8 * min(size)
    edges = np.roll(moved, -1, 1) - moved
    ahead = np.roll(edges, -1, 1)
    turns = edges[..., 0] * ahead[..., 1] - edges[..., 1] * ahead[..., 0]
    folded = turns.min(1) < _FLATTEST * size[0] * size[1]
    moved[folded] = clean
    back = np.linalg.inv(_homographies(clean, moved))
    flat = np.column_stack([points, np.ones(len(points))])
    x, y, depth = np.moveaxis(flat @ back.transpose(0, 2, 1), 2, 0)
    depth = np.where((depth > 1e-9) & ~folded[:, None], depth, np.nan)
    source = np.stack([x, y], 2) / depth[..., None]
    across, down = (
        (back[:, None, :2, i] - source * back[:, None, 2:, i]) / depth[..., None] for i in (0, 1)
    )
    return Maps(source, across, down)


def _homographies(clean: Points, moved: Floats) -> Floats:
    """The matrices (K, 3, 3) that take four points (4, 2) to others (K, 4, 2)."""
    known = np.column_stack([clean, np.ones(4)])
    rows = np.zeros((len(moved), 4, 2, 8))
    rows[:, :, 0, :3] = rows[:, :, 1, 3:6] = known
    rows[..., 6:] = -moved[..., None] * clean[:, None]
    found = np.linalg.solve(rows.reshape(-1, 8, 8), moved.reshape(-1, 8, 1))[..., 0]
    return np.concatenate([found, np.ones((len(moved), 1))], 1).reshape(-1, 3, 3)


# Of points (N, 2), the picture's (width, height), numbers (K, length) in single precision as
# `ml.estimators.encodings` writes them, and the model.
BY_FORMULA: dict[str, Callable[[Points, Size, Floats, str], Maps]] = {
    "lens": lenses,
    "barrel": partial(bowed, 1),
    "pincushion": partial(bowed, -1),
    "fisheye": fisheyes,
    "ripple": ripples,
    "bulge": partial(swollen, -1),
    "pinch": partial(swollen, 1),
    "perspective": slanted,
}
