"""Wave: rows or columns, or both, slide to and fro as a sine."""

from dataclasses import dataclass

import numpy as np

from ml.warps.warp import Pair, Points, Warp, WarpError, parameter


@dataclass(frozen=True)
class Wave(Warp):
    """First x + Ax sin(2π y / λ + φx), then y + Ay sin(2π x / λ + φy) with the new x.

    `amplitude` is (Ax, Ay): (A, 0) is a horizontal wave, (0, A) a vertical one; `phase` is
    (φx, φy) at pixel 0. One after the other, the two never fold.
    """

    kind = "wave"
    amplitude: Pair = parameter("vector", "px", -0.08, 0.08, (0.0, 0.03), of="short", strength=True)
    wavelength: float = parameter("number", "px", 0.15, 1.2, 0.4, of="short")
    phase: Pair = parameter("vector", "deg", -180, 180, (0.0, 0.0), value=(0.0, 0.0))

    def check(self) -> None:
        if self.wavelength <= 0:
            raise WarpError("wave: wavelength must be above 0")

    def scaled(self, factor: float) -> "Wave":
        """The same warp for the picture resized by `factor`; the phase belongs to pixel 0, which
        moves.
        """
        shift = 360 / self.wavelength * (0.5 / factor - 0.5)
        phase = tuple(each + shift for each in self.phase)
        amplitude = (self.amplitude[0] * factor, self.amplitude[1] * factor)
        return Wave(amplitude, self.wavelength * factor, (phase[0], phase[1]))

    def forward(self, points: Points) -> Points:
        x = points[:, 0] + self._slide(0, points[:, 1])
        return np.stack([x, points[:, 1] + self._slide(1, x)], 1)

    def inverse(self, points: Points) -> Points:
        y = points[:, 1] - self._slide(1, points[:, 0])
        return np.stack([points[:, 0] - self._slide(0, y), y], 1)

    def _slide(self, axis: int, along: Points) -> Points:
        turn = 2 * np.pi / self.wavelength * along + np.radians(self.phase[axis])
        return np.asarray(self.amplitude[axis] * np.sin(turn))
