"""Who every face most likely is, kept up to date person by person.

A label moves one person's direction. Only faces to which that person was or becomes the best or the
second best are judged anew, which gives the same as judging all.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.services.people.gallery import Ids, Known, Vectors
from ml.faces.quality import POOR
from ml.people.classifier import PeopleClassifier

COHORT = 2000  # faces of others that the mean is taken from
_NEAR = 1e-5  # of scores that are the same but for rounding
Refused = Mapping[int, Collection[int]]


class Ranking:
    """The best person of each of a library's faces: `person` (N,), and its `probability` (N,)."""

    def __init__(self, known: Known, refused: Refused) -> None:
        size = len(known.ids)
        self.person = np.zeros(size, np.int64)
        self.probability = np.zeros(size)
        self._second = np.zeros(size)
        self.model = _taught(known)
        self._white: Vectors = self.model.whitening.apply(known.vectors)
        self._judge(known, np.arange(size), refused)

    def update(self, known: Known, people: Collection[int], faces: Ids, refused: Refused) -> None:
        """Learn these people anew, and judge those whom that may concern, and the faces in these
        rows.
        """
        changed = np.array(sorted(people), np.int64)
        before = self._directions(changed)
        self._relearn(known, changed)
        concerned = np.zeros(len(known.ids), np.bool_)
        concerned[faces] = True
        for direction in np.concatenate([before, self._directions(changed)]):
            concerned |= self._white @ direction >= self._second - _NEAR
        self._judge(known, np.flatnonzero(concerned), refused)

    def _directions(self, people: Ids) -> Vectors:
        """Return the directions (n, D) by which these people are recognised."""
        model = self.model
        centroids = model.centroids[np.isin(model.people, people)]
        return np.concatenate([centroids, model.stretches.only(people).directions])

    def _relearn(self, known: Known, changed: Ids) -> None:
        old = self.model
        labels = np.flatnonzero(_teaches(known) & np.isin(known.person, changed))
        stay = ~np.isin(old.people, changed)
        people, centroids, counts = old.people[stay], old.centroids[stay], old.labels[stay]
        stretches = old.stretches.without(changed)
        if len(labels):
            fresh = PeopleClassifier.fit(
                known.vectors[labels],
                known.person[labels],
                quality=known.quality[labels],
                months=known.months[labels],
                whitening=old.whitening,
                calibration=old.calibration,
            )
            people = np.concatenate([people, fresh.people])
            centroids = np.concatenate([centroids, fresh.centroids])
            counts = np.concatenate([counts, fresh.labels])
            stretches = stretches.with_(fresh.stretches)
        order = np.argsort(people)
        self.model = replace(
            old,
            people=people[order],
            centroids=centroids[order],
            labels=counts[order],
            stretches=stretches,
        )

    def _judge(self, known: Known, rows: Ids, refused: Refused) -> None:
        if not len(self.model.people):
            self.person[rows], self.probability[rows], self._second[rows] = 0, 0.0, 0.0
            return
        asked = np.isin(known.ids[rows], np.fromiter(refused, np.int64, len(refused)))
        barred = {int(row): refused[int(known.ids[rows[row]])] for row in np.flatnonzero(asked)}
        guess = self.model.judge(self._white[rows], known.quality[rows], barred, known.months[rows])
        self.person[rows], self.probability[rows] = guess.person, guess.probability
        self._second[rows] = guess.score - guess.margin


def _teaches(known: Known) -> NDArray[np.bool_]:
    return known.named & (known.person > 0) & (known.quality >= POOR)


def _taught(known: Known) -> PeopleClassifier:
    """Learn everybody; the library's own mean is that of faces without a name."""
    taught = np.flatnonzero(_teaches(known))
    others: NDArray[np.int64] = np.flatnonzero(~known.named)
    rng = np.random.default_rng(0)
    cohort = rng.choice(others, min(COHORT, len(others)), replace=False)
    return PeopleClassifier.fit(
        known.vectors[taught],
        known.person[taught],
        known.vectors[cohort],
        known.quality[taught],
        months=known.months[taught],
    )
