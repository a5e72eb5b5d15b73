"""Lens distortion of one number: straight lines bow outwards or inwards."""

from dataclasses import dataclass
from typing import ClassVar

from ml.warps.radial import RadialWarp, Radii
from ml.warps.warp import WarpError, parameter


@dataclass(frozen=True)
class BowedWarp(RadialWarp):
    """Barrel and pincushion distortion, ρ the distorted radius in units of `radius`.

    With κ = `sign` k the clean radius is, by the division model, ρ / (1 - κ ρ²) (Fitzgibbon, CVPR
    2001), by the polynomial one ρ (1 + κ ρ²) (Brown).
    """

    sign: ClassVar[int]
    opposite: ClassVar[str]  # what a k below 0 would be
    k: float = parameter("number", "1", 0.03, 0.5, 0.25, strength=True)
    radius: float = parameter("number", "px", 1, 1, 1, of="diagonal")
    model: str = parameter(
        "choice", "", default="division", choices=("division", "polynomial"), value="division"
    )

    def check(self) -> None:
        if self.k < 0:
            raise WarpError(f"{self.kind}: k is at least 0; below it the warp is a {self.opposite}")
        super().check()

    def clean_radius(self, rho: Radii) -> Radii:
        curved = self.sign * self.k * rho**2
        return rho / (1 - curved) if self.model == "division" else rho * (1 + curved)
