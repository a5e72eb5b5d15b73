"""Where warps of a kind take points of a picture, by its formula, many warps in one go, in single
precision: a thousandth of a pixel is more than fringes tell.
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
# The strongest that do not fold a picture.
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


def lenses(points: Points, size: Size, numbers: Floats, _model: str) -> Maps:
    """Lenses of several coefficients."""
    b, zoom, a, c = (numbers[:, i : i + 1] * LENS[i] for i in (0, 1, 4, 5))
    # A lens that folds the picture has no map.
    growth = 1 + zoom + _RADII * (2 * c + _RADII * (3 * b + _RADII * 4 * a))
    zoom = np.where(growth.min(1, keepdims=True) > _GROWS, zoom, np.nan)
    middle, unit = places(numbers[:, 2:4], size), math.hypot(*size) / 2
    offset, rho = _about(points, middle, unit)
    share = 1 + zoom + rho * (c + rho * (b + rho * a))
    return _along_rays(middle, offset, share, (c + rho * (2 * b + rho * 3 * a)) / rho / unit**2)


def bowed(sign: int, points: Points, size: Size, numbers: Floats, _model: str) -> Maps:
    """Barrels, by sign 1, or pincushions, by -1, of the division model."""
    middle, unit = places(numbers[:, 1:3], size), math.hypot(*size) / 2
    offset, rho = _about(points, middle, unit)
    k = sign * np.minimum(sign * bend_of(numbers[:, :1], sign), _MOST_BOWED[sign])
    within = np.minimum(rho, _EDGE)
    curved = k * within**2
    slope = (1 + curved) / np.square(1 - curved)
    clean = within / (1 - curved) + (rho - within) * slope
    return _along_rays(middle, offset, clean / rho, (slope - clean / rho) / rho**2 / unit**2)


def fisheyes(points: Points, size: Size, numbers: Floats, _model: str) -> Maps:
    """Equidistant fisheyes."""
    middle, unit = places(numbers[:, 1:3], size), math.hypot(*size) / 2
    offset, rho = _about(points, middle, unit)
    theta = np.clip(np.radians(45 * numbers[:, :1]), 1e-3, _WIDEST)
    within = np.minimum(rho, _EDGE)
    tangent = np.tan(within * theta)
    slope = 1 + tangent * tangent
    clean = tangent / theta + (rho - within) * slope
    return _along_rays(middle, offset, clean / rho, (slope - clean / rho) / rho**2 / unit**2)


def ripples(points: Points, size: Size, numbers: Floats, _model: str) -> Maps:
    """Rings about a centre."""
    short = min(size)
    unit = np.exp(np.clip(numbers[:, 4:5] - 1.4, -4.0, 2.0)) * short
    sine, cosine = numbers[:, 1:2], numbers[:, :1]
    amplitude, phase = np.hypot(sine, cosine) / 40 * short / unit, np.arctan2(sine, cosine)
    most = _STEEPEST / (2 * math.pi) / (1 + 0.86 * np.abs(np.sin(phase)))
    amplitude = np.minimum(amplitude, most)
    middle = places(numbers[:, 2:4], size)
    offset, rho = _about(points, middle, unit)
    turn = 2 * math.pi * rho
    damped = np.sin(phase) * np.exp(-np.square(turn))
    clean = rho + amplitude * (np.sin(turn + phase) - damped)
    slope = 1 + 2 * math.pi * amplitude * (np.cos(turn + phase) + 2 * turn * damped)
    steep = (slope - clean / rho) / np.square(rho * unit)
    return _along_rays(middle, offset, clean / rho, steep)


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


def _about(points: Points, middle: Floats, unit: Any) -> tuple[Floats, Floats]:
    """Where points lie about middles (K, N, 2), and how far from them, in a unit (K, N)."""
    offset = points.astype(np.float32) - middle[:, None]
    x, y = offset[..., 0], offset[..., 1]
    return offset, np.maximum(np.sqrt(x * x + y * y) / unit, np.float32(1e-6))


def _along_rays(middle: Floats, offset: Floats, share: Floats, steep: Floats) -> Maps:
    """Maps of what moves points along the rays from a middle to a share of their distance, that
    changes by `steep` times the distance from one pixel to the next.
    """
    x, y = offset[..., 0], offset[..., 1]
    crossed = steep * x * y
    return Maps(
        middle[:, None] + offset * share[..., None],
        np.stack([share + steep * x * x, crossed], 2),
        np.stack([crossed, share + steep * y * y], 2),
    )


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
