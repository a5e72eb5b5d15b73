"""The swirl that explains the fringes of a region."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ml.estimators.lattice.tiles import Pixels
from ml.estimators.swirls import turns
from ml.estimators.swirls.climb import Breeding, Score, best, bred, climbed, distinct
from ml.estimators.swirls.detail import Blocks, Detail, Floats, Spectra, at_once, fringes
from ml.estimators.swirls.turns import Rows
from ml.warps.swirl import Swirl

ENOUGH = 8.0  # deviations of coherence: what is found by chance has 3 to 6
_DRAWN = 60_000
_PLACE, _SIZE = 0.09, 0.25  # deviations of the guess: of its radius, of its logarithm
_ALL = (0.4, 5.0)  # radians
_STEEP = (2.4, 4.6)
_MOST_USED, _OTHERS = {"quadratic": 1.0}, {"linear": 0.34, "cubic": 0.33, "exponential": 0.33}
# Attempts: by how much larger than guessed, radians of the turn, and shares of profiles. Guesses
# hardly know the size, and the steeper a swirl, the fewer draws lie near enough.
_ATTEMPTS = (
    (0.0, _ALL, _MOST_USED),
    (0.0, _ALL, _OTHERS),
    (-0.5, _ALL, _MOST_USED | _OTHERS),
    (0.5, _ALL, _MOST_USED | _OTHERS),
    (0.0, _STEEP, _MOST_USED),
    (-0.5, _STEEP, _MOST_USED),
    (0.5, _STEEP, _MOST_USED),
)
_CERTAIN, _FEW = 0.9, 2  # below that probability of a swirl so few are made
_TOWARDS = 0.75  # the share that turns the way the guess does
_CIRCLES = 0.7  # the share of them, where the guess is none
_FIRST, _THEN, _FAMILIES, _KEPT = 1200, 300, 60, 8
_SMALL = 55.0  # pixels of radius below which blocks are smaller
_RINGS = ((0.5, 0.25), (0.4, 0.1), (0.2, 0.0), (0.0,))  # inner radii: swirls are mildest outside
_LARGER = (40, 96)  # pixels a side of blocks within which a wide swirl must fit then
_FEWEST = 8
_HOPEFUL = 11.0  # loudness and coherence: chance reaches 8 to 10
_WORTH = 1.02  # times the coherence before, for which climbing goes on
_ROUNDS = 5
_OTHER_WAY = 0.75  # of the coherence, from which on the other way round may be meant


@dataclass(frozen=True)
class Turned:
    """A swirl in pixels of the picture, and how coherent its fringes are, in deviations."""

    warp: Swirl
    coherence: float


def search(image: Pixels, guess: Swirl, likely: float = 1.0) -> list[Turned]:
    """The most coherent swirl about a guess in a picture (H, W, C) in its own pixels, and the one
    that turns the other way where that is hardly less so; the most coherent first, none where
    there is no room. Less is tried where a swirl is less likely (0..1).
    """
    found: list[Turned] = []
    attempts = _ATTEMPTS if likely >= _CERTAIN else _ATTEMPTS[:_FEW]
    for attempt, (larger, angles, profiles) in enumerate(attempts):
        about = turns.row_of(guess) * [1, 1, math.exp(larger), math.exp(larger), 1, 1]
        detail = Detail(image, _region(about))
        if detail.known:
            rng = np.random.default_rng(attempt)
            found = max(found, _once(detail, _drawn(about, angles, profiles, rng), rng), key=_most)
        if _most(found) >= ENOUGH:
            break
    return found


def _region(about: Floats) -> tuple[float, float, float, float]:
    x, y, across, down = about[:4].tolist()
    reach = 1.2 * math.exp(_SIZE)
    return (x - reach * across, y - reach * down, x + reach * across, y + reach * down)


def _most(found: Sequence[Turned]) -> float:
    return max((each.coherence for each in found), default=0.0)


def _once(detail: Detail, rows: Rows, rng: np.random.Generator) -> list[Turned]:
    small = np.median(np.sqrt(rows[:, 2] * rows[:, 3])) < _SMALL
    fine, coarse = (6, 12) if small else (8, 16)
    few = detail.blocks(fine, 150, rng)
    rows, _ = best(rows, _loud(few, _RINGS[0])(rows), _FIRST)
    blocks = detail.blocks(fine, 600, rng)
    loud = _loud(blocks, _RINGS[0])
    rows, _ = best(rows, loud(rows), _THEN)
    rows, scores = best(*bred(rows, loud, 0.05, rng, Breeding(5, 6)), _FAMILIES)
    rows = np.concatenate([rows, turns.opposite(rows[: _FAMILIES // 2])])
    deeper = _loud(blocks, _RINGS[1])
    rows, scores = distinct(*bred(rows, deeper, 0.03, rng, Breeding(6, 8)), _KEPT)
    unbent = _unbent(detail.blocks(fine, 400, rng), _RINGS[2])
    rows, scores = best(*climbed(rows, unbent, 0.03, 12), 3)
    other, others = climbed(turns.opposite(rows), unbent, 0.03, 12)
    rows, _ = best(np.concatenate([rows, other]), np.concatenate([scores, others]), 3)
    both = _unbent(detail.blocks(coarse, 500, rng), _RINGS[3], together=True)
    rows, scores = best(*climbed(rows, both, 0.012, 18), 2)
    for side in _LARGER if not small else ():
        wide = detail.blocks(side, 120_000 // side**2, rng)
        if len(wide) >= _FEWEST:
            rows, _ = climbed(rows, _unbent(wide, _RINGS[3], together=True), 0.3 / side, 12)
    last = _unbent(detail.blocks(coarse, 900, rng), _RINGS[3], power=False, together=True)
    if scores[0] < _HOPEFUL:
        return [Turned(turns.swirl(rows[0]), float(last(rows[:1])[0]))]
    return _finished(rows, both, last)


def _finished(rows: Rows, about: Score, score: Score) -> list[Turned]:
    """The best row climbed from until nothing is gained, with every profile, and the other way
    round.
    """
    rows, scores = best(*climbed(rows, score, 0.003, 14), 1)
    others, _ = climbed(turns.alike(rows[0]), about, 0.04, 18)
    both = np.concatenate([rows, others]), np.concatenate([scores, score(others)])
    rows, scores = _further(*best(*both, 1), score)
    other, others = climbed(turns.opposite(rows), score, 0.01, 14)
    if others[0] > _OTHER_WAY / 2 * scores[0]:
        other, others = _further(other, others, score)
    told = [(rows, scores), (other, others)]
    found = [Turned(turns.swirl(row[0]), float(of[0])) for row, of in told]
    most = _most(found)
    kept = [each for each in found if each.coherence >= _OTHER_WAY * most]
    return sorted(kept, key=lambda each: -each.coherence)


def _further(rows: Rows, scores: Floats, score: Score) -> tuple[Rows, Floats]:
    spread = 0.003
    for _ in range(_ROUNDS):
        before = scores[0]
        rows, scores = climbed(rows, score, spread, 10)
        if scores[0] < _WORTH * before:
            spread /= 4
    return rows, scores


def _drawn(
    about: Floats,
    angles: tuple[float, float],
    profiles: Mapping[str, float],
    rng: np.random.Generator,
) -> Rows:
    """Swirls about a guess, by angles in either direction, with shares of profiles."""
    rows = np.tile(about, (_DRAWN, 1))
    rows[:, :2] += _PLACE * np.sqrt(about[2] * about[3]) * rng.normal(size=(_DRAWN, 2))
    grown = np.exp(_SIZE * rng.normal(size=(_DRAWN, 2)).clip(-2, 2))
    circles = rng.random(_DRAWN) < (_CIRCLES if about[2] != about[3] else 1.0)
    rows[:, 2:4] *= grown
    rows[circles, 2:4] = np.sqrt(rows[circles, 2] * rows[circles, 3])[:, None]
    low, high = np.log(angles)
    towards = np.where(rng.random(_DRAWN) < _TOWARDS, 1, -1) * (np.sign(about[4]) or 1)
    rows[:, 4] = towards * np.exp(rng.uniform(low, high, _DRAWN))
    shares = np.array(list(profiles.values()))
    numbers = [turns.EXPONENTS[name] for name in profiles]
    rows[:, 5] = rng.choice(numbers, size=_DRAWN, p=shares / shares.sum())
    return rows


def _loud(blocks: Blocks, rings: Sequence[float]) -> Score:
    """How loud blocks are at the frequency that swirls give them."""
    spectra = Spectra(blocks)

    def score(rows: Rows) -> Floats:
        shares = _counted(rows, blocks, rings)
        return spectra.score(turns.slopes(rows, blocks), shares)

    return _in_parts(score, at_once(blocks, whole=False))


def _unbent(
    blocks: Blocks,
    rings: Sequence[float],
    *,
    power: bool = True,
    together: bool = False,
) -> Score:
    """How loud blocks are once they are unbent, and how coherent all of them together."""

    def score(rows: Rows) -> Floats:
        shares = _counted(rows, blocks, rings)
        loud, coherent = fringes(blocks, turns.sources(rows, blocks), shares)
        return np.asarray(power * loud + together * coherent)

    return _in_parts(score, at_once(blocks, whole=True))


def _counted(rows: Rows, blocks: Blocks, rings: Sequence[float]) -> Floats:
    """Which blocks (P, K, N) count, ring by ring, the last the widest."""
    radii = turns.radii(rows, blocks)
    return np.stack([(radii < 1) & (radii >= ring) for ring in rings]).astype(np.float32)


def _in_parts(score: Callable[[Rows], Floats], count: int) -> Score:
    return lambda rows: np.concatenate(
        [score(rows[i : i + count]) for i in range(0, len(rows), count)]
    )
