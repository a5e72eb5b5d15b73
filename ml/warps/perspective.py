"""Perspective: the picture seen at a slant, a homography."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ml.warps.warp import Pair, Points, Warp, WarpError, parameter


def corner(x: float = 0.0, y: float = 0.0) -> Pair:
    """The field of one corner's vector, with its default."""
    value: Pair = parameter("vector", "px", -0.25, 0.25, (x, y), of="short", strength=True)
    return value


@dataclass(frozen=True)
class Perspective(Warp):
    """The homography that moves each corner of a picture of `size` by the vector of its name.

    Corners are those of the area, half a pixel outside the first and last pixel centres. Points
    beyond the horizon are NaN.
    """

    kind = "perspective"
    size: Pair = parameter("size", "px")
    top_left: Pair = corner(0.12, 0.06)
    top_right: Pair = corner(-0.12, 0.0)
    bottom_right: Pair = corner()
    bottom_left: Pair = corner()

    def check(self) -> None:
        if min(self.size) <= 0:
            raise WarpError("perspective: size must be above 0")
        moved = self._corners() + self._moves()
        edges = np.roll(moved, -1, 0) - moved
        turns = (
            edges[:, 0] * np.roll(edges, -1, 0)[:, 1] - edges[:, 1] * np.roll(edges, -1, 0)[:, 0]
        )
        if np.any(turns < 0.02 * self.size[0] * self.size[1]):
            raise WarpError(
                "perspective: the moved corners must stay a convex quadrangle in their order, or "
                "the picture folds over itself"
            )

    def forward(self, points: Points) -> Points:
        return _projected(self._matrix, points)

    def inverse(self, points: Points) -> Points:
        return _projected(np.asarray(np.linalg.inv(self._matrix), np.float64), points)

    def _corners(self) -> Points:
        width, height = self.size
        return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64) - 0.5

    def _moves(self) -> Points:
        named = (self.top_left, self.top_right, self.bottom_right, self.bottom_left)
        return np.array(named, np.float64)

    @cached_property
    def _matrix(self) -> NDArray[np.float64]:
        """(3, 3), by the direct linear transformation of four points (Hartley and Zisserman)."""
        rows, wanted = [], []
        clean = self._corners()
        for (x, y), (u, v) in zip(clean, clean + self._moves(), strict=True):
            rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
            wanted += [u, v]
        return np.append(np.linalg.solve(np.array(rows), np.array(wanted)), 1.0).reshape(3, 3)


def _projected(matrix: NDArray[np.float64], points: Points) -> Points:
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    depth = homogeneous[:, 2:]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(depth > 1e-9, homogeneous[:, :2] / depth, np.nan))
