"""Polar: the picture bent onto a disc, its columns becoming rays and its rows rings."""

import math
from dataclasses import dataclass

import numpy as np

from ml.warps.warp import Pair, Points, Warp, WarpError, center, parameter


@dataclass(frozen=True)
class Polar(Warp):
    """A picture of `size` onto the ring from `inner` to `radius` about the centre.

    The top row lies on the inner circle; `start` is the direction of the left and right edges,
    in degrees clockwise from upwards, and columns go round `direction` (clockwise or
    counterclockwise). Clean points left or right of the picture, and those within the centre, are
    NaN. Has no strength: it is all or nothing.
    """

    kind = "polar"
    center: Pair = center()
    size: Pair = parameter("size", "px")
    radius: float = parameter("number", "px", 0.4, 0.6, 0.5, of="short")
    inner: float = parameter("number", "px", 0, 0.1, 0, of="short", value=0.0)
    start: float = parameter("number", "deg", -180, 180, 0, value=0.0)
    direction: str = parameter(
        "choice",
        "",
        default="clockwise",
        choices=("clockwise", "counterclockwise"),
        value="clockwise",
    )

    def check(self) -> None:
        if min(self.size) <= 0 or not 0 <= self.inner < self.radius:
            raise WarpError("polar: size must be above 0, and inner between 0 and radius")

    def forward(self, points: Points) -> Points:
        width, height = self.size
        turn = (points[:, 0] + 0.5) / width
        radii = self.inner + (points[:, 1] + 0.5) / height * (self.radius - self.inner)
        outside = (turn < 0) | (turn >= 1) | (radii < 0)
        angles = math.radians(self.start) + self._sign * 2 * np.pi * turn
        moved = np.stack([np.sin(angles), -np.cos(angles)], 1) * radii[:, None]
        return np.where(outside[:, None], np.nan, self.center + moved)

    def inverse(self, points: Points) -> Points:
        width, height = self.size
        offset = points - np.asarray(self.center)
        angles = np.arctan2(offset[:, 0], -offset[:, 1]) - math.radians(self.start)
        turn = np.mod(self._sign * angles / (2 * np.pi), 1.0)
        share = (np.hypot(offset[:, 0], offset[:, 1]) - self.inner) / (self.radius - self.inner)
        return np.stack([turn * width - 0.5, share * height - 0.5], 1)

    @property
    def _sign(self) -> int:
        return 1 if self.direction == "clockwise" else -1
