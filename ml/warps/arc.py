"""Arc: the picture bent along a circle."""

import math
from dataclasses import dataclass

import numpy as np

from ml.warps.warp import Pair, Points, Warp, WarpError, parameter, rotated


@dataclass(frozen=True)
class Arc(Warp):
    """The level line through `center`, `length` pixels of it, becomes an arc of `angle` degrees.

    Columns become rays towards the circle's middle, which lies below the centre, or above it where
    the angle is negative; distances along the bent line and across it are kept and then all
    multiplied by `scale`, and the centre lands `shift` away. `tilt` turns the line about the centre
    first. Points beyond the circle's middle, or more than half way round, are NaN.
    """

    kind = "arc"
    center: Pair = parameter("position", "px", 0.5, 0.5, (0.5, 0.5))
    angle: float = parameter("number", "deg", -150, 150, 60, strength=True)
    length: float = parameter("number", "px", 1, 1, 1, of="long")
    scale: float = parameter("number", "1", 1, 1, 1, value=1.0)
    shift: Pair = parameter("vector", "px", 0, 0, (0.0, 0.0), of="short", value=(0.0, 0.0))
    tilt: float = parameter("number", "deg", 0, 0, 0, value=0.0)

    def check(self) -> None:
        if self.length <= 0 or self.scale <= 0:
            raise WarpError("arc: length and scale must be above 0")
        if abs(self.angle) > 359:
            raise WarpError(
                f"arc: {self.angle:g} degrees fold the picture over itself; at most 359"
            )

    def forward(self, points: Points) -> Points:
        offset = self._tilted(points - np.asarray(self.center), -1)
        if self._bend != 0:
            turn = offset[:, 0] * self._bend
            radius = 1 / self._bend
            left = 1 - offset[:, 1] * self._bend  # of the radius towards the middle
            outside = (left <= 0) | (np.abs(turn) > np.pi)
            moved = np.stack([radius * left * np.sin(turn), radius * (1 - left * np.cos(turn))], 1)
            # The level line bulges upwards: towards the middle lies below.
            offset = np.where(outside[:, None], np.nan, moved)
        moved = self._tilted(offset * self.scale, 1)
        return np.asarray(np.add(self.center, self.shift) + moved)

    def inverse(self, points: Points) -> Points:
        offset = self._tilted(points - np.add(self.center, self.shift), -1) / self.scale
        if self._bend != 0:
            bent = offset * self._bend
            turn = np.arctan2(bent[:, 0], 1 - bent[:, 1])
            left = np.hypot(bent[:, 0], 1 - bent[:, 1])
            offset = np.stack([turn, 1 - left], 1) / self._bend
        return np.asarray(self.center + self._tilted(offset, 1))

    @property
    def _bend(self) -> float:
        """The curvature of the bent line in 1 / px; negative with the middle above."""
        bend = math.radians(self.angle) / self.length
        return bend if abs(bend) * self.length > 1e-7 else 0.0

    def _tilted(self, offset: Points, sign: int) -> Points:
        return rotated(offset, sign * math.radians(self.tilt)) if self.tilt else offset
