"""From a warp that is nearly right to a fraction of a pixel: phases, in ever larger patches."""

from itertools import product

import numpy as np

from ml.estimators.lattice.evidence import Evidence, Patches
from ml.estimators.lattice.fit import Climb, Fit, Measure, climbed, measured, score, slopes
from ml.estimators.lattice.formulas import Floats
from ml.estimators.reading import Numbers

# Tiles a side of patches within which fringes fit together, and how far a step reaches there.
_STAGES = (
    (3, Climb(4, 8, 3, 1)),
    (6, Climb(4, 8, 2, 0.7)),
    (12, Climb(4, 8, 1.5, 0.5)),
    (24, Climb(4, 8, 1, 0.3)),
)
_LAST = Climb(6, 8, 0.5, 0.04)
_NEWTON = 6  # steps at most
_SHARES = (1.0, 0.5, 0.2)  # of a step
_GAIN = 1.001  # below which no further step is worth its while
_SHIFTED = (
    0.93  # of the coherence that a shift of the whole would bring: less, and one is looked for
)
_WORTH, _ENOUGH = 7.0, 20.0  # coherence between which the whole way is gone again
_AGAIN = 2
_SEED = 11


def fine(evidence: Evidence, about: Fit) -> Fit:
    """The most coherent warp about one whose fringes fit together in small patches."""
    rng = np.random.default_rng(_SEED)
    fit = _once(evidence, about, rng)
    for _ in range(_AGAIN):
        better = _once(evidence, fit, rng) if _WORTH < fit.score < _ENOUGH else fit
        if better.score <= fit.score:
            break
        fit = better
    return fit


def _once(evidence: Evidence, fit: Fit, rng: np.random.Generator) -> Fit:
    for side, reach in _STAGES:
        patches = evidence.patches(side, 1)
        fit = newton(evidence, fit, patches)
        fit = climbed(fit, evidence, within(evidence, patches), reach, rng)
        fit = newton(evidence, fit, patches)
    nearby = [fit, *_shifted(evidence, fit)]
    whole = max((newton(evidence, each) for each in nearby), key=score)
    return newton(evidence, climbed(whole, evidence, all_of(evidence), _LAST, rng))


def within(evidence: Evidence, patches: Patches) -> Measure:
    """How coherent fringes are within patches."""
    return Measure(patches, lambda maps: evidence.coherence(maps, patches))


def all_of(evidence: Evidence) -> Measure:
    """How coherent all fringes are."""
    return Measure(evidence.all, evidence.coherence)


def newton(evidence: Evidence, fit: Fit, patches: Patches | None = None) -> Fit:
    """Newton's steps to where fringes agree most, all of them or those within patches."""
    measure = within(evidence, patches) if patches else all_of(evidence)
    [fit] = measured([fit], measure)
    for _ in range(_NEWTON):
        step = _step(evidence, fit, patches)
        tried = measured([fit.moved(share * step) for share in _SHARES], measure)
        found = max(tried, key=score)
        if found.score <= _GAIN * fit.score:
            break
        fit = found
    return fit


def _step(evidence: Evidence, fit: Fit, patches: Patches | None) -> Numbers:
    """Where the agreement is highest to second order. Within a patch tiles are turned to its common
    phase, which the numbers' common part moves without gain.
    """
    chosen = patches or evidence.all
    maps = chosen.places.by_numbers(fit.kind, fit.model, fit.numbers[None])
    turned = evidence.turned(maps, chosen)[:, 0]
    steep = 2 * np.pi * slopes(fit, chosen)
    if patches:
        weight = np.abs(turned) + 1e-9
        common = patches.sums(np.moveaxis(weight[..., None] * steep, 2, 1))
        mean = np.moveaxis(common / patches.sums(weight)[:, None], 1, 2)
        steep = steep - np.repeat(mean, patches.counts, 1)
        turned = turned * np.repeat(np.conj(patches.sums(turned)), patches.counts, 1)
        agreed = np.repeat(patches.sums(turned.real) / patches.counts, patches.counts, 1)
    else:
        agreed = np.broadcast_to(turned.real.mean(1)[:, None], turned.shape)
    least = 1e-6 * np.abs(agreed).max() + 1e-12
    curved = np.einsum("an,anl,anm->lm", np.maximum(agreed, least), steep, steep, optimize=True)
    slope = np.einsum("an,anl->l", turned.imag, steep)
    return np.asarray(np.linalg.lstsq(curved, slope, rcond=1e-6)[0])


def _shifted(evidence: Evidence, fit: Fit) -> list[Fit]:
    """Fits whose sources lie elsewhere by a common part of a pixel, or one more or less, where the
    fringes agree with each other and not with the pixels' middles.
    """
    maps = evidence.all.places.by_numbers(fit.kind, fit.model, fit.numbers[None])
    sums: Floats = evidence.sums(maps)[:, 0]
    [now] = measured([fit], all_of(evidence))
    if now.score >= _SHIFTED * np.hypot(*np.abs(sums)):
        return []
    steep = slopes(fit, evidence.all)
    agreed = np.maximum(np.abs(sums), 1e-3)
    curved = np.einsum("a,anl,anm->lm", agreed, steep, steep, optimize=True)
    tried = list[Fit]()
    for more in product((-1, 0, 1), repeat=2):
        wanted = np.angle(sums) / (2 * np.pi) + np.array(more)
        slope = np.einsum("a,anl->l", agreed * wanted, steep)
        tried.append(fit.moved(np.linalg.lstsq(curved, slope, rcond=1e-6)[0]))
    return tried
