"""Swirls that may explain the fringes, from thousands of tries.

What networks read of a swirl tells where it is and how wide; they see that it turns, and hardly how
far or which way round. So its turn is drawn from all there are.
"""

import math
from collections.abc import Sequence

import numpy as np

from ml.estimators.encodings import ENCODINGS
from ml.estimators.lattice.evidence import Evidence
from ml.estimators.lattice.fit import Fit, Measure, best, measured, scattered
from ml.estimators.reading import Guess, Numbers

_DRAWN = 12_000
_SHARES = (0.7, 0.3)  # about what the judge reads, and about what the lattice's network does
_WIDER = (1.6, 3.0)  # times their deviations
_LEAST = 0.05
_CIRCLES = 0.65  # the share of them; the others are ellipses
_TURNS = (0.12, 3.2)  # of 180 degrees
_LIKELY, _LIKELIER = 400, 120  # kept by each third tile, and by all
_ROUNDS = ((10.0, 6, 60), (6.0, 8, 24), (4.0, 8, 24))  # pixels, tries about each, kept
_BLUNT = 1  # rounds in which frequencies need not be met sharply


def likely(evidence: Evidence, guesses: Sequence[Guess], rng: np.random.Generator) -> list[Fit]:
    """The swirls of the loudest fringes' frequencies about guesses of (judge, lattice)."""
    profiles = ENCODINGS["swirl"].choices("swirl")
    numbers = np.concatenate(
        [
            _drawn(guess, round(share * _DRAWN), wider, rng)
            for guess, share, wider in zip(guesses, _SHARES, _WIDER, strict=True)
        ]
    )
    chosen = rng.integers(len(profiles), size=len(numbers))
    fits = [Fit("swirl", profiles[i], each) for i, each in zip(chosen, numbers, strict=True)]
    fits = best(measured(fits, _power(evidence, 3, blunt=True)), _LIKELY)
    fits = best(measured(fits, _power(evidence, 1, blunt=True)), _LIKELIER)
    for number, (spread, many, kept) in enumerate(_ROUNDS):
        tried = scattered(fits, evidence, spread, many, rng)
        fits = best(measured(tried, _power(evidence, 1, blunt=number < _BLUNT)), kept)
    return fits


def _drawn(guess: Guess, count: int, wider: float, rng: np.random.Generator) -> Numbers:
    length = ENCODINGS["swirl"].length
    mean, deviation = (each[:length] for each in guess)
    spread = wider * np.maximum(deviation, _LEAST)
    numbers = mean + spread * rng.normal(size=(count, length))
    circles = rng.random(count) < _CIRCLES
    numbers[circles, 3:5] = numbers[circles, 3:5].mean(1, keepdims=True)
    low, high = (math.log(turn) for turn in _TURNS)
    numbers[:, 0] = rng.choice([-1, 1], size=count) * np.exp(rng.uniform(low, high, count))
    return np.asarray(numbers)


def _power(evidence: Evidence, every: int, *, blunt: bool) -> Measure:
    patches = evidence.patches(1, every)
    return Measure(patches, lambda maps: evidence.power(maps, patches, blunt=blunt))
