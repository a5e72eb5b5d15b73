"""The swirl that explains the fringes of a region."""

import math
from collections.abc import Mapping

import numpy as np

from ml.estimators.lattice.tiles import Pixels
from ml.estimators.swirls import turns
from ml.estimators.swirls.climb import Breeding, best, bred, climbed, distinct
from ml.estimators.swirls.detail import Detail, Floats
from ml.estimators.swirls.finish import ENOUGH, Turned, finished, most
from ml.estimators.swirls.inwards import by_rim
from ml.estimators.swirls.scores import coherent, loud, unbent
from ml.estimators.swirls.turns import Rows
from ml.warps.swirl import Swirl

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
_OTHERWISE = 3  # of them are made where no rim was seen, which steep swirls would have
_CERTAIN, _FEW = 0.9, 2  # below that probability of a swirl so few are made
_TOWARDS = 0.75  # the share that turns the way the guess does
_CIRCLES = 0.7  # the share of them, where the guess is none
_FIRST, _THEN, _FAMILIES, _KEPT = 1200, 300, 60, 8
_FINE, _COARSE = 8, 16  # pixels a side of blocks
_SMALL = 55.0  # pixels of radius below which blocks are smaller
_RINGS = ((0.5, 0.25), (0.4, 0.1), (0.2, 0.0), (0.0,))  # inner radii: swirls are mildest outside
_LARGER = (40, 96)  # pixels a side of blocks within which a wide swirl must fit then
_FEWEST = 8
_HOPEFUL = 11.0  # loudness and coherence: chance reaches 8 to 10


def search(image: Pixels, guess: Swirl, likely: float = 1.0) -> list[Turned]:
    """The most coherent swirl about a guess in a picture (H, W, C) in its own pixels, and the one
    that turns the other way where that is hardly less so; the most coherent first, none where
    there is no room. Less is tried where a swirl is less likely (0..1).
    """
    rim = by_rim(image, turns.row_of(guess), certain=likely >= _CERTAIN)
    found, many = rim or [], len(_ATTEMPTS) if rim is None else _OTHERWISE
    attempts = _ATTEMPTS[: many if likely >= _CERTAIN else _FEW]
    for attempt, (larger, angles, profiles) in enumerate(attempts):
        if most(found) >= ENOUGH:
            break
        about = turns.row_of(guess) * [1, 1, math.exp(larger), math.exp(larger), 1, 1]
        detail = Detail(image, _region(about))
        if detail.known:
            rng = np.random.default_rng(attempt)
            found = max(found, _once(detail, _drawn(about, angles, profiles, rng), rng), key=most)
    return found


def _region(about: Floats) -> tuple[float, float, float, float]:
    x, y, across, down = about[:4].tolist()
    reach = 1.2 * math.exp(_SIZE)
    return (x - reach * across, y - reach * down, x + reach * across, y + reach * down)


def _once(detail: Detail, rows: Rows, rng: np.random.Generator) -> list[Turned]:
    small = np.median(np.sqrt(rows[:, 2] * rows[:, 3])) < _SMALL
    fine, coarse = (6, 12) if small else (_FINE, _COARSE)
    few = detail.blocks(fine, 150, rng)
    rows, _ = best(rows, loud(few, _RINGS[0])(rows), _FIRST)
    blocks = detail.blocks(fine, 600, rng)
    outside = loud(blocks, _RINGS[0])
    rows, _ = best(rows, outside(rows), _THEN)
    rows, scores = best(*bred(rows, outside, 0.05, rng, Breeding(5, 6)), _FAMILIES)
    rows = np.concatenate([rows, turns.opposite(rows[: _FAMILIES // 2])])
    deeper = loud(blocks, _RINGS[1])
    rows, scores = distinct(*bred(rows, deeper, 0.03, rng, Breeding(6, 8)), _KEPT)
    most_of_it = unbent(detail.blocks(fine, 400, rng), _RINGS[2])
    rows, scores = best(*climbed(rows, most_of_it, 0.03, 12), 3)
    other, others = climbed(turns.opposite(rows), most_of_it, 0.03, 12)
    rows, _ = best(np.concatenate([rows, other]), np.concatenate([scores, others]), 3)
    both = unbent(detail.blocks(coarse, 500, rng), _RINGS[3], together=True)
    rows, scores = best(*climbed(rows, both, 0.012, 18), 2)
    for side in _LARGER if not small else ():
        wide = detail.blocks(side, 120_000 // side**2, rng)
        if len(wide) >= _FEWEST:
            rows, _ = climbed(rows, unbent(wide, _RINGS[3], together=True), 0.3 / side, 12)
    last = coherent(detail.blocks(coarse, 900, rng), _RINGS[3])
    if scores[0] < _HOPEFUL:
        return [Turned(turns.swirl(rows[0]), float(last(rows[:1])[0]))]
    return finished(rows, both, last)


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
