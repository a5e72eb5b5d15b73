"""From many swirls to a few better ones."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from cmaes import CMA

from ml.estimators.swirls.detail import Floats
from ml.estimators.swirls.turns import Rows, moved, scattered

Score = Callable[[Rows], Floats]

_NARROWER = 0.65  # times the spread where no child is better
_APART = 0.12  # by which distinct swirls differ, in slopes
_SEED = 5


class Breeding(NamedTuple):
    """How many generations, and how many children each has."""

    generations: int
    children: int


def best(rows: Rows, scores: Floats, count: int) -> tuple[Rows, Floats]:
    """The `count` rows of the highest scores, the highest first."""
    order = np.argsort(-scores, kind="stable")[:count]
    return rows[order], scores[order]


def distinct(rows: Rows, scores: Floats, count: int) -> tuple[Rows, Floats]:
    """The best ones that differ."""
    chosen: list[int] = []
    around = np.sqrt(rows[:, 2] * rows[:, 3])
    for i in np.argsort(-scores, kind="stable").tolist():
        off = (rows[chosen] - rows[i]) / np.array([*[around[i]] * 4, 1.0, 0.1])
        if (np.abs(off).max(1, initial=0) * max(abs(rows[i, 4]), 0.5) > _APART).all():
            chosen.append(i)
        if len(chosen) == count:
            break
    return rows[chosen], scores[chosen]


def bred(
    rows: Rows, score: Score, spread: float, rng: np.random.Generator, how: Breeding
) -> tuple[Rows, Floats]:
    """Each row replaced by the best of its children where that is better, again and again."""
    scores = score(rows)
    spreads, each, children = np.full(len(rows), spread), np.arange(len(rows)), how.children
    for _ in range(how.generations):
        young = scattered(rows, spreads, children, rng)
        told = score(young).reshape(len(rows), children)
        first = told.argmax(1)
        better = told[each, first] > scores
        rows = np.where(better[:, None], young.reshape(len(rows), children, 6)[each, first], rows)
        scores = np.where(better, told[each, first], scores)
        spreads = np.where(better, spreads, spreads * _NARROWER)
    return rows, scores


def climbed(
    rows: Rows, score: Score, spread: float, generations: int, children: int = 8
) -> tuple[Rows, Floats]:
    """Each row climbed from by CMA-ES (Hansen 2001), which learns along which numbers a ridge
    runs; all of a generation are judged in one go.
    """
    free = [4 if row[2] == row[3] else 5 for row in rows]
    runs: list[Any] = [
        CMA(mean=np.zeros(n), sigma=spread, population_size=children, seed=_SEED + i)
        for i, n in enumerate(free)
    ]
    found, scores = rows.copy(), score(rows)
    for _ in range(generations):
        asked = [[run.ask() for _ in range(children)] for run in runs]
        steps = np.array([[*step, 0.0][:5] for steps in asked for step in steps])
        young = moved(np.repeat(rows, children, 0), steps)
        told = score(young).reshape(len(rows), children)
        for i, run in enumerate(runs):
            run.tell([(step, -value) for step, value in zip(asked[i], told[i], strict=True)])
            first = int(told[i].argmax())
            if told[i, first] > scores[i]:
                scores[i], found[i] = told[i, first], young[i * children + first]
    return found, scores
