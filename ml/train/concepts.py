"""Calibrate what a taught concept says, over concepts labelled by looking."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ml.concepts import CALIBRATION, Background, Line, Vectors, line
from ml.errors import MLError
from ml.image import Picture
from ml.scene import SIDE, SceneHead
from ml.train.labels import DATA, dhash, near_pairs, read, targets

LABELS = DATA / "concept_labels.tsv"
NAMES = (
    "black and white",
    "child",
    "bathroom",
    "kitchen",
    "living room",
    "shop or market",
    "coffee or tea",
    "tennis",
    "high-rise",
    "reflection in water",
)
COUNTS = (1, 2, 3, 5, 10, 20)  # yes examples of the draws that the calibration is fitted on
DRAWS = 4

Shown = NDArray[np.bool_]


@dataclass(frozen=True)
class Pool:
    """Labelled photos: embeddings (n, d), what is on them (n, concepts), near copies (pairs)."""

    paths: tuple[str, ...]
    vectors: Vectors
    truth: Shown
    copies: frozenset[tuple[int, int]]

    def beside(self, chosen: NDArray[np.int64]) -> Shown:
        """Mark (n,) the chosen photos and their near copies: they must not be counted."""
        marked = np.zeros(len(self.vectors), np.bool_)
        marked[chosen] = True
        for i, j in self.copies:
            if marked[i] or marked[j]:
                marked[i] = marked[j] = True
        return marked


def load(data: Path) -> Pool:
    """Look at every labelled photo under `data`; MLError where some are missing."""
    photos = read(LABELS)
    missing = [photo.path for photo in photos if not (data / photo.path).is_file()]
    if missing:
        raise MLError(f"{len(missing)} labelled photos are not under {data}, e.g. {missing[0]}")
    head, vectors, hashes = SceneHead(), [], []
    for number, photo in enumerate(photos):
        view = Picture.open(data / photo.path).view(SIDE * 2)
        vectors.append(head.look(view)[1].astype(np.float16))  # as they are stored
        hashes.append(dhash(view))
        if number % 500 == 499:
            sys.stderr.write(f"{number + 1} of {len(photos)} photos\n")
    pairs = near_pairs(hashes, hashes)
    return Pool(
        tuple(photo.path for photo in photos),
        np.array(vectors, np.float32),
        targets(photos, NAMES) > 0,
        frozenset((i, j) for i, j in pairs if i < j),
    )


def examples(
    truth: Shown, count: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw `count` photos with the concept and as many without, from `truth` (n,)."""
    return (
        rng.choice(np.flatnonzero(truth), count, replace=False),
        rng.choice(np.flatnonzero(~truth), count, replace=False),
    )


@dataclass(frozen=True)
class Ranking:
    """Photos that were no examples of a concept: scores (m,), and which of them bear it."""

    concept: int
    scores: NDArray[np.float64]
    truth: Shown


@dataclass(frozen=True)
class Trial(Ranking):
    """One concept taught once: the line, and scores in the library's deviations."""

    found: Line


def trials(pool: Pool, seed: int) -> Iterator[Trial]:
    """Teach every concept from a few photos, in the whole pool, where concepts are rare."""
    rng = np.random.default_rng(seed)
    members = np.arange(len(pool.vectors))
    for concept in range(len(NAMES)):
        for count in COUNTS:
            for _ in range(DRAWS):
                yield teach(pool, members, concept, count, rng)


def teach(
    pool: Pool, members: NDArray[np.int64], concept: int, count: int, rng: np.random.Generator
) -> Trial:
    """Teach one concept within a library of these members; the rest of them is scored."""
    yes, no = (members[i] for i in examples(pool.truth[members, concept], count, rng))
    background = Background.of(pool.vectors[np.setdiff1d(members, yes)])
    found = line(background, pool.vectors[yes], pool.vectors[no])
    beside = pool.beside(np.concatenate([yes, no]))
    rest = members[~beside[members]]
    scores = (pool.vectors[rest] - background.mean) @ found.direction / found.spread
    return Trial(concept, scores, pool.truth[rest, concept], found)


def fit(some: list[Trial]) -> tuple[float, ...]:
    """Fit the terms of ml.concepts.Calibration; every trial counts the same."""
    rows, truth, weight = [], [], []
    for trial in some:
        z, reach, n = trial.scores, trial.found.reach, len(trial.scores)
        count, tail = np.log(trial.found.examples), np.log(trial.found.tail)
        same = [np.full(n, value) for value in (reach, count, tail)]
        rows.append(np.stack([z, same[0], z * reach, *same[1:]], 1))
        truth.append(trial.truth)
        weight.append(np.full(n, 1000 / n))
    model = LogisticRegression(C=1e4, max_iter=1000)
    model.fit(np.concatenate(rows), np.concatenate(truth), np.concatenate(weight))
    return (float(model.intercept_[0]), *map(float, model.coef_[0]))


def main(data: Path) -> None:
    """Write the calibration; `data` is the folder that the labelled paths begin in."""
    found = list(trials(load(data), seed=0))
    terms = [round(term, 5) for term in fit(found)]
    stored = {"terms": terms, "concepts": NAMES}
    CALIBRATION.write_text(json.dumps(stored) + "\n", "utf-8")
    print(f"{len(found)} trials: {stored}")
