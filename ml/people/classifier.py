"""Naming faces from a few labels a person: whitened centroids with a calibrated probability.

Differences within people are not alike in all directions: the shrunk within-class covariance of
shrunk linear discriminant analysis (Friedman, 1989) weighs them down, and the mean of a person's
labels stands for the person. Strangers are kept out by the probability.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ml.faces.quality import POOR
from ml.people.ages import Months, Stretches
from ml.people.calibration import Calibration, shipped_calibration
from ml.people.whitening import Whitening, shipped_whitening, unit

Vectors = NDArray[np.float32]
_AT_ONCE = 20_000  # faces scored together: 40 MB of scores for 500 people
_ENOUGH_COHORT = 100  # faces from which a library's own mean is used


@dataclass(frozen=True)
class Guess:
    """Who faces most likely are: `person` (N,) ids, `score` (N,) cosine after whitening, `margin`
    (N,) to the second best, `probability` (N,) from 0 to 1 that the name is right.
    """

    person: NDArray[np.int64]
    score: NDArray[np.float64]
    margin: NDArray[np.float64]
    probability: NDArray[np.float64]


@dataclass(frozen=True)
class PeopleClassifier:
    """People as whitened directions: `people` (P,) ids, `centroids` (P, D) of length 1, `labels`
    (P,) how many faces taught each, `stretches` of those whose labels span years.
    """

    people: NDArray[np.int64]
    centroids: Vectors
    labels: NDArray[np.int64]
    whitening: Whitening
    calibration: Calibration
    stretches: Stretches

    @classmethod
    def fit(
        cls,
        vectors: Vectors,
        people: NDArray[np.int64],
        cohort: Vectors | None = None,
        quality: NDArray[np.floating] | None = None,
        *,
        months: Months | None = None,
        whitening: Whitening | None = None,
        calibration: Calibration | None = None,
    ) -> Self:
        """Learn people from labelled faces (N, D) of length 1 with their ids (N,).

        `cohort` (M, D) are faces of others: where there are 100 or more, their mean is taken off.
        Faces of a `quality` (N,) below 0.35 teach only where a person has no better. `months` (N,)
        tell when each was taken, nan where that is not known.
        """
        whitening = whitening or shipped_whitening()
        if cohort is not None and len(cohort) >= _ENOUGH_COHORT:
            whitening = whitening.centred_on(cohort)
        ids, number = np.unique(people, return_inverse=True)
        weight = _weights(number, len(ids), quality)
        white = whitening.apply(vectors) * weight[:, None]
        order = np.argsort(number, kind="stable")
        begins = np.searchsorted(number[order], np.arange(len(ids)))
        sums = np.add.reduceat(white[order], begins, axis=0) if len(ids) else white
        counts = np.bincount(number, weights=weight > 0, minlength=len(ids)).astype(np.int64)
        years = Stretches.none(white.shape[1])
        if months is not None:
            years = Stretches.of(white, people, months)
        calibration = calibration or shipped_calibration()
        return cls(ids, unit(sums), counts, whitening, calibration, years)

    def scores(self, vectors: Vectors, months: Months | None = None) -> NDArray[np.float32]:
        """Return the cosine of each face (N, D), taken in months (N,), with each person: (N, P)."""
        return self._scores(self.whitening.apply(vectors), months)

    def _scores(self, white: Vectors, months: Months | None) -> NDArray[np.float32]:
        scores: NDArray[np.float32] = white @ self.centroids.T
        if months is not None:
            self.stretches.raise_scores(scores, white, months, self.people)
        return scores

    def guess(
        self,
        vectors: Vectors,
        quality: NDArray[np.floating],
        barred: Sequence[Collection[int]] | None = None,
        months: Months | None = None,
    ) -> Guess:
        """Say of each face (N, D) with its quality (N,) who it most likely is, and how sure.

        `barred` names for each face the people that it is known not to be; `months` (N,) tell when
        it was taken, nan where that is not known.
        """
        rows = {row: people for row, people in enumerate(barred or ()) if people}
        return self.judge(self.whitening.apply(vectors), quality, rows, months)

    def judge(
        self,
        white: Vectors,
        quality: NDArray[np.floating],
        barred: Mapping[int, Collection[int]],
        months: Months | None = None,
    ) -> Guess:
        """Do the same for whitened faces (N, D); `barred` has the rows of those that are known not
        to be somebody.
        """
        columns = {row: np.isin(self.people, list(people)) for row, people in barred.items()}
        parts = []
        for start in range(0, max(len(white), 1), _AT_ONCE):
            end = start + _AT_ONCE
            when = months[start:end] if months is not None else None
            scores = self._scores(white[start:end], when)
            for row, people in columns.items():
                if start <= row < end:
                    scores[row - start, people] = -1
            parts.append(self._guess(scores, quality[start:end]))
        return Guess(
            *(np.concatenate(column) for column in zip(*map(_columns, parts), strict=True))
        )

    def _guess(self, scores: NDArray[np.float32], quality: NDArray[np.floating]) -> Guess:
        rows = np.arange(len(scores))
        best = scores.argmax(1)
        top = scores[rows, best].astype(np.float64)
        scores[rows, best] = -1
        margin = top - np.maximum(scores.max(1), 0)
        sure = self.calibration.probability(top, margin, self.labels[best], quality)
        return Guess(self.people[best], top, margin, sure)

    def of(self, vectors: Vectors, person: int) -> NDArray[np.float64]:
        """Return the cosine of each face (N, D) with one person; KeyError for an unknown one."""
        place = np.flatnonzero(self.people == person)
        if not len(place):
            raise KeyError(person)
        return np.asarray(self.whitening.apply(vectors) @ self.centroids[place[0]], np.float64)


def _columns(guess: Guess) -> tuple[NDArray[Any], ...]:
    return guess.person, guess.score, guess.margin, guess.probability


def _weights(
    number: NDArray[np.int64], people: int, quality: NDArray[np.floating] | None
) -> NDArray[np.float32]:
    """Return how much each label teaches: its quality, nothing for poor ones beside better."""
    if quality is None:
        return np.ones(len(number), np.float32)
    good = quality >= POOR
    has_good = np.bincount(number, weights=good, minlength=people) > 0
    weight = np.where(good | ~has_good[number], np.maximum(quality, 0.05), 0)
    return np.asarray(weight, np.float32)
