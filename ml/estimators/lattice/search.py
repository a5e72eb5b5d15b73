"""The warp that explains the fringes best: from networks' guesses to a fraction of a pixel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.estimators.encodings import ENCODINGS, WIDTH, decode
from ml.estimators.lattice.evidence import Evidence
from ml.estimators.reading import Numbers
from ml.warps import Points, Warp, WarpError

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
    """Steps up: each tries `many` warps that move the picture otherwise by a distance that shrinks
    from `first` to `last`, in thousandths of its long side.
    """

    steps: int
    many: int
    first: float
    last: float


# Wide and blunt first: the frequencies of the fringes, then their phases in patches, then all.
_FIRST = Climb(4, 6, 20, 12)
_THEN = Climb(9, 8, 10, 3)
_PHASES = Climb(8, 10, 4, 1)
_SMALL, _LARGE = 3, 6  # tiles a side of patches
_FINER = Climb(8, 10, 2, 0.5)
_FINEST = Climb(16, 10, 1, 0.04)
_LOOSENED = Climb(24, 12, 25, 1)
_LOCKED, _LOOSE, _HOLD = 10.0, 0.35, 30.0
_NEWTON = 5  # steps at most
_STEP = 1e-3  # of a number, for slopes
_SUDDEN = 1e4  # pixels a unit: beyond it a point jumps
_STIFF = 0.02  # of the largest: directions in which numbers hardly move anything are held back


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
    whole = _newton(evidence, _scored(evidence, larger, evidence.coherence))
    whole = _newton(evidence, _climbed(evidence, whole, evidence.coherence, _FINEST, rng))
    other = _other_axis(evidence, whole, rng)
    return max(whole, other, key=_score) if other else whole


def _other_axis(evidence: Evidence, fit: Fit, rng: np.random.Generator) -> Fit | None:
    """The fit again where one axis agrees and the other hardly does: what moves the one is held."""
    agreed = evidence.by_axis(fit.warp(evidence.size))
    if agreed.max() < _LOCKED or agreed.min() > _LOOSE * agreed.max():
        return None
    held = int(agreed.argmax())

    def whole(warp: Warp) -> float:
        return evidence.likeness(warp, _SMALL)

    loose = _climbed(evidence, _scored(evidence, fit, whole), whole, _LOOSENED, rng, held=held)
    near = _climbed(
        evidence, _scored(evidence, loose, evidence.coherence), evidence.coherence, _FINEST, rng
    )
    return _newton(evidence, near)


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


def _newton(evidence: Evidence, fit: Fit) -> Fit:
    """Newton's steps to where all fringes agree most, halved where they lead down."""
    for _ in range(_NEWTON):
        turned = evidence.turned(fit.warp(evidence.size))
        slopes = 2 * np.pi * _slopes(evidence, fit, 1)  # of phases, (N, 2, length)
        agreed = np.maximum(turned.real.mean(1), 1e-3)
        slope = np.einsum("an,nal->l", turned.imag, slopes)
        curved = np.einsum("a,nal,nam->lm", agreed, slopes, slopes)
        step = np.linalg.lstsq(curved, slope, rcond=1e-6)[0]
        tried = [
            _scored(evidence, replace(fit, numbers=fit.numbers + share * step), evidence.coherence)
            for share in (1.0, 0.5, 0.2)
        ]
        best = max(tried, key=_score)
        if best.score <= fit.score:
            return fit
        fit = best
    return fit


def _slopes(evidence: Evidence, fit: Fit, every: int) -> Numbers:
    """How far the source of each n-th tile moves with each number: (N, 2, length)."""
    points = evidence.middles[::every]
    slopes = []
    for step in _STEP * np.eye(len(fit.numbers)):
        ends = [
            _sources(evidence, replace(fit, numbers=fit.numbers + sign * step), points)
            for sign in (1, -1)
        ]
        moved = (ends[0] - ends[1]) / (2 * _STEP)
        slopes.append(np.clip(np.nan_to_num(moved), -_SUDDEN, _SUDDEN))
    return np.stack(slopes, 2)


def _sources(evidence: Evidence, fit: Fit, points: Points) -> Points:
    try:
        return fit.warp(evidence.size).inverse(points)
    except WarpError:
        return np.full_like(points, np.nan)


def _metric(evidence: Evidence, fit: Fit, held: int | None = None) -> Numbers:
    """What turns normal noise into changes of the numbers that move points by a pixel on average:
    (length, length), a root of the inverse of their Gram matrix.
    """
    length = len(fit.numbers)
    slopes = _slopes(evidence, fit, _THIN)
    if held is not None:
        slopes[:, held] *= _HOLD
    jacobian = slopes.reshape(-1, length)
    values, vectors = np.linalg.eigh(jacobian.T @ jacobian / len(slopes))
    lengths = np.sqrt(np.maximum(values, (_STIFF**2) * values[-1] + 1e-9))
    return np.asarray((vectors / lengths) @ vectors.T / np.sqrt(length))


def _scored(evidence: Evidence, fit: Fit, measure: Callable[[Warp], float]) -> Fit:
    try:
        return replace(fit, score=measure(fit.warp(evidence.size)))
    except WarpError:  # numbers so far off that even a weak warp of theirs folds
        return replace(fit, score=-np.inf)


def _climbed(
    evidence: Evidence,
    fit: Fit,
    measure: Callable[[Warp], float],
    how: Climb,
    rng: np.random.Generator,
    *,
    held: int | None = None,
) -> Fit:
    """An evolution strategy that keeps the best of all steps; `fit` has its score by `measure`.

    The axis `held` is moved less by far than the other.
    """
    to_numbers = _metric(evidence, fit, held) * max(evidence.size) / 1000
    for spread in np.geomspace(how.first, how.last, how.steps):
        tried = fit.numbers + spread * rng.normal(size=(how.many, len(fit.numbers))) @ to_numbers
        each = [_scored(evidence, replace(fit, numbers=numbers), measure) for numbers in tried]
        fit = max([fit, *each], key=lambda one: one.score)
    return fit
