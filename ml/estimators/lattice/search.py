"""The warp that explains the fringes best: from networks' guesses to a fraction of a pixel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.estimators.encodings import ENCODINGS, WIDTH, decode
from ml.estimators.lattice.evidence import Evidence
from ml.estimators.reading import Numbers
from ml.warps import Warp

Guess = tuple[Numbers, Numbers]
"""Means and standard deviations (WIDTH,) of a kind's numbers."""

_DRAWN = 800  # from the guesses, looked at through each third tile
_THIN = 3
_LIKELY = 120  # of which so many are looked at whole
_STARTS = 10  # and so many climbed from
_APART = 0.12  # in the largest difference of their numbers
_KEPT = 4  # that are climbed further
_WIDER = 1.1  # times the deviation that is drawn from
_LEAST = 0.05
_FEW = 3  # numbers up to which phases can be met by chance, without frequencies to lead there
_SEED = 11


@dataclass(frozen=True)
class Climb:
    """Steps up: each tries `many` within a distance that shrinks from `first` to `last`, in the
    unit of the encodings.
    """

    steps: int
    many: int
    first: float
    last: float


# Wide and blunt first: the frequencies of the fringes, then their phases in patches, then all.
_FIRST = Climb(4, 6, 0.1, 0.06)
_THEN = Climb(9, 8, 0.05, 0.02)
_PHASES = Climb(8, 10, 0.03, 0.006)
_SMALL, _LARGE = 3, 6  # tiles a side of patches
_FINER = Climb(8, 10, 0.015, 0.003)
_FINEST = Climb(14, 10, 0.008, 0.0004)


@dataclass(frozen=True)
class Fit:
    """A warp of a kind and model by its numbers (length of the kind,), and its score: how the
    fringes of patches fit together where it is coarse, else how coherent all of them are.
    """

    kind: str
    model: str
    numbers: Numbers
    score: float = -np.inf

    def warp(self, size: tuple[int, int]) -> Warp:
        """The warp of a picture of (width, height)."""
        vector = np.zeros(WIDTH)
        vector[: len(self.numbers)] = self.numbers
        return decode(self.kind, vector, size, self.model)


def coarse(evidence: Evidence, kind: str, model: str, guesses: Sequence[Guess]) -> Fit:
    """The best of a kind and model about guesses, whose fringes fit together in patches."""
    rng = np.random.default_rng(_SEED)
    length = ENCODINGS[kind].length

    def thin(warp: Warp) -> float:
        return evidence.power(warp, _THIN)

    def whole(warp: Warp) -> float:
        return evidence.likeness(warp, _SMALL)

    drawn = [Fit(kind, model, each) for each in _drawn(guesses, length, rng)]
    if length > _FEW:
        drawn = _best([_scored(evidence, each, thin) for each in drawn], _LIKELY)
    drawn = [_scored(evidence, each, whole) for each in drawn]
    high = [_climbed(evidence, each, whole, _FIRST, rng) for each in _distinct(drawn)]
    higher = [_climbed(evidence, each, whole, _THEN, rng) for each in _best(high, _KEPT)]
    return max((_together(evidence, each, rng) for each in _best(higher, 2)), key=_score)


def together(evidence: Evidence, about: Fit) -> Fit:
    """The best in patches about a fit that is nearly right."""
    return _together(evidence, about, np.random.default_rng(_SEED))


def fine(evidence: Evidence, about: Fit) -> Fit:
    """The most coherent about a coarse fit."""
    rng = np.random.default_rng(_SEED)
    larger = _scored(evidence, about, lambda warp: evidence.coherence(warp, _LARGE))
    larger = _climbed(evidence, larger, lambda w: evidence.coherence(w, _LARGE), _FINER, rng)
    whole = _scored(evidence, larger, evidence.coherence)
    return _climbed(evidence, whole, evidence.coherence, _FINEST, rng)


def _together(evidence: Evidence, about: Fit, rng: np.random.Generator) -> Fit:
    def measure(warp: Warp) -> float:
        return evidence.coherence(warp, _SMALL)

    return _climbed(evidence, _scored(evidence, about, measure), measure, _PHASES, rng)


def _drawn(guesses: Sequence[Guess], length: int, rng: np.random.Generator) -> list[Numbers]:
    each = _DRAWN // len(guesses)
    drawn = list[Numbers]()
    for mean, deviation in guesses:
        spread = np.maximum(_WIDER * deviation[:length], _LEAST)
        drawn += [mean[:length], *(mean[:length] + spread * rng.normal(size=(each - 1, length)))]
    return drawn


def _score(fit: Fit) -> float:
    return fit.score


def _best(fits: Sequence[Fit], count: int) -> list[Fit]:
    return sorted(fits, key=_score, reverse=True)[:count]


def _distinct(fits: Sequence[Fit]) -> list[Fit]:
    chosen = list[Fit]()
    for fit in _best(fits, len(fits)):
        if all(np.abs(fit.numbers - other.numbers).max() > _APART for other in chosen):
            chosen.append(fit)
        if len(chosen) == _STARTS:
            break
    return chosen


def _scored(evidence: Evidence, fit: Fit, measure: Callable[[Warp], float]) -> Fit:
    return replace(fit, score=measure(fit.warp(evidence.size)))


def _climbed(
    evidence: Evidence,
    fit: Fit,
    measure: Callable[[Warp], float],
    how: Climb,
    rng: np.random.Generator,
) -> Fit:
    """An evolution strategy that keeps the best of all steps; `fit` has its score by `measure`."""
    for spread in np.geomspace(how.first, how.last, how.steps):
        tried = fit.numbers + spread * rng.normal(size=(how.many, len(fit.numbers)))
        each = [_scored(evidence, replace(fit, numbers=numbers), measure) for numbers in tried]
        fit = max([fit, *each], key=lambda one: one.score)
    return fit
