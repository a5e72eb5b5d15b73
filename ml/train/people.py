"""Fit what people are told apart by: the covariance within people, and the probability of a name.

`python -m ml train people --data DIR`, DIR a folder per person, for the embedder of the setting
PROOFSHEET_EMBEDDER. Nothing of a single face is kept; of each photo the start of its file's sha256,
so that an evaluation can tell which it has seen.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError
from ml.evaluate.face_tree import Faces, embed, read
from ml.faces.embed import chosen
from ml.people import calibration as calibrations
from ml.people import whitening as whitenings
from ml.people.calibration import Calibration, features, known_by
from ml.people.classifier import PeopleClassifier
from ml.people.whitening import Whitening, unit

_ODD = 0.35  # cosine with the person's mean below which a photo is taken for another's
_LABELS = (1, 2, 3, 5, 10)
_ROUNDS = 40
_DAMAGES = (None, "30px_jpeg60", "20px", "blurred", "dark", "mask", "sunglasses")
_PLAIN = Calibration((0.0, 0.0, 0.0, 0.0, 0.0), 0.0)

Rows = dict[str, NDArray[np.int64]]


def main(folder: Path) -> None:
    """Fit both and write them beside the code; raises MLError with too few people."""
    tree = read([folder])
    views = {name: embed(tree, name) for name in _DAMAGES}
    clean = views[None]
    people = _cleaned(tree.people, clean)
    if len(people) < 8:
        raise MLError(f"{folder} has {len(people)} people with three photos; 8 are the least")
    within, mean = _within(people, clean)
    calibration = _calibrate(people, views, clean)
    embedder = chosen().name
    np.savez_compressed(
        whitenings.file_of(embedder), within=within.astype(np.float32), mean=mean.astype(np.float32)
    )
    photos = sorted(known_by(tree.paths[row]) for rows in people.values() for row in rows)
    kept = {
        "weights": [round(w, 5) for w in calibration.weights],
        "offset": round(calibration.offset, 5),
        "people": len(people),
        "photos": photos,
    }
    calibrations.file_of(embedder).write_text(json.dumps(kept, indent=1) + "\n")
    print(f"{len(people)} people, {len(photos)} photos")


def _cleaned(names: Sequence[str], faces: Faces) -> Rows:
    """Return each person's photos without those that show somebody else."""
    kept = {}
    for name in sorted(set(names)):
        rows = np.flatnonzero((np.array(names) == name) & faces.found)
        for _ in range(3):
            if len(rows) < 3:
                break
            centre = unit(np.median(faces.vectors[rows], axis=0))
            rows = rows[faces.vectors[rows] @ centre > _ODD]
        if len(rows) >= 3:
            kept[name] = rows
    return kept


def _within(people: Rows, faces: Faces) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the covariance within people (D, D) and the mean of their means (D,)."""
    means = {name: faces.vectors[rows].mean(axis=0) for name, rows in people.items()}
    apart = np.concatenate([faces.vectors[rows] - means[name] for name, rows in people.items()])
    freedom = len(apart) - len(people)
    within = apart.T.astype(np.float64) @ apart / freedom
    return within, np.mean(list(means.values()), axis=0)


def _calibrate(people: Rows, views: dict[str | None, Faces], clean: Faces) -> Calibration:
    """Fit the probability over random libraries: half of the people known, the others strangers.

    The whitening of each round is made without the round's people, so that scores are as on people
    never seen.
    """
    rng, inputs, right = np.random.default_rng(0), [], []
    names = np.array(sorted(people))
    for number in range(_ROUNDS):
        drawn = rng.permutation(names)
        third = len(drawn) // 3
        known, strangers, rest = drawn[:third], drawn[third : 2 * third], drawn[2 * third :]
        whitening = Whitening.fit(*_within({name: people[name] for name in rest}, clean))
        labels = _LABELS[number % len(_LABELS)]
        taught, tried, truth = [], [], []
        for person, name in enumerate(known):
            order = rng.permutation(people[name])
            taught.append(order[:labels])
            tried.append(order[labels:])
            truth.append(np.full(len(order[labels:]), person))
        apart = np.concatenate([people[name] for name in strangers])
        rows = np.concatenate([*tried, apart])
        answer = np.concatenate([*truth, np.full(len(apart), -1)])
        model = PeopleClassifier.fit(
            clean.vectors[np.concatenate(taught)],
            np.repeat(np.arange(len(known)), [len(own) for own in taught]),
            quality=clean.quality[np.concatenate(taught)],
            whitening=whitening,
            calibration=_PLAIN,
        )
        for faces in views.values():
            there = faces.found[rows]
            guess = model.guess(faces.vectors[rows[there]], faces.quality[rows[there]])
            count = np.full(there.sum(), labels)
            inputs.append(features(guess.score, guess.margin, count, faces.quality[rows[there]]))
            right.append(guess.person == answer[there])
    return Calibration.fit(np.concatenate(inputs), np.concatenate(right))
