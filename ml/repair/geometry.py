"""Where points of a photo lie in its repaired version, and back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.repair.unwarp import Box
from ml.results import Box as BoxPx
from ml.warps import Points, Warp, compose


@dataclass(frozen=True)
class Geometry:
    """Where points of the photo lie in its repaired version, and back; pixels of both upright.

    `warps` bent the photo, the first first; `box` (left, top, width, height) is shown of what is
    clean, turned anticlockwise by so many `quarters`.
    """

    warps: tuple[Warp, ...]
    box: Box
    quarters: int = 0

    def to_repaired(self, points: Points) -> Points:
        """Points (N, 2) of the photo, in the version; NaN where they have no place."""
        points = np.asarray(compose.inverse(self.warps, points) - self.box[:2])
        width, height = self.box[2:]
        for _ in range(self.quarters):
            points = np.stack([points[:, 1], width - 1 - points[:, 0]], 1)
            width, height = height, width
        return points

    def to_photo(self, points: Points) -> Points:
        """Points (N, 2) of the version, in the photo."""
        height = self.box[3 if self.quarters % 2 == 0 else 2]
        width = self.box[2 if self.quarters % 2 == 0 else 3]
        for _ in range(self.quarters):
            points = np.stack([height - 1 - points[:, 1], points[:, 0]], 1)
            width, height = height, width
        return compose.forward(self.warps, points + np.array(self.box[:2], np.float64))

    def box_in(self, box: Sequence[float], *, repaired: bool) -> BoxPx | None:
        """The bounds of a box (x, y, width, height) of the photo in the version (`repaired`), or
        of one of the version in the photo; None where it has no place there.
        """
        x, y, width, height = box
        along = np.linspace(0, 1, 9)
        sides = [(0.0, a) for a in along] + [(1.0, a) for a in along]
        rim = np.array([*sides, *((a, s) for s, a in sides)]) * (width, height) + (x, y) - 0.5
        moved = (self.to_repaired if repaired else self.to_photo)(rim) + 0.5
        if not np.isfinite(moved).all():
            return None
        low, high = moved.min(0), moved.max(0)
        wide, tall = (high - low).tolist()
        return (float(low[0]), float(low[1]), float(wide), float(tall))
