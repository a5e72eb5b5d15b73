"""The swirl whose rim is found first, and climbed from inwards."""

import math

import numpy as np

from ml.estimators.lattice.tiles import Pixels
from ml.estimators.swirls import turns
from ml.estimators.swirls.climb import best, climbed
from ml.estimators.swirls.detail import Detail, Floats
from ml.estimators.swirls.finish import ENOUGH, Turned, finished, most
from ml.estimators.swirls.rim import by_rims
from ml.estimators.swirls.scores import coherent, unbent
from ml.estimators.swirls.turns import Rows

_SIZES, _REACH = (0.5, 1.15), 0.14  # of a guess's radius: those looked at, how far off it is
_FARTHEST, _DOUBTED = 20.0, 10.0  # pixels that a guess is off at most; where a swirl is less likely
_WIDEST = 180.0  # pixels of radius
_LEAST = 7.0  # deviations of a rim that are worth to be climbed from: chance has up to 6
_NEAR, _STEPS = 2.4, 4  # pixels about the centre of such a one that are looked at again
_STARTS, _CLIMBS = 2, 3
# Inner radii of what is climbed on, and how far, in slopes.
_INWARDS = ((0.82, 0.02), (0.7, 0.012), (0.55, 0.008), (0.4, 0.006), (0.2, 0.005), (0.0, 0.004))
_GENERATIONS = 14
_MORE = 0.12  # of the radius, by which what is climbed from may still be wrong
_FINE, _COARSE = 8, 16  # pixels a side of blocks
_ALL, _MOST, _SOME = 4000, 1500, 500  # of them


def by_rim(image: Pixels, about: Floats, *, certain: bool) -> list[Turned] | None:
    """The quadratic circular swirl whose rim's fringes fit together best about a guess (6,) in a
    picture (H, W, C) in its own pixels, and the one that turns the other way where that is hardly
    less coherent; none where no rim is seen, None where it is too large to be looked for. Fewer
    places are looked at where it is not `certain` that there is a swirl.
    """
    radius = math.sqrt(about[2] * about[3])
    reach = min(_REACH * radius, _FARTHEST if certain else _DOUBTED)
    x, y, around = about[0], about[1], _SIZES[1] * radius + reach
    if radius > _WIDEST:
        return None
    detail = Detail(image, (x - around, y - around, x + around, y + around))
    if detail.whole is None:
        return None
    corner, white = detail.whole
    sizes = (_SIZES[0] * radius, _SIZES[1] * radius)
    highest, found, climbs = _LEAST, list[Turned](), 0
    for rows, scores in by_rims(white, about[:2] - corner, reach, sizes):
        if scores.max() <= highest:
            continue
        starts, highest = _nearer(white, rows[[scores.argmax()]])
        found = max(found, _inwards(detail, starts + np.array([*corner, 0, 0, 0, 0])), key=most)
        climbs += 1
        if most(found) >= ENOUGH or climbs == _CLIMBS:
            break
    return found


def _nearer(white: Floats, rows: Rows) -> tuple[Rows, float]:
    """The best swirls by their rims near one, and the highest score."""
    highest = 0.0
    for _ in range(_STEPS):
        sizes = (0.96 * rows[0, 2], 1.04 * rows[0, 2])
        told = zip(*by_rims(white, rows[0, :2], _NEAR, sizes), strict=True)
        near, scores = (np.concatenate(parts) for parts in told)
        near, scores = best(near, scores, _STARTS)
        if scores[0] <= highest:
            break
        rows, highest = near, float(scores[0])
    return rows, highest


def _inwards(detail: Detail, rows: Rows) -> list[Turned]:
    """Rims hardly tell which way they turn: both ways are climbed from, ever farther inwards."""
    rng, rows = np.random.default_rng(0), np.concatenate([rows, turns.opposite(rows)])
    blocks = detail.blocks(_FINE, _ALL, rng)
    radii = turns.radii(rows[:1], blocks)[0]
    for ring, spread in _INWARDS:
        there = np.flatnonzero((radii > ring - _MORE) & (radii < 1 + _MORE))
        some = blocks.only(np.sort(rng.permutation(there)[:_MOST]))
        rows, scores = climbed(rows, coherent(some, (ring,)), spread, _GENERATIONS)
    rows, _ = best(rows, scores, 1)
    coarse = detail.blocks(_COARSE, _SOME, rng)
    return finished(rows, unbent(coarse, (0.0,), together=True), coherent(coarse, (0.0,)))
