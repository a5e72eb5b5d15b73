"""Swirl: a turn about a centre that fades towards a radius."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.warps.warp import Pair, Points, Warp, WarpError, center, parameter, rotated

Radii = NDArray[Any]

PROFILES: dict[str, Callable[[Radii], Radii]] = {
    # ImageMagick -swirl and GIMP Whirl: the square of what is left to the radius
    "quadratic": lambda rho: np.maximum(1 - rho, 0) ** 2,
    "linear": lambda rho: np.maximum(1 - rho, 0),
    "cubic": lambda rho: np.maximum(1 - rho, 0) ** 3,
    # scikit-image's swirl: 1 / 32 at the radius, never quite still
    "exponential": lambda rho: np.exp2(-5 * rho),
}
# How steeply each of them changes.
SLOPES: dict[str, Callable[[Radii], Radii]] = {
    "quadratic": lambda rho: -2 * np.maximum(1 - rho, 0),
    "linear": lambda rho: -np.where(rho < 1, 1, 0).astype(rho.dtype),
    "cubic": lambda rho: -3 * np.maximum(1 - rho, 0) ** 2,
    "exponential": lambda rho: -5 * math.log(2) * np.exp2(-5 * rho),
}
_MOST = 3600.0


@dataclass(frozen=True)
class Swirl(Warp):
    """Turn by `angle` times a profile that falls from 1 at the centre to 0 at `radius`.

    The ellipse in which it turns has a vertical half axis of `stretch` times `radius`. Never folds:
    distances from the centre stay. A positive angle turns what is in the centre clockwise.
    """

    kind = "swirl"
    center: Pair = center()
    angle: float = parameter("number", "deg", -540, 540, 180, strength=True)
    radius: float = parameter("number", "px", 0.2, 0.9, 0.5, of="short")
    stretch: float = parameter("number", "1", 1, 1, 1, value=1.0)
    profile: str = parameter(
        "choice", "", default="quadratic", choices=tuple(PROFILES), value="quadratic"
    )

    def check(self) -> None:
        if self.radius <= 0 or self.stretch <= 0:
            raise WarpError("swirl: radius and stretch must be above 0")
        if abs(self.angle) > _MOST:
            raise WarpError(f"swirl: at most {_MOST:g} degrees, or nothing of the picture is left")

    def forward(self, points: Points) -> Points:
        return self._turned(points, 1)

    def inverse(self, points: Points) -> Points:
        return self._turned(points, -1)

    def _turned(self, points: Points, sign: int) -> Points:
        axes = np.array([1.0, self.stretch]) * self.radius
        offset = (points - np.asarray(self.center)) / axes
        share = PROFILES[self.profile](np.hypot(offset[:, 0], offset[:, 1]))
        turned = rotated(offset, sign * np.radians(self.angle) * share)
        return np.asarray(self.center + turned * axes)
