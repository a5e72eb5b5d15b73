"""Contours that may explain the fringes: uphill, since their maps are linear in their numbers.

Networks tell that a photo was bent so, and next to nothing of the fifteen numbers. A tile's fringes
have the same frequency whichever way round its part is bent: wrong answers have parts turned round,
so numbers change sign, or come from another answer, before the way uphill is taken again.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ml.estimators.encodings import ENCODINGS
from ml.estimators.lattice.evidence import Evidence, Patches
from ml.estimators.lattice.fit import Fit, Measure, best, measured
from ml.estimators.reading import Guess, Numbers

_LENGTH = ENCODINGS["contour"].length
_DRAWN, _STARTS = 1500, 24
_TURNED, _CROSSED = 0.5, 0.75  # shares of children: signs turned; numbers of another; drawn anew
_SIGNS, _TAKEN, _ANEW = 0.2, 0.5, 0.4  # of the numbers, that are
_NOISE = 0.6  # of the deviation
_THIN = 3  # each third tile, but for the last steps
_KEPT, _CHILDREN, _ROUNDS = 6, 6, 3
_GIVEN = 3
_APART = 0.15
_STEPS, _LAST = 6, 10
_LENGTHS = (0.3, 0.8, 1.6, 3.0)  # of a step, in bins by which frequencies change
_SHORTEST = 0.2
_PER_CYCLE = 36  # bins
_STIFF = 1e-3


def likely(evidence: Evidence, guesses: Sequence[Guess], rng: np.random.Generator) -> list[Fit]:
    """The contours of the loudest fringes' frequencies."""
    spread = guesses[0][1][:_LENGTH]
    numbers = spread * rng.normal(size=(_DRAWN, _LENGTH))
    thin = evidence.patches(1, _THIN)
    fits = [Fit("contour", "", each) for each in numbers]
    fits = best(measured(fits, _power(evidence, thin, blunt=True)), _STARTS)
    fits = best([_uphill(evidence, each, thin, _STEPS) for each in fits], _KEPT)
    for _ in range(_ROUNDS):
        tried = [_changed(fit, fits, spread, rng) for fit in fits for _ in range(_CHILDREN)]
        fits = _different([*fits, *(_uphill(evidence, each, thin, _STEPS) for each in tried)])
    fits = best(measured(fits, _power(evidence, evidence.all)), _GIVEN)
    return [_uphill(evidence, each, evidence.all, _LAST, blunt=False) for each in fits]


def _power(evidence: Evidence, patches: Patches, *, blunt: bool = False) -> Measure:
    return Measure(patches, lambda maps: evidence.power(maps, patches, blunt=blunt))


def _changed(fit: Fit, others: Sequence[Fit], spread: Numbers, rng: np.random.Generator) -> Fit:
    """The fit with some signs turned, some numbers of another, or some drawn anew."""
    numbers, how = fit.numbers.copy(), rng.random()
    if how < _TURNED:
        numbers[rng.random(_LENGTH) < _SIGNS] *= -1
    elif how < _CROSSED:
        taken = rng.random(_LENGTH) < _TAKEN
        other = others[int(rng.integers(len(others)))]
        numbers[taken] = rng.choice([-1, 1]) * other.numbers[taken]
    else:
        numbers += _NOISE * spread * rng.normal(size=_LENGTH) * (rng.random(_LENGTH) < _ANEW)
    return replace(fit, numbers=numbers)


def _different(fits: Sequence[Fit]) -> list[Fit]:
    """The best ones of which none is another or its opposite."""
    chosen = list[Fit]()
    for fit in best(fits, len(fits)):
        alike = (
            np.abs(fit.numbers - sign * other.numbers).max() < _APART
            for other in chosen
            for sign in (1, -1)
        )
        if not any(alike):
            chosen.append(fit)
        if len(chosen) == _KEPT:
            break
    return chosen


def _uphill(
    evidence: Evidence, fit: Fit, patches: Patches, steps: int, *, blunt: bool = True
) -> Fit:
    """Steps to where the tiles are louder, as long as there are any."""
    measure = _power(evidence, patches, blunt=blunt)
    loud = evidence.blunt if blunt else evidence.loud
    by_x, by_y = patches.places.contours.across, patches.places.contours.down
    slopes = np.stack([by_x, by_y], 3)  # (length, N, axis, direction)
    gram = np.einsum("lnad,mnad->lm", slopes, slopes, optimize=True) / len(patches.tiles)
    gram += _STIFF * np.trace(gram) / _LENGTH * np.eye(_LENGTH)
    lengths = np.array(_LENGTHS) / _PER_CYCLE
    [fit] = measured([fit], measure)
    for _ in range(steps):
        maps = patches.places.by_numbers("contour", "", fit.numbers[None])
        steep = evidence.steepness(maps, patches, loud)
        step = np.linalg.solve(gram, np.einsum("and,lnad->l", steep, slopes, optimize=True))
        step /= max(float(np.sqrt(step @ gram @ step)), 1e-12)
        found = best(measured([fit.moved(each * step) for each in lengths], measure), 1)[0]
        if found.score > fit.score:
            fit = found
            continue
        lengths = lengths / 2
        if lengths[-1] < _SHORTEST / _PER_CYCLE:
            break
    return fit
