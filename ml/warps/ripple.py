"""Ripple: rings about a centre, as of a stone dropped into water."""

import math
from dataclasses import dataclass

import numpy as np

from ml.warps.radial import RadialWarp, Radii
from ml.warps.warp import WarpError, parameter

_STEEPEST = 0.97


@dataclass(frozen=True)
class Ripple(RadialWarp):
    """Clean radius r + A (sin(2π r / λ + φ) - sin φ e^-(2π r / λ)²), A the `amplitude`, λ the
    `wavelength`, φ the `phase`; the second term keeps the centre in its place.
    """

    kind = "ripple"
    edge = math.inf
    amplitude: float = parameter("number", "px", 0.01, 0.06, 0.02, of="short", strength=True)
    wavelength: float = parameter("number", "px", 0.12, 0.5, 0.2, of="short")
    phase: float = parameter("number", "deg", -180, 180, 0, value=0.0)

    def check(self) -> None:
        if self.wavelength <= 0:
            raise WarpError("ripple: wavelength must be above 0")
        steepness = 2 * math.pi * abs(self.amplitude) / self.wavelength
        if steepness * (1 + 0.86 * abs(math.sin(math.radians(self.phase)))) >= _STEEPEST:
            most = self.wavelength / (2 * math.pi)
            raise WarpError(
                f"ripple: an amplitude of {self.amplitude:g} px folds the picture over itself at a "
                f"wavelength of {self.wavelength:g} px; stay below {most / 2:.3g}"
            )
        super().check()

    @property
    def unit_radius(self) -> float:
        return self.wavelength

    def clean_radius(self, rho: Radii) -> Radii:
        turn, phase = 2 * np.pi * rho, math.radians(self.phase)
        height = np.sin(turn + phase) - math.sin(phase) * np.exp(-(turn**2))
        return np.asarray(rho + self.amplitude / self.wavelength * height)
