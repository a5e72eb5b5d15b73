"""The last steps to a swirl, and which way round it turns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.estimators.swirls import turns
from ml.estimators.swirls.climb import Score, best, climbed
from ml.estimators.swirls.detail import Floats
from ml.estimators.swirls.turns import Rows
from ml.warps.swirl import Swirl

ENOUGH = 8.0  # deviations of coherence: what is found by chance has 3 to 6
_WORTH = 1.02  # times the coherence before, for which climbing goes on
_ROUNDS = 5
_OTHER_WAY = 0.75  # of the coherence, from which on the other way round may be meant


@dataclass(frozen=True)
class Turned:
    """A swirl in pixels of the picture, and how coherent its fringes are, in deviations."""

    warp: Swirl
    coherence: float


def most(found: Sequence[Turned]) -> float:
    """The highest coherence, 0 of none."""
    return max((each.coherence for each in found), default=0.0)


def finished(rows: Rows, about: Score, score: Score) -> list[Turned]:
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
    least = _OTHER_WAY * most(found)
    kept = [each for each in found if each.coherence >= least]
    return sorted(kept, key=lambda each: -each.coherence)


def _further(rows: Rows, scores: Floats, score: Score) -> tuple[Rows, Floats]:
    spread = 0.003
    for _ in range(_ROUNDS):
        before = scores[0]
        rows, scores = climbed(rows, score, spread, 10)
        if scores[0] < _WORTH * before:
            spread /= 4
    return rows, scores
