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
from scipy.sparse import csr_array

from ml.estimators.swirls.turns import Rows

Floats = NDArray[Any]

_RING = 1 / 3  # pixels that a ring is wide
_PARTS = 128  # of a ring
_FAR, _STEP = 6.0, 0.2  # source pixels by which a ring is off at most, and steps
_OFF = np.arange(0, _FAR + _STEP / 2, _STEP)
_RIM = (0.86, 0.975)  # of the radius, between which a rim is looked at
_APART = 0.8  # pixels between centres that are tried
_AT_ONCE = 16  # of them
_LARGER = 0.75  # pixels by which radii differ
_SHARPER = 0.07  # of a turn, by which turns do
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
        self._through, self._from, self._to = self._ways(middles)

    def _ways(self, middles: Floats) -> tuple[csr_array, NDArray[np.intp], NDArray[np.intp]]:
        """Which readings (swirls, rings · off) lie on the path of each swirl, and from which to
        which ring it goes (swirls,).
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
        path, far = known.reshape(steps, -1), bins.reshape(steps, -1)
        ring = np.repeat(rings, len(_TURNS), 1)
        swirl = np.broadcast_to(np.arange(path.shape[1]), path.shape)
        reading = (ring * len(_OFF) + far)[path]
        size = (path.shape[1], self.count * len(_OFF))
        ones = np.ones(len(reading), np.float32)
        through = csr_array((ones, (swirl[path], reading)), size)
        first = np.where(path, ring, self.count).min(0)
        return through, first, first + path.sum(0)

    def best(self, white: Floats, centres: Floats) -> tuple[Rows, Floats]:
        """The best swirl (K, 6) about each centre (K, 2), and its score (K,)."""
        squares = np.square(white).sum(0)
        each = [self._rings(white, squares, centre) for centre in centres]
        sums = np.stack([parts for parts, _ in each], 2)  # (axes, rings, K, parts)
        power = np.stack([total for _, total in each], 1)  # (rings, K)
        # Along y what is a sine across is a cosine; a turn the other way is this one in a mirror.
        ways = np.stack([sums, sums[..., ::-1]], 2)
        ways[1] = np.roll(ways[1], _PARTS // 4, -1)
        rows = ways.transpose(1, 0, 2, 3, 4).reshape(self.count, -1, _PARTS)
        told = (rows @ self._cosines).transpose(0, 2, 1).reshape(-1, rows.shape[1])
        along = np.maximum(self._through @ told, 0).reshape(-1, 2, 2, len(centres))
        total = np.concatenate([np.zeros((1, len(centres))), power.cumsum(0)])
        noise = np.sqrt((total[self._to] - total[self._from]) / 4 + 1e-6)
        scores = np.hypot(along[:, 0], along[:, 1]) / noise[:, None]  # (swirls, ways, K)
        return self._best(centres, scores.reshape(-1, len(centres)))

    def _best(self, centres: Floats, scores: Floats) -> tuple[Rows, Floats]:
        shape = (len(self.radii), len(_TURNS), 2)
        radius, turn, way = np.unravel_index(scores.argmax(0), shape)
        radii, angles = self.radii[radius], (1 - 2 * way) * _TURNS[turn]
        columns = [*centres.T, radii, radii, angles, np.full(len(centres), 2.0)]
        return np.stack(columns, 1), np.asarray(scores.max(0))

    def _rings(self, white: Floats, squares: Floats, centre: Floats) -> tuple[Floats, Floats]:
        """The detail along x and along y of parts of rings (2, rings, parts), and the power of the
        rings (rings,) along both.
        """
        reach = (self.first + self.count) * _RING
        height, width = white.shape[1:]
        x0, y0 = (max(0, int(v - reach)) for v in centre)
        x1, y1 = (min(n, int(v + reach) + 2) for n, v in zip((width, height), centre, strict=True))
        if x0 >= x1 or y0 >= y1:
            return np.zeros((2, self.count, _PARTS), np.float32), np.zeros(self.count)
        ys, xs = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        radius, angle = cv2.cartToPolar(xs - np.float32(centre[0]), ys - np.float32(centre[1]))
        ring = (radius * np.float32(1 / _RING)).astype(np.int32) - self.first
        inside = np.flatnonzero((ring >= 0) & (ring < self.count))
        ring = ring.ravel()[inside]
        part = (angle.ravel()[inside] * np.float32(_PARTS / (2 * math.pi))).astype(np.int32)
        index = ring * _PARTS + part % _PARTS
        planes = [plane[y0:y1, x0:x1].ravel()[inside] for plane in (*white, squares)]
        size = self.count * _PARTS
        sums = [np.bincount(index, plane, size).reshape(-1, _PARTS) for plane in planes[:2]]
        return np.stack(sums).astype(np.float32), np.bincount(ring, planes[2], self.count)
