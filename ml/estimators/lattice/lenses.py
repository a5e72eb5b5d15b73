"""Lenses of several coefficients that may explain the fringes, as PanoTools and ImageMagick have
them; networks tell one bend and the middle.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ml.estimators.lattice.evidence import Evidence
from ml.estimators.lattice.fit import Fit, Measure, best, measured
from ml.estimators.lattice.formulas import LENS
from ml.estimators.reading import Guess, Numbers

LENGTH = 6  # b, zoom, the middle (2), a, c: see `ml.estimators.lattice.formulas.lenses`
_DRAWN = 3000
_B, _A, _C, _ZOOM = 1.0, 0.4, 0.4, 0.5  # deviations
_PLAIN, _KEEPS_SIZE, _CENTRAL = 0.6, 0.5, 0.6  # shares: b alone; short side kept; in the middle
_MILDEST = 0.3
_WIDER, _LEAST = 1.3, 0.02
_THIN, _SIDE = 3, 3
_LIKELY = 60
_CLOSER, _STEPS = (0.2, 0.01), 161  # shares of b about it that are tried
_AS_WELL = 2.5  # deviations that a search over four more numbers gains by chance


def likely(evidence: Evidence, guesses: Sequence[Guess], rng: np.random.Generator) -> list[Fit]:
    """The lenses whose fringes are the loudest and fit together in small patches."""
    each = [_drawn(evidence, guess, _DRAWN // len(guesses), rng) for guess in guesses]
    fits = [Fit("lens", "", numbers) for numbers in np.concatenate(each)]
    patches = evidence.patches(_SIDE, _THIN)
    blunt = Measure(patches, lambda maps: evidence.likeness(maps, patches, blunt=True))
    return best(measured(fits, blunt), _LIKELY)


def plainer(evidence: Evidence, fit: Fit) -> Fit:
    """The lens of b alone about the middle that keeps the short side, as programs draw it, where
    fringes speak for it as well: four coefficients do nearly the same in many ways.
    """
    rho = np.linspace(0.1, 1, 19)
    b, zoom, a, c = fit.numbers[[0, 1, 4, 5]] * np.array(LENS)[[0, 1, 4, 5]]
    grows = zoom + rho * (c + rho * (b + rho * a))
    alone = LENS[0] * rho**2 + LENS[1] * _zoom(evidence)
    found = replace(fit, numbers=np.eye(LENGTH)[0] * (grows @ alone) / (alone @ alone))
    for reach in _CLOSER:
        shares = 1 + np.linspace(-reach, reach, _STEPS)
        rows = [np.array([1, _zoom(evidence), 0, 0, 0, 0]) * found.numbers[0] * s for s in shares]
        tried = [replace(fit, numbers=row) for row in rows]
        [found] = best(measured(tried, Measure(evidence.all, evidence.coherence)), 1)
    return found if found.score >= fit.score - _AS_WELL else fit


def _zoom(evidence: Evidence) -> float:
    """How many units of zoom a unit of b wants for the short side to stay as long."""
    return float(-LENS[0] / LENS[1] * (min(evidence.size) / math.hypot(*evidence.size)) ** 2)


def _drawn(evidence: Evidence, guess: Guess, count: int, rng: np.random.Generator) -> Numbers:
    numbers = rng.normal(size=(count, LENGTH)) * [_B, _ZOOM, 1, 1, _A, _C]
    numbers[rng.random(count) < _PLAIN, 4:] = 0
    # A zoom alone is what a resize leaves.
    mild = np.abs(numbers[:, [0, 4, 5]]).sum(1) < _MILDEST
    numbers[mild, 0] += np.copysign(_MILDEST, numbers[mild, 0])
    kept = rng.random(count) < _KEEPS_SIZE
    numbers[kept, 1] = _zoom(evidence) * numbers[kept, 0]
    mean, deviation = (part[1:3] for part in guess)
    numbers[:, 2:4] = mean + _WIDER * np.maximum(deviation, _LEAST) * numbers[:, 2:4]
    numbers[rng.random(count) < _CENTRAL, 2:4] = 0
    return np.asarray(numbers)
