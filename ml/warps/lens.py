"""Lens: the radial polynomial of PanoTools and of ImageMagick's -distort Barrel."""

from dataclasses import dataclass

from ml.warps.radial import RadialWarp, Radii
from ml.warps.warp import parameter


@dataclass(frozen=True)
class Lens(RadialWarp):
    """Clean radius ρ (a ρ³ + b ρ² + c ρ + d) of the distorted radius ρ in units of `radius`.

    Barrel where the clean radius grows faster than the distorted one, else pincushion; `d` is kept
    as its difference from 1.
    """

    kind = "lens"
    a: float = parameter("number", "1", -0.05, 0.15, 0.02, strength=True)
    b: float = parameter("number", "1", -0.1, 0.3, 0.1, strength=True)
    c: float = parameter("number", "1", -0.05, 0.1, 0, strength=True)
    zoom: float = parameter("number", "1", 0, 0, 0, strength=True, value=0.0)
    radius: float = parameter("number", "px", 1, 1, 1, of="diagonal", value=1.0)

    def clean_radius(self, rho: Radii) -> Radii:
        return rho * (((self.a * rho + self.b) * rho + self.c) * rho + 1 + self.zoom)
