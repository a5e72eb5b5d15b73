"""Pinch: a round part of the picture is drawn together."""

from dataclasses import dataclass

from ml.warps.local import LocalWarp
from ml.warps.warp import parameter


@dataclass(frozen=True)
class Pinch(LocalWarp):
    """Shrinking about a centre that ends at `radius`; ρ is the distorted radius in units of it.

    smooth: clean radius ρ (1 + s (1 - ρ²)²), s below 1.25; sine: ρ sin(π ρ / 2)^-s, s below 1, what
    ImageMagick's -implode and GIMP's Pinch do above 0.
    """

    kind = "pinch"
    sign = 1
    most = {"smooth": 1.2, "sine": 0.95}  # noqa: RUF012  (declared a ClassVar by LocalWarp)
    strength: float = parameter("number", "1", 0.15, 1.0, 0.6, strength=True)
