"""People who change with the years, children above all: a direction for each stretch of time.

A face that has a date may be recognised by labels of about its own time, where somebody's labels
span years and change with them. The mean of all labels still counts,
so that nobody is recognised worse for it; faces and labels without a date are judged by that alone.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ml.people.whitening import unit

Vectors = NDArray[np.float32]
Months = NDArray[np.float64]

SPAN = 48  # months that a person's labels span before their years are told apart
STRETCH = 24  # months of labels that are taken together
LEAST = 3  # labels of a stretch
NEAR = 18  # months before and after a stretch in which it is looked at
DRIFT = 0.15  # by how much more early and late labels differ than any two halves of them
PRIOR = 1.0  # labels that the person's mean counts for in each stretch


@dataclass(frozen=True)
class Stretches:
    """`people` (W,) ids, their `directions` (W, D) of length 1, `first` and `last` (W,) months."""

    people: NDArray[np.int64]
    directions: Vectors
    first: Months
    last: Months

    @classmethod
    def none(cls, width: int) -> Self:
        """Nobody's labels span years."""
        nobody = np.zeros(0, np.int64)
        return cls(nobody, np.zeros((0, width), np.float32), np.zeros(0), np.zeros(0))

    @classmethod
    def of(cls, white: Vectors, people: NDArray[np.int64], months: Months) -> Self:
        """Find them in weighted, whitened labels (N, D) of people (N,), taken in months (N,).

        Months count from any day; nan where there is no date.
        """
        found: list[tuple[int, Vectors, float, float]] = []
        dated = ~np.isnan(months) & white.any(1)
        order = np.lexsort((months, people))
        order = order[dated[order]]
        cuts = np.flatnonzero(np.diff(people[order])) + 1
        for rows in np.split(order, cuts):
            if len(rows) < 2 * LEAST or months[rows[-1]] - months[rows[0]] < SPAN:
                continue
            if not _drifts(white[rows]):
                continue
            mean = PRIOR * white[rows].mean(0)
            for some in _stretches(rows, months):
                total = unit(white[some].sum(0) + mean)
                found.append((int(people[rows[0]]), total, months[some[0]], months[some[-1]]))
        if not found:
            return cls.none(white.shape[1])
        ids, directions, first, last = zip(*found, strict=True)
        return cls(np.array(ids), np.stack(directions), np.array(first), np.array(last))

    def without(self, people: NDArray[np.int64]) -> Self:
        """Leave these people out."""
        return self._some(~np.isin(self.people, people))

    def only(self, people: NDArray[np.int64]) -> Self:
        """Leave all others out."""
        return self._some(np.isin(self.people, people))

    def with_(self, other: Self) -> Self:
        """Put two together."""
        mine, theirs = vars(self).values(), vars(other).values()
        return type(self)(*(np.concatenate(pair) for pair in zip(mine, theirs, strict=True)))

    def raise_scores(
        self, scores: NDArray[np.float32], white: Vectors, months: Months, people: NDArray[np.int64]
    ) -> None:
        """Let scores (N, P) of faces (N, D) with people (P,), sorted, be those of the nearest
        stretch where that is higher.
        """
        for who, direction, first, last in zip(
            self.people, self.directions, self.first, self.last, strict=True
        ):
            near = np.flatnonzero((months >= first - NEAR) & (months <= last + NEAR))
            column = int(np.searchsorted(people, who))
            scores[near, column] = np.maximum(scores[near, column], white[near] @ direction)

    def _some(self, which: NDArray[np.bool_]) -> Self:
        return type(self)(*(column[which] for column in vars(self).values()))


def _drifts(white: Vectors) -> bool:
    """Tell whether labels (N, D), in order of time, change with it: most grown people's do not."""
    half = len(white) // 2
    early, late, even, odd = white[:half], white[half:], white[::2], white[1::2]
    one, other = unit(early.sum(0)) @ unit(late.sum(0)), unit(even.sum(0)) @ unit(odd.sum(0))
    return bool(other - one >= DRIFT)


def _stretches(rows: NDArray[np.int64], months: Months) -> list[NDArray[np.int64]]:
    """Cut a person's labels, in order of time, where a stretch is long and has labels enough."""
    found, start = [], 0
    for end in range(1, len(rows)):
        long = months[rows[end]] - months[rows[start]] > STRETCH
        if long and end - start >= LEAST:
            found.append(rows[start:end])
            start = end
    if len(rows) - start >= LEAST or not found:
        return [*found, rows[start:]]
    return [*found[:-1], np.concatenate([found[-1], rows[start:]])]
