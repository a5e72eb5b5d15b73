"""Contour: points slide along the gradient of a smooth height map."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ml.warps.warp import Pair, Points, Warp, WarpError, parameter

ORDER = 3
TERMS = tuple((i, j) for i in range(ORDER + 1) for j in range(ORDER + 1) if i or j)
_STEEPEST = 0.9
_CHECKED = 33  # points a side at which the curvature of the height map is looked at
_NEWTON = 40
_PRECISE = 1e-9


@dataclass(frozen=True)
class Contour(Warp):
    """Clean point p + ∇h(p) of the distorted point p.

    The height map is a cosine series over a picture of `size`, h = s Σ c_ij cos(π i x / w)
    cos(π j y / h), with s = sqrt(w h) / π, so that `heights`, the c_ij for i and j up to 3 in rows
    of i without c_00, are displacements in pixels. It goes on mirrored beyond the picture. Folds
    where a curvature of h reaches -1; the forward map is found by Newton's method to 1e-9 px.
    """

    kind = "contour"
    size: Pair = parameter("size", "px")
    heights: tuple[float, ...] = parameter(
        "series",
        "px",
        -0.03,
        0.03,
        tuple(0.03 * (-1) ** (i // 2 + j) / (i * i + j * j) for i, j in TERMS),
        of="short",
        strength=True,
    )

    def check(self) -> None:
        if min(self.size) <= 0:
            raise WarpError("contour: size must be above 0")
        if len(self.heights) != len(TERMS):
            raise WarpError(f"contour: {len(TERMS)} heights are needed, not {len(self.heights)}")
        x, y = np.meshgrid(*(np.linspace(0, side, _CHECKED) - 0.5 for side in self.size))
        xx, xy, yy = self._curvatures(np.stack([x.ravel(), y.ravel()], 1))
        steepest = np.abs((xx + yy) / 2) + np.hypot((xx - yy) / 2, xy)
        if steepest.max() > _STEEPEST:
            raise WarpError(
                "contour: these heights fold the picture over itself; at most "
                f"{_STEEPEST / steepest.max():.2f} of them"
            )

    def inverse(self, points: Points) -> Points:
        return points + self._gradient(points)

    def forward(self, points: Points) -> Points:
        found = points - self._gradient(points)
        with np.errstate(invalid="ignore"):
            for _ in range(_NEWTON):
                left = found + self._gradient(found) - points
                if not np.nanmax(np.abs(left), initial=0.0) > _PRECISE:
                    break
                xx, xy, yy = self._curvatures(found)
                xx, yy = 1 + xx, 1 + yy
                step = np.stack(
                    [yy * left[:, 0] - xy * left[:, 1], xx * left[:, 1] - xy * left[:, 0]], 1
                )
                found = found - step / (xx * yy - xy * xy)[:, None]
        return found

    @cached_property
    def _coefficients(self) -> NDArray[np.float64]:
        """(4, 4) of s c_ij."""
        scale = np.sqrt(self.size[0] * self.size[1]) / np.pi
        series = np.append(0.0, self.heights).reshape(ORDER + 1, ORDER + 1)
        return np.asarray(series * scale, np.float64)

    def _waves(self, points: Points) -> tuple[Points, Points, Points, Points, Points, Points]:
        """Cosines and sines (N, 4) along x and along y, and the wave numbers of both."""
        order = np.pi * np.arange(ORDER + 1, dtype=np.float64)
        along_x, along_y = order / self.size[0], order / self.size[1]
        x = (points[:, 0:1] + 0.5) * along_x
        y = (points[:, 1:2] + 0.5) * along_y
        return np.cos(x), np.sin(x), np.cos(y), np.sin(y), along_x, along_y

    def _gradient(self, points: Points) -> Points:
        cos_x, sin_x, cos_y, sin_y, along_x, along_y = self._waves(points)
        by_x = ((-sin_x * along_x) @ self._coefficients * cos_y).sum(1)
        by_y = (cos_x @ self._coefficients * (-sin_y * along_y)).sum(1)
        return np.stack([by_x, by_y], 1)

    def _curvatures(self, points: Points) -> tuple[Points, Points, Points]:
        """Second derivatives (N,) by xx, xy and yy."""
        cos_x, sin_x, cos_y, sin_y, along_x, along_y = self._waves(points)
        c = self._coefficients
        return (
            ((-cos_x * along_x**2) @ c * cos_y).sum(1),
            ((sin_x * along_x) @ c * (sin_y * along_y)).sum(1),
            (cos_x @ c * (-cos_y * along_y**2)).sum(1),
        )
