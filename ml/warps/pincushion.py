"""Pincushion: straight lines bow inwards."""

from dataclasses import dataclass

from ml.warps.radial import RadialWarp, Radii
from ml.warps.warp import Pair, WarpError, center, parameter


@dataclass(frozen=True)
class Pincushion(RadialWarp):
    """Pincushion distortion with distorted radius ρ in units of `radius`.

    division: clean radius ρ / (1 + k ρ²), k below 0.64; polynomial: ρ (1 - k ρ²), k below 0.21.
    """

    kind = "pincushion"
    center: Pair = center()
    k: float = parameter("number", "1", 0.03, 0.6, 0.25, strength=True)
    radius: float = parameter("number", "px", 1, 1, 1, of="diagonal")
    model: str = parameter(
        "choice", "", default="division", choices=("division", "polynomial"), value="division"
    )

    def check(self) -> None:
        if self.k < 0:
            raise WarpError("pincushion: k is at least 0; below it the warp is a barrel")
        super().check()

    @property
    def middle(self) -> Pair:
        return self.center

    @property
    def unit_radius(self) -> float:
        return self.radius

    def clean_radius(self, rho: Radii) -> Radii:
        if self.model == "division":
            return rho / (1 + self.k * rho**2)
        return rho * (1 - self.k * rho**2)
