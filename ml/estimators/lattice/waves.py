"""Waves that may explain the fringes: rows and columns slide apart from each other.

Networks tell the wavelength, and nothing of where crests lie. The fringes along y tell how columns
slide, whatever rows do; then those along x tell the rows.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ml.estimators.encodings import ENCODINGS
from ml.estimators.lattice.evidence import Evidence
from ml.estimators.lattice.fit import Fit, Measure, best, distinct, measured
from ml.estimators.reading import Guess, Numbers

_LENGTH = ENCODINGS["wave"].length
# What slides: its numbers, and the axis of the evidence.
_ROWS, _COLUMNS = (slice(0, 2), slice(0, 1)), (slice(2, 4), slice(1, 2))
_DRAWN, _THEN = 2000, 700  # for one axis, and for the other given the first
_GIVEN = 2
_LOUDEST = 1.3  # deviation of an amplitude's cosine and sine
_WIDER = 1.4  # times the deviation of the wavelength
_LEAST = 0.05
_PRECISE = 0.02  # deviation of the wavelength that an axis has told
_LIKELY, _KEPT = 60, 3
_ROUNDS = (0.15, 0.06)  # by which numbers change
_ABOUT = 6
_SIDE = 3  # tiles a side of patches
_APART = 0.12
_CHANCE = 9.0  # deviations along one axis


def likely(evidence: Evidence, guesses: Sequence[Guess], rng: np.random.Generator) -> list[Fit]:
    """The waves whose fringes are the loudest and fit together in small patches."""
    still = Fit("wave", "", np.zeros(_LENGTH))
    numbers = np.concatenate([_drawn(guess, _DRAWN // len(guesses), rng) for guess in guesses])
    columns = _searched(evidence, still, numbers, _COLUMNS, rng)
    found = [*columns, *_searched(evidence, still, numbers, _ROWS, rng)]
    for fit in columns[:_GIVEN]:
        known = numbers[:: _DRAWN // _THEN].copy()
        known[:, 4] = fit.numbers[4] + _PRECISE * rng.normal(size=len(known))
        found += _searched(evidence, fit, known, _ROWS, rng)
    return found


def plainer(evidence: Evidence, fit: Fit) -> Fit:
    """The wave without what slides by no more than a search finds by chance, its score as it was:
    what does not slide leaves no fringes to hold it still.
    """
    for part, axes in (_ROWS, _COLUMNS):
        still = fit.moved(-fit.numbers * np.isin(np.arange(_LENGTH), np.r_[part]))
        told = evidence.sums(evidence.all.places.by_numbers("wave", "", fit.numbers[None]))
        if max(float(told.real[axes].max()), 0.0) < _CHANCE < fit.score:
            fit = replace(still, score=fit.score)
    return fit


def _drawn(guess: Guess, count: int, rng: np.random.Generator) -> Numbers:
    mean, deviation = (float(each[4]) for each in guess)
    numbers = _LOUDEST * rng.normal(size=(count, _LENGTH))
    numbers[:, 4] = mean + _WIDER * max(deviation, _LEAST) * rng.normal(size=count)
    return np.asarray(numbers)


def _searched(
    evidence: Evidence,
    about: Fit,
    numbers: Numbers,
    what: tuple[slice, slice],
    rng: np.random.Generator,
) -> list[Fit]:
    """The best by one axis' fringes with a part of the numbers drawn, and the wavelength."""

    part, axes = what

    def changed(fit: Fit, drawn: Numbers, share: float) -> Fit:
        step = np.zeros(_LENGTH)
        step[part], step[4] = drawn[part], drawn[4]
        return fit.moved(share * step)

    start = about.moved(-about.numbers[4] * np.eye(_LENGTH)[4])
    fits = [changed(start, each, 1) for each in numbers]
    fits = best(measured(fits, _likeness(evidence, 3, axes, blunt=True)), _LIKELY)
    sharp = _likeness(evidence, 1, axes)
    for spread in _ROUNDS:
        noise = rng.normal(size=(len(fits), _ABOUT, _LENGTH)) * ([1, 1, 1, 1, 0.5])
        tried = [
            changed(fit, each, spread) for fit, own in zip(fits, noise, strict=True) for each in own
        ]
        fits = best(measured([*fits, *tried], sharp), _LIKELY // 3)
    return distinct(fits, _APART, _KEPT)


def _likeness(evidence: Evidence, every: int, axes: slice, *, blunt: bool = False) -> Measure:
    patches = evidence.patches(_SIDE, every)
    return Measure(patches, lambda maps: evidence.likeness(maps, patches, blunt=blunt, axes=axes))
