"""Warps that are one matrix about a centre."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.warps.warp import Pair, Points, Warp, center


@dataclass(frozen=True)
class LinearWarp(Warp):
    """A warp that multiplies offsets from a centre with a matrix."""

    center: Pair = center()

    @property
    @abstractmethod
    def matrix(self) -> NDArray[np.float64]:
        """(2, 2), clean offsets to distorted ones."""

    def forward(self, points: Points) -> Points:
        return np.asarray(
            (points - np.asarray(self.center)) @ self.matrix.T + np.asarray(self.center)
        )

    def inverse(self, points: Points) -> Points:
        back = np.linalg.inv(self.matrix)
        return np.asarray((points - np.asarray(self.center)) @ back.T + np.asarray(self.center))
