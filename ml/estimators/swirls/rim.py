"""Swirls by their rims: the fringes of the outermost part, where a swirl of any turn is mild.

A ring of radius r about the centre that was turned by a small angle t has sources that lie off by
A sin(φ − t / 2) across and −A cos(φ − t / 2) down, A being 2 r sin(t / 2). Its detail is held once
against every A; a swirl of any radius and turn is then a path through these readings.
"""

import math
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.estimators.swirls.turns import Rows

Floats = NDArray[Any]

_RING = 1 / 3  # pixels that a ring is wide
_PARTS = 128  # of a ring
_FAR, _STEP = 6.0, 0.2  # source pixels by which a ring is off at most, and steps
_OFF = np.arange(0, _FAR + _STEP / 2, _STEP)
_RIM = (0.86, 0.975)  # of the radius, between which a rim is looked at
_APART = 0.8  # pixels between centres that are tried
_AT_ONCE = 16  # of them
_LARGER = 0.66  # pixels by which radii differ
_SHARPER = 0.06  # of a turn, by which turns do
_TURNS = np.exp(np.arange(math.log(0.9), math.log(6.5), _SHARPER))


def by_rims(
    white: Floats, about: Floats, reach: float, sizes: tuple[float, float]
) -> Iterator[tuple[Rows, Floats]]:
    """Quadratic circular swirls about centres ever farther from (x, y), up to `reach` pixels, with
    radii between `sizes`: of every few centres the best row each, and how coherent its rim is, in
    deviations. `white` (2, H, W) is the detail along x and along y.
    """
    paths = _Paths(np.arange(sizes[0], sizes[1] + _LARGER, _LARGER))
    centres = _around(about, reach)
    for i in range(0, len(centres), _AT_ONCE):
        yield paths.best(white, centres[i : i + _AT_ONCE])


def _around(about: Floats, reach: float) -> Floats:
    most = int(reach / _APART)
    steps = np.arange(-most, most + 1) * _APART
    places = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    far = np.hypot(*places.T)
    order = np.argsort(far, kind="stable")[: int((far <= reach).sum())]
    return np.asarray(about + places[order])


class _Paths:
    """All swirls of some radii through readings of the rings about a centre."""

    def __init__(self, radii: Floats) -> None:
        self.radii = radii
        self.first = int(_RIM[0] * radii[0] / _RING)
        self.count = int(_RIM[1] * radii[-1] / _RING) + 1 - self.first
        middles = (np.arange(self.count) + self.first + 0.5) * _RING
        half = np.arcsin(np.minimum(_OFF / (2 * middles[:, None]), 1))
        angles = (np.arange(_PARTS) + 0.5) * (2 * math.pi / _PARTS)
        sines = np.sin(angles[:, None] - half[:, None])  # (rings, parts, off)
        self._cosines = np.cos(2 * math.pi * _OFF * sines).astype(np.float32)
        self._reading, self._ring = self._through(middles)

    def _through(self, middles: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which readings (steps, radii, turns), and which rings (steps, radii), lie on the path of
        each swirl; one beyond the last is none.
        """
        begin = np.searchsorted(middles, _RIM[0] * self.radii)
        steps = int((np.searchsorted(middles, _RIM[1] * self.radii) - begin).max())
        rings = begin + np.arange(steps)[:, None]
        share = middles[np.minimum(rings, self.count - 1)] / self.radii
        inside = (rings < self.count) & (share < _RIM[1])
        turn = np.square(1 - share)[..., None] * _TURNS
        off = 2 * (share * self.radii)[..., None] * np.sin(np.minimum(turn, math.pi) / 2)
        bins = np.rint(off / _STEP).astype(np.intp)
        known = inside[..., None] & (bins < len(_OFF))
        none = self.count * len(_OFF)
        return (
            np.where(known, rings[..., None] * len(_OFF) + bins, none),
            np.where(known, rings[..., None], self.count),
        )

    def best(self, white: Floats, centres: Floats) -> tuple[Rows, Floats]:
        """The best swirl (K, 6) about each centre (K, 2), and its score (K,)."""
        read = np.stack([self._rings(white, each) for each in centres], 2)
        sums, power = read[:2], read[2:]
        # Along y what is a sine across is a cosine; a turn the other way is this one in a mirror.
        ways = np.stack([sums, sums[..., ::-1]], 2)  # (axes, rings, ways, K, parts)
        ways[1] = np.roll(ways[1], _PARTS // 4, -1)
        rows = ways.transpose(1, 0, 2, 3, 4).reshape(self.count, -1, _PARTS)
        told = (rows @ self._cosines).transpose(0, 2, 1)  # (rings, off, rows)
        told = told.reshape(-1, rows.shape[1])
        told = np.concatenate([told, np.zeros((1, rows.shape[1]), np.float32)])
        noise = np.concatenate([power.sum(-1), np.zeros((2, 1, len(centres)))], 1)
        return self._chosen(centres, told, noise.transpose(1, 0, 2))

    def _chosen(self, centres: Floats, told: Floats, noise: Floats) -> tuple[Rows, Floats]:
        many = len(centres)
        along = np.zeros((len(self.radii), len(_TURNS), told.shape[1]), np.float32)
        least = np.full((len(self.radii), len(_TURNS), 2, many), 1e-6)
        for reading, ring in zip(self._reading, self._ring, strict=True):
            along += told[reading]
            least += noise[ring]
        each = along.reshape(*along.shape[:2], 2, 2, many) / np.sqrt(least / 2)[:, :, :, None]
        scores = np.hypot(*np.moveaxis(np.maximum(each, 0), 2, 0))  # (radii, turns, ways, K)
        flat = scores.reshape(-1, many)
        where = np.unravel_index(flat.argmax(0), scores.shape[:3])
        radii, signs = self.radii[where[0]], 1 - 2 * where[2]
        columns = [*centres.T, radii, radii, signs * _TURNS[where[1]], np.full(many, 2.0)]
        return np.stack(columns, 1), flat.max(0)

    def _rings(self, white: Floats, centre: Floats) -> Floats:
        """The detail along x and along y, and its power, of parts of rings: (4, rings, parts)."""
        reach = (self.first + self.count) * _RING
        height, width = white.shape[1:]
        x0, y0 = (max(0, int(v - reach)) for v in centre)
        x1, y1 = (min(n, int(v + reach) + 2) for n, v in zip((width, height), centre, strict=True))
        if x0 >= x1 or y0 >= y1:
            return np.zeros((4, self.count, _PARTS), np.float32)
        ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        radius, angle = cv2.cartToPolar(xs - np.float32(centre[0]), ys - np.float32(centre[1]))
        ring = (radius * np.float32(1 / _RING)).astype(np.int32) - self.first
        inside = (ring >= 0) & (ring < self.count)
        part = (angle[inside] * np.float32(_PARTS / (2 * math.pi))).astype(np.int32) % _PARTS
        index = ring[inside] * _PARTS + part
        planes = [plane[y0:y1, x0:x1][inside] for plane in white]
        planes += [np.square(each) for each in planes]
        size = self.count * _PARTS
        sums = [np.bincount(index, each, size).reshape(-1, _PARTS) for each in planes]
        return np.stack(sums).astype(np.float32)
