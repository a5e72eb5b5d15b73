"""Barrel: straight lines bow outwards."""

from dataclasses import dataclass

from ml.warps.bowed import BowedWarp
from ml.warps.warp import WarpError, parameter


@dataclass(frozen=True)
class Barrel(BowedWarp):
    """Barrel distortion with distorted radius ρ in units of `radius`.

    division: clean radius ρ / (1 - k ρ²), k up to 0.62; polynomial: ρ (1 + k ρ²).
    """

    kind = "barrel"
    sign = 1
    opposite = "pincushion"
    k: float = parameter("number", "1", 0.03, 0.45, 0.25, strength=True)

    def check(self) -> None:
        if self.model == "division" and self.k * self.edge**2 >= 0.97:
            raise WarpError(f"barrel: k = {self.k:g} folds the picture over itself; at most 0.62")
        super().check()
