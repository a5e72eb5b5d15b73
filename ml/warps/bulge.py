"""Bulge: a round part of the picture swells."""

from dataclasses import dataclass

import numpy as np

from ml.warps.radial import RadialWarp, Radii
from ml.warps.warp import Pair, WarpError, center, parameter


@dataclass(frozen=True)
class Bulge(RadialWarp):
    """Magnification about a centre that ends at `radius`; ρ is the distorted radius in units of it.

    smooth: clean radius ρ (1 - s (1 - ρ²)²), 0 <= s < 1, magnified 1 / (1 - s) times in the middle;
    sine: ρ sin(π ρ / 2)^s, s up to 4, what ImageMagick's -implode and GIMP's Pinch do below 0.
    """

    kind = "bulge"
    edge = 1.0
    center: Pair = center()
    strength: float = parameter("number", "1", 0.15, 0.85, 0.5, strength=True)
    radius: float = parameter("number", "px", 0.2, 0.8, 0.45, of="short")
    stretch: float = parameter("number", "1", 1, 1, 1, value=1.0)
    model: str = parameter(
        "choice", "", default="smooth", choices=("smooth", "sine"), value="smooth"
    )

    def check(self) -> None:
        most = 0.98 if self.model == "smooth" else 4.0
        if not 0 <= self.strength <= most:
            raise WarpError(
                f"bulge: strength lies between 0 and {most:g} ({self.model}), not at "
                f"{self.strength:g}: beyond it the picture folds"
            )
        super().check()

    @property
    def middle(self) -> Pair:
        return self.center

    @property
    def unit_radius(self) -> float:
        return self.radius

    @property
    def stretching(self) -> float:
        return self.stretch

    def clean_radius(self, rho: Radii) -> Radii:
        if self.model == "smooth":
            return rho * (1 - self.strength * (1 - rho**2) ** 2)
        return rho * np.sin(np.pi / 2 * rho) ** self.strength
