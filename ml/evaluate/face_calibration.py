"""What the probability of a name is worth, on people who were not used to fit it."""

import numpy as np

from ml.evaluate.face_tree import Faces, Tree
from ml.evaluate.open_set import splits
from ml.evaluate.report import Metric
from ml.people.classifier import PeopleClassifier

BINS = 10
LABELS = (1, 3, 5, 10)
SURE = 0.95  # where the machine names by itself


def metrics(tree: Tree, clean: Faces, seed: int) -> dict[str, Metric | None]:
    """Return the expected calibration error over known people and strangers, and how much is named
    at a probability of 0.95, and how much of that is right.
    """
    sure, right = [], []
    for labels in LABELS:
        for split in splits(tree, clean.found, labels, seed):
            taught = np.concatenate(split.labels)
            model = PeopleClassifier.fit(
                clean.vectors[taught],
                np.repeat(np.arange(len(split.labels)), labels),
                clean.vectors[split.calibrating[clean.found[split.calibrating]]],
                clean.quality[taught],
            )
            rows = np.concatenate([split.tried, split.strangers])
            truth = np.concatenate([split.person, np.full(len(split.strangers), -1)])
            there = clean.found[rows]
            guess = model.guess(clean.vectors[rows[there]], clean.quality[rows[there]])
            sure.append(guess.probability)
            right.append(guess.person == truth[there])
    probability, hit = np.concatenate(sure), np.concatenate(right)
    bin_of = np.minimum((probability * BINS).astype(int), BINS - 1)
    gaps = [abs(float((probability - hit)[bin_of == b].sum())) for b in range(BINS)]
    error = sum(gaps) / len(hit)
    named = probability >= SURE
    precision = float(hit[named].mean()) if named.any() else 0.0
    recall = float((named & hit).sum() / max(int(hit.sum()), 1))
    n = len(tree.known)
    return {
        "ece": Metric(error, error, error, n),
        "named_precision": Metric(precision, precision, precision, n),
        "named_recall": Metric(recall, recall, recall, n),
    }
