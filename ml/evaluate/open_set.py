"""Naming faces where strangers are about: splits, rates at a false-positive rate, intervals.

Open-set identification as in ISO/IEC 19795-1: rank-1 is the share of known people's tried faces
whose best-scored person is right, TPIR at FPIR f the share that is right and scores above all but f
of the strangers. A face that was not found counts as missed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.evaluate.face_tree import KNOWN_FROM, Faces, Tree
from ml.evaluate.report import Metric

Vectors = NDArray[np.float32]
Scores = NDArray[np.float64]
# Labels of each person (n, 128), an unknown cohort (M, 128), tried faces (Q, 128) -> (Q, people).
Classifier = Callable[[Sequence[Vectors], Vectors, Vectors], Scores]

SPLITS = 10
RESAMPLES = 500
_NOBODY = np.full((1, 1), -np.inf)
SPARE = 5  # photos that a person must have beyond the labels


@dataclass(frozen=True)
class Split:
    """Rows of the tree: labels a person, tried photos with their person's number."""

    labels: list[NDArray[np.int64]]
    tried: NDArray[np.int64]
    person: NDArray[np.int64]
    calibrating: NDArray[np.int64]
    strangers: NDArray[np.int64]


@dataclass(frozen=True)
class Tries:
    """All splits pooled: known faces' scores (-inf where wrong), and strangers', and whose."""

    score: Scores
    right: NDArray[np.bool_]
    person: NDArray[np.int64]
    stranger_score: Scores
    stranger: NDArray[np.int64]


def splits(tree: Tree, usable: NDArray[np.bool_], labels: int, seed: int) -> Iterator[Split]:
    """Yield random splits with that many labels a person; labels are faces that were found.

    `usable` (N,) tells the photos on which a face was found. People with fewer photos than labels
    and five are left out.
    """
    names = np.array(tree.people)
    rows = {name: np.flatnonzero(names == name) for name in dict.fromkeys(tree.people)}
    known = [n for n, own in rows.items() if len(own) >= max(KNOWN_FROM, labels + SPARE)]
    others = [n for n, own in rows.items() if len(own) < KNOWN_FROM]
    rng = np.random.default_rng(seed)
    for _ in range(SPLITS):
        taught, tried, person = [], [], []
        for number, name in enumerate(sorted(known)):
            order = rng.permutation(rows[name])
            order = np.concatenate([order[usable[order]], order[~usable[order]]])
            taught.append(order[:labels])
            tried.append(order[labels:])
            person.append(np.full(len(order) - labels, number))
        drawn = rng.permutation(np.array(sorted(others), dtype=object))
        halves = drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
        first, second = (
            np.concatenate([np.zeros(0, np.int64), *(rows[name] for name in half)])
            for half in halves
        )
        empty = np.zeros(0, np.int64)
        yield Split(
            taught,
            np.concatenate([empty, *tried]),
            np.concatenate([empty, *person]),
            first,
            second,
        )


@dataclass(frozen=True)
class Trial:
    """What is tried: labels and cohort of `clean`, tried faces of `tried` where `only` (N,)."""

    tree: Tree
    clean: Faces
    tried: Faces
    only: NDArray[np.bool_]
    seed: int

    def run(self, classify: Classifier, labels: int) -> Tries:
        """Try every split with that many labels a person."""
        number = {name: i for i, name in enumerate(dict.fromkeys(self.tree.people))}
        identity = np.array([number[name] for name in self.tree.people])
        parts = [
            self._one(classify, split, identity)
            for split in splits(self.tree, self.clean.found, labels, self.seed)
        ]
        return Tries(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _one(
        self, classify: Classifier, split: Split, identity: NDArray[np.int64]
    ) -> tuple[NDArray[Any], ...]:
        keep = self.only[split.tried]
        known, right = split.tried[keep], split.person[keep]
        strangers = split.strangers[self.only[split.strangers]]
        cohort = self.clean.vectors[split.calibrating[self.clean.found[split.calibrating]]]
        rows = np.concatenate([known, strangers])
        labels = [self.clean.vectors[own] for own in split.labels]
        scores = classify(labels, cohort, self.tried.vectors[rows]) if labels else _NOBODY
        scores = np.where(self.tried.found[rows, None], scores, -np.inf)
        best, top = scores.argmax(1), scores.max(1)
        n = len(known)
        hit = (best[:n] == right) & np.isfinite(top[:n])
        score = np.where(hit, top[:n], -np.inf)
        return score, hit, identity[known], top[n:], identity[strangers]


def rates(tries: Tries, seed: int) -> dict[str, Metric]:
    """Return rank1, tpir_fpir1 and tpir_fpir01 with 95 % intervals; {} where nothing was tried.

    The scores of all splits are pooled; people and strangers are drawn anew for the intervals.
    """
    if not len(tries.right) or not len(tries.stranger_score):
        return {}
    people, person = np.unique(tries.person, return_inverse=True)
    strangers, stranger = np.unique(tries.stranger, return_inverse=True)
    order = np.argsort(-tries.stranger_score, kind="stable")
    impostors, owner = tries.stranger_score[order], stranger[order]
    rng = np.random.default_rng(seed)
    value = _point(tries, impostors, np.ones(len(impostors)), np.ones(len(tries.right)))
    draws = []
    for _ in range(RESAMPLES):
        w = rng.multinomial(len(people), np.full(len(people), 1 / len(people)))
        v = rng.multinomial(len(strangers), np.full(len(strangers), 1 / len(strangers)))
        draws.append(_point(tries, impostors, v[owner].astype(float), w[person].astype(float)))
    low, high = np.percentile(draws, [2.5, 97.5], axis=0)
    return {
        name: Metric(float(value[i]), float(low[i]), float(high[i]), len(people))
        for i, name in enumerate(("rank1", "tpir_fpir1", "tpir_fpir01"))
    }


def _point(tries: Tries, impostors: Scores, weight: Scores, known: Scores) -> Scores:
    """Return rank-1 and TPIR at FPIR 1 % and 0.1 % for weighted strangers and known faces."""
    above = np.cumsum(weight)
    total = max(float(known.sum()), 1e-9)
    found = [float(known[tries.right].sum()) / total]
    for rate in (0.01, 0.001):
        # the highest score at which more than that share of the strangers would be named
        first = int(np.searchsorted(above, rate * above[-1], side="right"))
        threshold = impostors[min(first, len(impostors) - 1)]
        found.append(float(known[tries.score > threshold].sum()) / total)
    return np.array(found)
