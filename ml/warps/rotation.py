"""Rotation of the whole picture."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.warps.affine import LinearWarp
from ml.warps.warp import parameter


@dataclass(frozen=True)
class Rotation(LinearWarp):
    """A turn by `angle` about the centre."""

    kind = "rotation"
    angle: float = parameter("number", "deg", -45, 45, 15, strength=True)

    @property
    def matrix(self) -> NDArray[np.float64]:
        cos, sin = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        return np.array([[cos, -sin], [sin, cos]])
