"""Where warps of one kind take the tiles of a picture, many warps in one go."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ml.estimators.encodings import ENCODINGS, WIDTH, decode
from ml.estimators.encodings.numbers import place
from ml.estimators.encodings.whole_picture import read_bow
from ml.estimators.lattice.formulas import BY_FORMULA, LENS, Maps
from ml.estimators.reading import Numbers
from ml.warps import Points, Warp, WarpError
from ml.warps.lens import Lens

_REACH = 6.0  # pixels about a point over which the map's slope is taken
_CORNERS = np.array([[0.0, -2.0], [1.0, 1.0], [-1.0, 1.0]]) / [1.0, math.sqrt(3)]
_STEEPEST_CONTOUR = 0.9  # beyond it heights fold the picture
_STILL = np.eye(2)  # how far the source moves where nothing was moved
_UNIT = 0.1  # of a contour's numbers, which its map is linear in


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
        if kind in BY_FORMULA:
            single = np.clip(numbers, -20, 20).astype(np.float32)  # as `decode` does
            return BY_FORMULA[kind](self.points, self.size, single, model)
        return self.by_warps([_warp(kind, model, each, self.size) for each in numbers])

    def _contours(self, numbers: Numbers) -> Maps:
        single = numbers.astype(np.float32)
        source, across, down = (np.tensordot(single, each, 1) for each in self.contours)
        xx, xy, yy = across[..., 0], across[..., 1], down[..., 1]
        steep = np.abs((xx + yy) / 2) + np.hypot((xx - yy) / 2, xy)
        share = _STEEPEST_CONTOUR / np.maximum(steep.max(1), _STEEPEST_CONTOUR)
        source, across, down = (each * share[:, None, None] for each in (source, across, down))
        return Maps(self.points + source, across + _STILL[0], down + _STILL[1])


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
