"""Bulge: a round part of the picture swells."""

from dataclasses import dataclass

from ml.warps.local import LocalWarp
from ml.warps.warp import parameter


@dataclass(frozen=True)
class Bulge(LocalWarp):
    """Magnification about a centre that ends at `radius`; ρ is the distorted radius in units of it.

    smooth: clean radius ρ (1 - s (1 - ρ²)²), 0 <= s < 1, magnified 1 / (1 - s) times in the middle;
    sine: ρ sin(π ρ / 2)^s, s up to 4, what ImageMagick's -implode and GIMP's Pinch do below 0.
    """

    kind = "bulge"
    sign = -1
    most = {"smooth": 0.98, "sine": 4.0}  # noqa: RUF012  (declared a ClassVar by LocalWarp)
    strength: float = parameter("number", "1", 0.15, 0.85, 0.5, strength=True)
