"""Pinch: a round part of the picture is drawn together."""

from dataclasses import dataclass

import numpy as np

from ml.warps.radial import RadialWarp, Radii
from ml.warps.warp import Pair, WarpError, center, parameter


@dataclass(frozen=True)
class Pinch(RadialWarp):
    """Shrinking about a centre that ends at `radius`; ρ is the distorted radius in units of it.

    smooth: clean radius ρ (1 + s (1 - ρ²)²), s below 1.25; sine: ρ sin(π ρ / 2)^-s, s below 1, what
    ImageMagick's -implode and GIMP's Pinch do above 0.
    """

    kind = "pinch"
    edge = 1.0
    center: Pair = center()
    strength: float = parameter("number", "1", 0.15, 1.0, 0.6, strength=True)
    radius: float = parameter("number", "px", 0.2, 0.8, 0.45, of="short")
    stretch: float = parameter("number", "1", 1, 1, 1, value=1.0)
    model: str = parameter(
        "choice", "", default="smooth", choices=("smooth", "sine"), value="smooth"
    )

    def check(self) -> None:
        most = 1.2 if self.model == "smooth" else 0.95
        if not 0 <= self.strength <= most:
            raise WarpError(
                f"pinch: strength lies between 0 and {most:g} ({self.model}), not at "
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
            return rho * (1 + self.strength * (1 - rho**2) ** 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = rho * np.sin(np.pi / 2 * rho) ** -self.strength
        return np.asarray(np.where(rho > 0, moved, 0.0))
