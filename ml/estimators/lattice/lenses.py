"""Lenses of several coefficients that may explain the fringes, as PanoTools and ImageMagick have
them; networks tell one bend and the middle.
"""

from collections.abc import Sequence

import numpy as np

from ml.estimators.lattice.evidence import Evidence
from ml.estimators.lattice.fit import Fit, Measure, best, measured
from ml.estimators.reading import Guess, Numbers

LENGTH = 6  # b, zoom, the middle (2), a, c: see `ml.estimators.lattice.maps.lens`
_DRAWN = 3000
_B, _A, _C, _ZOOM = 1.0, 0.4, 0.4, 0.5  # deviations
_PLAIN, _KEEPS_SIZE, _CENTRAL = 0.6, 0.5, 0.6  # shares: b alone; short side kept; in the middle
_MILDEST = 0.3
_WIDER, _LEAST = 1.3, 0.02
_THIN, _SIDE = 3, 3
_LIKELY = 60


def likely(evidence: Evidence, guesses: Sequence[Guess], rng: np.random.Generator) -> list[Fit]:
    """The lenses whose fringes are the loudest and fit together in small patches."""
    each = [_drawn(evidence, guess, _DRAWN // len(guesses), rng) for guess in guesses]
    fits = [Fit("lens", "", numbers) for numbers in np.concatenate(each)]
    patches = evidence.patches(_SIDE, _THIN)
    blunt = Measure(patches, lambda maps: evidence.likeness(maps, patches, blunt=True))
    return best(measured(fits, blunt), _LIKELY)


def _drawn(evidence: Evidence, guess: Guess, count: int, rng: np.random.Generator) -> Numbers:
    numbers = rng.normal(size=(count, LENGTH)) * [_B, _ZOOM, 1, 1, _A, _C]
    numbers[rng.random(count) < _PLAIN, 4:] = 0
    # A zoom alone is what a resize leaves.
    mild = np.abs(numbers[:, [0, 4, 5]]).sum(1) < _MILDEST
    numbers[mild, 0] += np.copysign(_MILDEST, numbers[mild, 0])
    short = (min(evidence.size) / np.hypot(*evidence.size)) ** 2
    kept = rng.random(count) < _KEEPS_SIZE
    numbers[kept, 1] = -short * numbers[kept, 0]
    mean, deviation = (part[1:3] for part in guess)
    numbers[:, 2:4] = mean + _WIDER * np.maximum(deviation, _LEAST) * numbers[:, 2:4]
    numbers[rng.random(count) < _CENTRAL, 2:4] = 0
    return np.asarray(numbers)
