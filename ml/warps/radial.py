"""Warps that move points along the rays from a centre."""

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ml.warps.warp import Pair, Points, Warp, WarpError, center

Radii = NDArray[np.float64]

_NODES = 4097
_STEP = 1e-6  # of the numerical slope; Newton's steps need no better
_NEWTON, _BISECTIONS = 4, 60
_PRECISE = 1e-11


@dataclass(frozen=True)
class RadialWarp(Warp):
    """A warp given by one growing function: the clean radius of a distorted radius.

    Radii are multiples of `unit_radius`, measured in an ellipse whose vertical half axis is
    `stretching` times the horizontal one: a family's fields `radius` and `stretch`, where it has
    them. Beyond `edge` the function goes on as a straight line, so that the map is a bijection of
    the plane whatever the centre.
    """

    edge: ClassVar[float] = 1.25
    center: Pair = center()

    @abstractmethod
    def clean_radius(self, rho: Radii) -> Radii:
        """The clean radius of distorted radii (N,) from 0 to `edge`; 0 at 0."""

    @property
    def unit_radius(self) -> float:
        """The length in pixels that radii are multiples of."""
        return float(vars(self)["radius"])

    @property
    def stretching(self) -> float:
        """Vertical over horizontal half axis."""
        return float(vars(self).get("stretch", 1.0))

    def check(self) -> None:
        """Raise WarpError unless the function grows everywhere."""
        if self.unit_radius <= 0 or self.stretching <= 0:
            raise WarpError(f"{self.kind}: lengths must be above 0")
        with np.errstate(all="ignore"):
            radii = self.clean_radius(np.linspace(0, min(self.edge, 64.0), _NODES))
        if not np.all(np.isfinite(radii)) or np.any(np.diff(radii) <= 0):
            raise WarpError(
                f"{self.kind}: these parameters fold the picture over itself; weaken them "
                f"({', '.join(f'{k}={v}' for k, v in self.as_json().items())})"
            )

    def forward(self, points: Points) -> Points:
        return self._along_rays(points, self._distorted_radius)

    def inverse(self, points: Points) -> Points:
        return self._along_rays(points, self._extended)

    def _along_rays(self, points: Points, function: Callable[[Radii], Radii]) -> Points:
        axes = np.array([1.0, self.stretching]) * self.unit_radius
        offset = np.asarray(points, np.float64) - np.asarray(self.center)
        rho = np.hypot(offset[:, 0] / axes[0], offset[:, 1] / axes[1])
        moved = function(rho)
        with np.errstate(invalid="ignore", divide="ignore"):
            factor = np.where(rho > 0, moved / rho, 1.0)
        return np.asarray(self.center + offset * factor[:, None])

    def _extended(self, rho: Radii) -> Radii:
        if not np.isfinite(self.edge):
            return self.clean_radius(rho)
        within = self.clean_radius(np.minimum(rho, self.edge))
        beyond = np.maximum(rho - self.edge, 0)
        return within + beyond * self._slope_at_edge() if beyond.any() else within

    def _slope_at_edge(self) -> float:
        ends = self.clean_radius(np.array([self.edge - _STEP, self.edge]))
        return max(float(ends[1] - ends[0]) / _STEP, 1e-3)

    def _distorted_radius(self, clean: Radii) -> Radii:
        """Invert the function: a table, Newton's steps, and bisection for what they leave."""
        if not clean.size:
            return clean
        end = self.edge if np.isfinite(self.edge) else float(clean.max()) + 2.0
        nodes = np.linspace(0, end, _NODES)
        values = self._extended(nodes)
        rho = np.interp(clean, values, nodes)
        beyond = clean > values[-1]
        if np.isfinite(self.edge):
            rho = np.where(beyond, end + (clean - values[-1]) / self._slope_at_edge(), rho)
        for _ in range(_NEWTON):
            step = _STEP * np.maximum(rho, _STEP)
            here = self._extended(rho)
            slope = (self._extended(rho + step) - here) / step
            with np.errstate(invalid="ignore", divide="ignore"):
                better = rho - (here - clean) / slope
            rho = np.where(np.isfinite(better) & (better >= 0), better, rho)
        wrong = np.abs(self._extended(rho) - clean) > _PRECISE * np.maximum(clean, 1e-3)
        if wrong.any():
            rho[wrong] = self._bisected(clean[wrong], end)
        return rho

    def _bisected(self, clean: Radii, end: float) -> Radii:
        lo, hi = np.zeros_like(clean), np.full_like(clean, end)
        while np.any(short := self._extended(hi) < clean):
            hi[short] *= 2
        for _ in range(_BISECTIONS):
            middle = (lo + hi) / 2
            low = self._extended(middle) < clean
            lo, hi = np.where(low, middle, lo), np.where(low, hi, middle)
        return (lo + hi) / 2
