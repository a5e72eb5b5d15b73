"""Pincushion: straight lines bow inwards."""

from dataclasses import dataclass

from ml.warps.bowed import BowedWarp
from ml.warps.warp import parameter


@dataclass(frozen=True)
class Pincushion(BowedWarp):
    """Pincushion distortion with distorted radius ρ in units of `radius`.

    division: clean radius ρ / (1 + k ρ²), k below 0.64; polynomial: ρ (1 - k ρ²), k below 0.21.
    """

    kind = "pincushion"
    sign = -1
    opposite = "barrel"
    k: float = parameter("number", "1", 0.03, 0.6, 0.25, strength=True)
