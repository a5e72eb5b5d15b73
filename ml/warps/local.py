"""Swelling and shrinking of a round part of the picture."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ml.warps.radial import RadialWarp, Radii
from ml.warps.warp import WarpError, parameter


@dataclass(frozen=True)
class LocalWarp(RadialWarp):
    """Bulge and pinch: a change about a centre that ends at `radius`, the unit of ρ.

    With σ = `sign` s the clean radius is, smooth, ρ (1 + σ (1 - ρ²)²), or, sine, ρ sin(π ρ / 2)^-σ,
    what ImageMagick's -implode and GIMP's Pinch do.
    """

    edge = 1.0
    sign: ClassVar[int]
    most: ClassVar[dict[str, float]]  # strength before the picture folds, by model
    strength: float = parameter("number", "1", 0.15, 1.0, 0.5, strength=True)
    radius: float = parameter("number", "px", 0.2, 0.8, 0.45, of="short")
    stretch: float = parameter("number", "1", 1, 1, 1, value=1.0)
    model: str = parameter(
        "choice", "", default="smooth", choices=("smooth", "sine"), value="smooth"
    )

    def check(self) -> None:
        most = self.most[self.model]
        if not 0 <= self.strength <= most:
            raise WarpError(
                f"{self.kind}: strength lies between 0 and {most:g} ({self.model}), not at "
                f"{self.strength:g}: beyond it the picture folds"
            )
        super().check()

    def clean_radius(self, rho: Radii) -> Radii:
        power = self.sign * self.strength
        if self.model == "smooth":
            return rho * (1 + power * (1 - rho**2) ** 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved = rho * np.sin(np.pi / 2 * rho) ** -power
        return np.asarray(np.where(rho > 0, moved, 0.0))
