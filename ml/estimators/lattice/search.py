"""Where to begin: from networks' guesses to warps whose fringes fit together in small patches."""

from collections.abc import Sequence

import numpy as np

from ml.estimators.encodings import ENCODINGS
from ml.estimators.lattice import bows, contours, lenses
from ml.estimators.lattice.evidence import Evidence, Patches
from ml.estimators.lattice.fit import (
    Climb,
    Fit,
    Measure,
    best,
    climbed,
    distinct,
    measured,
    scattered,
)
from ml.estimators.lattice.phases import within
from ml.estimators.reading import Guess, Numbers

_DRAWN = 4000  # from the guesses, looked at through each third patch
_SIDE, _THIN = 3, 3
_LIKELY = 60  # of which so many are looked at whole
_NEARER = ((8.0, 24), (4.0, 10))  # pixels about those, and how many are kept then
_ABOUT = 4
_APART = 0.12  # in the largest difference of their numbers
_STARTS, _KEPT = 4, 2  # that are climbed from, and given
_UP = Climb(7, 8, 6, 2)
_WIDER = 1.1  # times the deviation that is drawn from, for half of them more so
_WIDEST = 1.3
_LEAST = 0.05
_ROUND = ("bulge", "pinch")  # most of them circles
_CIRCLES = 0.6
_SEED = 11


def coarse(
    evidence: Evidence,
    kind: str,
    models: Sequence[str],
    guesses: Sequence[Guess],
    attempt: int = 0,
) -> list[Fit]:
    """The best of a kind about guesses, whose fringes fit together in small patches; another
    attempt draws others.
    """
    rng = np.random.default_rng(_SEED + attempt)
    if kind == "lens":
        fits = lenses.likely(evidence, guesses, rng)
    elif kind == "bow":
        fits = bows.likely(evidence)
    elif kind == "contour":
        fits = contours.likely(evidence, guesses, rng)
        return measured(fits, within(evidence, evidence.patches(_SIDE, 1)))
    else:
        fits = _likely(evidence, kind, models, guesses, rng)
    sharp = likeness(evidence, _SIDE)
    for spread, kept in _NEARER:
        fits = best(measured(scattered(fits, evidence, spread, _ABOUT, rng), sharp), kept)
    starts = distinct(measured(fits, sharp), _APART, _STARTS)
    high = best([climbed(each, evidence, sharp, _UP, rng) for each in starts], _KEPT)
    return measured(high, within(evidence, evidence.patches(_SIDE, 1)))


def _likely(
    evidence: Evidence,
    kind: str,
    models: Sequence[str],
    guesses: Sequence[Guess],
    rng: np.random.Generator,
) -> list[Fit]:
    numbers = _drawn(kind, guesses, rng)
    fits = [Fit(kind, models[i % len(models)], each) for i, each in enumerate(numbers)]
    return best(measured(fits, likeness(evidence, _SIDE, _THIN, blunt=True)), _LIKELY)


def likeness(evidence: Evidence, side: int, every: int = 1, *, blunt: bool = False) -> Measure:
    """How alike a warp's fringes are to those seen."""
    patches: Patches = evidence.patches(side, every)
    return Measure(patches, lambda maps: evidence.likeness(maps, patches, blunt=blunt))


def _drawn(kind: str, guesses: Sequence[Guess], rng: np.random.Generator) -> list[Numbers]:
    length, each = ENCODINGS[kind].length, _DRAWN // len(guesses)
    drawn = list[Numbers]()
    for mean, deviation in guesses:
        spread = _WIDER * np.maximum(deviation[:length], _LEAST)
        wider = rng.choice([1.0, _WIDEST], size=(each, 1))
        numbers = mean[:length] + wider * spread * rng.normal(size=(each, length))
        if kind in _ROUND:
            circles = rng.random(each) < _CIRCLES
            numbers[circles, 3:5] = numbers[circles, 3:5].mean(1, keepdims=True)
        drawn += [mean[:length], *numbers[1:]]
    return drawn
