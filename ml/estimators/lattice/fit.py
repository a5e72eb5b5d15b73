"""Warps by their numbers and how well they explain a photo's fringes; steps towards better ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ml.estimators.lattice.evidence import Evidence, Patches
from ml.estimators.lattice.formulas import Floats, Maps
from ml.estimators.lattice.maps import warp_of
from ml.estimators.reading import Numbers
from ml.warps import Warp

_STEP = 1e-3  # of a number, for slopes
_SUDDEN = 1e4  # pixels a unit: beyond it a point jumps
_STIFF = 0.02  # of the largest: directions in which numbers hardly move anything are held back
_AT_ONCE = 64  # warps, so that what is worked out stays in the processor's memory


@dataclass(frozen=True)
class Fit:
    """A warp of a kind and model by its numbers (length of the kind,), and its score by whatever
    measured it last.
    """

    kind: str
    model: str
    numbers: Numbers
    score: float = -np.inf

    def warp(self, size: tuple[int, int]) -> Warp:
        """The warp of a picture of (width, height)."""
        return warp_of(self.kind, self.model, self.numbers, size)

    def moved(self, by: Numbers) -> "Fit":
        """The fit with its numbers changed."""
        return replace(self, numbers=self.numbers + by)


@dataclass(frozen=True)
class Measure:
    """A score (K,) of maps of the tiles of patches."""

    patches: Patches
    score: Callable[[Maps], Floats]


def score(fit: Fit) -> float:
    """The score of a fit, to sort by."""
    return fit.score


def best(fits: Sequence[Fit], count: int) -> list[Fit]:
    """The `count` of the highest score, the highest first."""
    return sorted(fits, key=score, reverse=True)[:count]


def distinct(fits: Sequence[Fit], apart: float, count: int) -> list[Fit]:
    """The best ones that differ by `apart` in a number, or in the model."""
    chosen = list[Fit]()
    for fit in best(fits, len(fits)):
        if len(chosen) == count:
            break
        if all(
            fit.model != other.model or np.abs(fit.numbers - other.numbers).max() > apart
            for other in chosen
        ):
            chosen.append(fit)
    return chosen


def measured(fits: Sequence[Fit], measure: Measure) -> list[Fit]:
    """Fits of one kind with their scores."""
    told = list[Fit]()
    for model in dict.fromkeys(fit.model for fit in fits):
        own = [fit for fit in fits if fit.model == model]
        for start in range(0, len(own), _AT_ONCE):
            part = own[start : start + _AT_ONCE]
            numbers = np.stack([fit.numbers for fit in part])
            scores = measure.score(measure.patches.places.by_numbers(part[0].kind, model, numbers))
            told += [replace(fit, score=float(s)) for fit, s in zip(part, scores, strict=True)]
    return told


def slopes(fit: Fit, patches: Patches) -> Numbers:
    """How far the source of each tile moves with each number: (2, N, length)."""
    steps = _STEP * np.eye(len(fit.numbers))
    numbers = fit.numbers + np.concatenate([steps, -steps])
    up, down = np.split(patches.places.by_numbers(fit.kind, fit.model, numbers).source, 2)
    moved = np.nan_to_num((up.astype(np.float64) - down) / (2 * _STEP))
    return np.asarray(np.clip(moved, -_SUDDEN, _SUDDEN).transpose(2, 1, 0))


def metric(fit: Fit, patches: Patches) -> Numbers:
    """What turns normal noise into changes of the numbers that move points by a pixel on average:
    (length, length), a root of the inverse of their Gram matrix.
    """
    jacobian = slopes(fit, patches).reshape(-1, len(fit.numbers))
    values, vectors = np.linalg.eigh(jacobian.T @ jacobian * 2 / len(jacobian))
    lengths = np.sqrt(np.maximum(values, (_STIFF**2) * values[-1] + 1e-9))
    return np.asarray((vectors / lengths) @ vectors.T / np.sqrt(len(fit.numbers)))


def scattered(
    fits: Sequence[Fit], evidence: Evidence, spread: float, many: int, rng: np.random.Generator
) -> list[Fit]:
    """The fits and `many` about each that move the picture otherwise by `spread` pixels."""
    thin = evidence.patches(1, 3)
    tried = list(fits)
    for fit in fits:
        noise = spread * rng.normal(size=(many, len(fit.numbers))) @ metric(fit, thin)
        tried += [fit.moved(each) for each in noise]
    return tried


@dataclass(frozen=True)
class Climb:
    """Steps up: each tries `many` warps that move the picture otherwise by a distance that shrinks
    from `first` to `last` pixels.
    """

    steps: int
    many: int
    first: float
    last: float


def climbed(
    fit: Fit, evidence: Evidence, measure: Measure, how: Climb, rng: np.random.Generator
) -> Fit:
    """An evolution strategy that keeps the best of all steps; `fit` is measured anew."""
    to_numbers = metric(fit, evidence.patches(1, 3))
    [fit] = measured([fit], measure)
    for spread in np.geomspace(how.first, how.last, how.steps):
        tried = spread * rng.normal(size=(how.many, len(fit.numbers))) @ to_numbers
        fit = max([fit, *measured([fit.moved(each) for each in tried], measure)], key=score)
    return fit
