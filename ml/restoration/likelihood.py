"""How likely kernels are by a logarithmic power spectrum (Whittle 1953), and the likeliest of a
family: what is unknown of spectrum and noise is solved for on the way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.restoration.spectrum import SHAPES, Prior, Values, prior

_QUIET = 0.15  # grey levels squared of noise, at least: rounding's, and a little
_QUIET_SPREAD = 0.8  # of its logarithm
_TEMPER = 200 / SHAPES.shape[1]  # neighbours in a spectrum say the same
_FAR = 2.5  # deviations beyond which a frequency counts less
_ROUNDS, _ROUNDS_FIRST = 3, 2
_STEP = 3.0  # of a logarithm, at most
_LEAP = 2.0  # widths of a number, at most
_BOLDER, _WARIER = 1 / 3, 4.0  # how a step's damping changes after a better one, and a worse

Kernels = Callable[[Values], tuple[Values, Values]]
"""Numbers (kernels, n) to the logarithm of what each kernel leaves of every frequency's power,
(kernels, frequencies), and its slopes along the numbers, (kernels, n, frequencies).
"""


@dataclass(frozen=True)
class Family:
    """Kernels told by n numbers, with the least and greatest of each."""

    kernels: Kernels
    low: Values
    high: Values


@dataclass(frozen=True)
class _Seen:
    """A logarithmic power, and what is known beforehand of the spectrum's SHAPES and, last, of the
    logarithm of the noise's power.
    """

    power: Values
    usual: Values
    surety: Values
    prior: Prior

    @classmethod
    def of(cls, power: Values, noise: float) -> "_Seen":
        known, shapes = prior(), len(SHAPES)
        surety = np.zeros((shapes + 1, shapes + 1))
        surety[:shapes, :shapes] = np.linalg.inv(known.spread)
        surety[shapes, shapes] = _QUIET_SPREAD**-2
        usual = np.append(known.mean, np.log(max(noise**2, _QUIET)))
        return cls(power, usual, surety, known)

    @property
    def heed(self) -> float:
        """What a frequency's square counts for."""
        return float(_TEMPER / self.prior.rest**2)

    @property
    def far(self) -> float:
        """From when on it counts less."""
        return _FAR * self.prior.rest

    def lost(self, left: Values, said: Values) -> Values:
        """How badly kernels (k, frequencies), spectra and noises (k, SHAPES and 1) explain it."""
        off = np.abs(self.power - np.logaddexp(left + said[:, :-1] @ SHAPES, said[:, -1:]))
        lost = np.where(off < self.far, off**2 / 2, self.far * (off - self.far / 2)).sum(1)
        away: Any = said - self.usual
        return np.asarray(lost * self.heed + ((away @ self.surety) * away).sum(1) / 2)

    def pulled(self, left: Values, said: Values, bent: Values) -> tuple[Values, Values]:
        """Curvature and pull of minus that, along spectrum and noise, and what `bent` (k, n,
        frequencies) says of the kernels' numbers.
        """
        known = said.shape[1]
        picture = left + said[:, :-1] @ SHAPES
        whole = np.logaddexp(picture, said[:, -1:])
        share = np.exp(picture - whole)[:, None]
        slopes = np.concatenate([share * SHAPES, 1 - share, share * bent], 1)
        off = self.power - whole
        heeded = self.heed / np.maximum(1, np.abs(off) / self.far)
        curve = (slopes * heeded[:, None]) @ slopes.transpose(0, 2, 1)
        pull = (slopes @ (heeded * off)[..., None])[..., 0]
        curve[:, :known, :known] += self.surety
        pull[:, :known] -= (said - self.usual) @ self.surety
        return curve, pull

    def settled(self, left: Values, rounds: int) -> Values:
        """Likely spectra and noises beside kernels, by Gauss and Newton."""
        said = np.tile(self.usual, (len(left), 1))
        straight = np.zeros((len(left), 0, left.shape[1]))
        for _ in range(rounds):
            said += _solved(*self.pulled(left, said, straight)).clip(-_STEP, _STEP)
        return said


def misfits(seen: Values, responses: Values, noise: float) -> Values:
    """How badly kernels explain a logarithmic power (frequencies,), (kernels,): the least of minus
    the logarithm of the likelihood with that of spectrum and noise.

    `responses` (kernels, frequencies) are what they leave of each frequency's power, above 0;
    `noise` is about its deviation in grey levels. WeightsError without the prior.
    """
    all_, left = _Seen.of(seen, noise), np.log(responses)
    return all_.lost(left, all_.settled(left, _ROUNDS))


def followed(
    seen: Values, noise: float, numbers: Values, family: Family, *, widths: Values, rounds: int
) -> tuple[Values, Values]:
    """Go from kernels' numbers (kernels, n) downhill with spectrum and noise at once (Levenberg
    1944), by steps of about `widths` (kernels, n); numbers and misfits of the best on each way.
    """
    all_, count = _Seen.of(seen, noise), len(numbers)
    left, bent = family.kernels(numbers)
    at, said = numbers.copy(), all_.settled(left, _ROUNDS_FIRST)
    best, known, least = at.copy(), said.copy(), np.full(count, np.inf)
    free = said.shape[1] + np.arange(numbers.shape[1])
    size = said.shape[1] + numbers.shape[1]
    curve, pull, damp = np.zeros((count, size, size)), np.zeros((count, size)), np.ones(count)
    for remaining in range(rounds, -1, -1):
        lost = all_.lost(left, said)
        on = lost < least
        best[on], known[on], least[on] = at[on], said[on], lost[on]
        if not remaining:
            break
        curve[on], pull[on] = all_.pulled(left[on], said[on], bent[on] * widths[on][..., None])
        damp = np.where(on, damp * _BOLDER, damp * _WARIER)
        damped = curve.copy()
        damped[:, free, free] += damp[:, None]
        step = _solved(damped, pull)
        said = known + step[:, : free[0]].clip(-_STEP, _STEP)
        at = (best + step[:, free].clip(-_LEAP, _LEAP) * widths).clip(family.low, family.high)
        left, bent = family.kernels(at)
    return best, least


def _solved(curve: Values, pull: Values) -> Values:
    return np.asarray(np.linalg.solve(curve, pull[..., None])[..., 0])
