"""Where warps of one kind take the tiles of a picture, many warps in one go."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.estimators.encodings import ENCODINGS, WIDTH, decode
from ml.estimators.encodings.numbers import length_of, place
from ml.estimators.encodings.whole_picture import read_bow
from ml.estimators.reading import Numbers
from ml.warps import Points, Warp, WarpError
from ml.warps.bulge import Bulge
from ml.warps.lens import Lens
from ml.warps.pinch import Pinch

Floats = NDArray[Any]

_REACH = 6.0  # pixels about a point over which the map's slope is taken
_CORNERS = np.array([[0.0, -2.0], [1.0, 1.0], [-1.0, 1.0]]) / [1.0, math.sqrt(3)]
_STEEPEST_CONTOUR = 0.9  # beyond it heights fold the picture
# What a lens's numbers are multiples of: b, zoom, -, -, a, c.
LENS = (0.3, 0.2, 0.0, 0.0, 0.3, 0.3)
_RADII, _GROWS = np.linspace(0, 1.25, 26), 0.03
_STILL = np.eye(2)  # how far the source moves where nothing was moved
_UNIT = 0.1  # of a contour's numbers, which its map is linear in


class Maps(NamedTuple):
    """The sources (K, N, 2) of N points by K warps, and how far they move (K, N, 2) from one pixel
    to the next across and down; NaN where there is none.
    """

    source: Floats
    across: Floats
    down: Floats


@dataclass(frozen=True, eq=False)
class Places:
    """Points (N, 2) of a picture of (width, height), some of those of others where it is told."""

    size: tuple[int, int]
    points: Points
    among: "tuple[Places, NDArray[np.int64]] | None" = None

    def taken(self, which: NDArray[np.int64]) -> "Places":
        """Some of the points, by their indices."""
        return Places(self.size, self.points[which], (self, which))

    @cached_property
    def contours(self) -> Maps:
        """What each of a contour's numbers adds to the maps."""
        if self.among:
            every, which = self.among
            return Maps(*(np.ascontiguousarray(each[:, which]) for each in every.contours))
        count = ENCODINGS["contour"].length
        each = self.by_warps([_warp("contour", "", v, self.size) for v in _UNIT * np.eye(count)])
        still = self.by_warps([_warp("contour", "", np.zeros(count), self.size)])
        return Maps(
            *(((a - b) / _UNIT).astype(np.float32) for a, b in zip(each, still, strict=True))
        )

    def by_warps(self, warps: Sequence[Warp | None]) -> Maps:
        """The maps of warps, over three corners about each point; None has none."""
        count = len(self.points)
        corners = (self.points[None] + _REACH * _CORNERS[:, None]).reshape(-1, 2)
        nowhere = np.full_like(corners, np.nan)
        found = [each.inverse(corners) if each else nowhere for each in warps]
        top, right, left = np.moveaxis(np.stack(found).reshape(len(warps), 3, count, 2), 1, 0)
        return Maps(
            (top + right + left) / 3,
            (right - left) / (2 * _REACH),
            ((right + left) / 2 - top) / (math.sqrt(3) * _REACH),
        )

    def by_numbers(self, kind: str, model: str, numbers: Numbers) -> Maps:
        """The maps of warps of a kind and model by their numbers (K, length)."""
        if kind == "contour":
            return self._contours(numbers)
        if kind == "lens":
            return self._lenses(numbers)
        if kind in ("bulge", "pinch"):
            return self._locals(kind, model, numbers)
        return self.by_warps([_warp(kind, model, each, self.size) for each in numbers])

    def _contours(self, numbers: Numbers) -> Maps:
        single = numbers.astype(np.float32)
        source, across, down = (np.tensordot(single, each, 1) for each in self.contours)
        xx, xy, yy = across[..., 0], across[..., 1], down[..., 1]
        steep = np.abs((xx + yy) / 2) + np.hypot((xx - yy) / 2, xy)
        share = _STEEPEST_CONTOUR / np.maximum(steep.max(1), _STEEPEST_CONTOUR)
        source, across, down = (each * share[:, None, None] for each in (source, across, down))
        return Maps(self.points + source, across + _STILL[0], down + _STILL[1])

    def _lenses(self, numbers: Numbers) -> Maps:
        b, zoom, a, c = (numbers[:, i : i + 1] * LENS[i] for i in (0, 1, 4, 5))
        middle = np.array([place(each, self.size) for each in numbers[:, 2:4]])
        offset = self.points - middle[:, None]
        radius = math.hypot(*self.size) / 2
        rho = np.hypot(offset[..., 0], offset[..., 1]) / radius
        # A lens that folds the picture has no map.
        growth = 1 + zoom + _RADII * (2 * c + _RADII * (3 * b + _RADII * 4 * a))
        zoom = np.where(growth.min(1, keepdims=True) > _GROWS, zoom, np.nan)
        share = 1 + zoom + rho * (c + rho * (b + rho * a))
        steep = (c + rho * (2 * b + rho * 3 * a)) / np.maximum(rho, 1e-6) / radius**2
        x, y = offset[..., 0], offset[..., 1]
        crossed = steep * x * y
        return Maps(
            middle[:, None] + offset * share[..., None],
            np.stack([share + steep * x * x, crossed], 2),
            np.stack([crossed, share + steep * y * y], 2),
        )

    def _ellipses(self, numbers: Numbers) -> tuple[Floats, Floats]:
        """Centres and half axes (2, K, 1) of what is swirled, swollen or shrunk."""
        centers = [place(each, self.size) for each in numbers[:, 1:3]]
        axes = [[length_of(float(v), self.size) for v in each] for each in numbers[:, 3:5]]
        center, radii = (np.array(v, np.float32).T[..., None] for v in (centers, axes))
        return center, radii

    def _locals(self, kind: str, model: str, numbers: Numbers) -> Maps:
        """By the derivatives themselves, in single precision."""
        (cx, cy), (rx, ry) = self._ellipses(numbers)
        sign, most = (-1, Bulge.most[model]) if kind == "bulge" else (1, Pinch.most[model])
        power = sign * np.clip(numbers[:, :1], 0, most).astype(np.float32)
        points = self.points.astype(np.float32)
        x, y = points[:, 0] - cx, points[:, 1] - cy
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


def warp_of(kind: str, model: str, numbers: Numbers, size: tuple[int, int]) -> Warp:
    """The warp of numbers (length,); WarpError where even a weak one of them folds the picture."""
    if kind == "bow":
        return read_bow(numbers, size)
    if kind == "lens":
        b, zoom, a, c = (float(numbers[i]) * LENS[i] for i in (0, 1, 4, 5))
        return Lens(place(numbers[2:4], size), a, b, c, zoom, math.hypot(*size) / 2)
    vector = np.zeros(WIDTH)
    vector[: len(numbers)] = numbers
    return decode(kind, vector, size, model)


def _warp(kind: str, model: str, numbers: Numbers, size: tuple[int, int]) -> Warp | None:
    try:
        return warp_of(kind, model, numbers, size)
    except WarpError:
        return None
