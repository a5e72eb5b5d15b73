"""Fisheye: the equidistant projection of a picture that a straight lens would have taken."""

import math
from dataclasses import dataclass

import numpy as np

from ml.warps.radial import RadialWarp, Radii
from ml.warps.warp import WarpError, parameter


@dataclass(frozen=True)
class Fisheye(RadialWarp):
    """Equidistant fisheye: r = f θ where the straight lens has r = f tan θ.

    `angle` is θ in degrees at the distorted `radius`, so f = radius / θ; at 0 nothing is bent.
    """

    kind = "fisheye"
    angle: float = parameter("number", "deg", 15, 62, 45, strength=True)
    radius: float = parameter("number", "px", 1, 1, 1, of="diagonal")

    def check(self) -> None:
        if not 0 <= self.angle * self.edge < 87:
            raise WarpError(f"fisheye: angle lies between 0 and 69 degrees, not at {self.angle:g}")
        super().check()

    def clean_radius(self, rho: Radii) -> Radii:
        theta = math.radians(self.angle)
        if theta < 1e-9:
            return rho
        return np.asarray(np.tan(rho * theta) / theta)
