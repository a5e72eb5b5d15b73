"""Shear: rows, columns or both slide in proportion to their distance from the centre."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.warps.affine import LinearWarp
from ml.warps.warp import Pair, WarpError, parameter


@dataclass(frozen=True)
class Shear(LinearWarp):
    """x + kx dy, y + ky dx, with (dx, dy) the offset from the centre and `slope` (kx, ky)."""

    kind = "shear"
    slope: Pair = parameter("vector", "1", -0.4, 0.4, (0.2, 0.0), strength=True)

    def check(self) -> None:
        if 1 - self.slope[0] * self.slope[1] < 0.05:
            raise WarpError(
                f"shear: slopes {self.slope[0]:g} and {self.slope[1]:g} fold the picture over "
                "itself; their product must stay below 0.95"
            )

    @property
    def matrix(self) -> NDArray[np.float64]:
        return np.array([[1.0, self.slope[0]], [self.slope[1], 1.0]])
