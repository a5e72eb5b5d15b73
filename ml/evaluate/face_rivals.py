"""Classifiers that ours is held against, each as textbook or makers have it."""

from collections.abc import Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

from ml.evaluate.open_set import Classifier, Scores, Vectors
from ml.people.classifier import PeopleClassifier
from ml.people.whitening import unit


def maximum_cosine(labels: Sequence[Vectors], _cohort: Vectors, tried: Vectors) -> Scores:
    """The most alike label decides."""
    return np.stack([(tried @ own.T).max(1) for own in labels], 1).astype(np.float64)


def centroid(labels: Sequence[Vectors], _cohort: Vectors, tried: Vectors) -> Scores:
    """The mean of the normalised labels: the plain prototype."""
    means = unit(np.stack([own.mean(0) for own in labels]))
    return np.asarray(tried @ means.T, np.float64)


def _stacked(labels: Sequence[Vectors]) -> tuple[Vectors, np.ndarray]:
    numbers = np.repeat(np.arange(len(labels)), [len(own) for own in labels])
    return np.concatenate(labels), numbers


def nearest(labels: Sequence[Vectors], _cohort: Vectors, tried: Vectors) -> Scores:
    """The vote of the five nearest labels, weighted by one over their distance."""
    vectors, numbers = _stacked(labels)
    likeness = tried @ vectors.T
    near = np.argpartition(-likeness, min(5, len(vectors)) - 1, axis=1)[:, :5]
    votes = np.zeros((len(tried), len(labels)))
    weight = 1 / np.maximum(1 - np.take_along_axis(likeness, near, 1), 1e-6)
    np.add.at(votes, (np.arange(len(tried))[:, None], numbers[near]), weight)
    return votes


def digikam(labels: Sequence[Vectors], _cohort: Vectors, tried: Vectors) -> Scores:
    """digiKam's recipe: the mean likeness of a person's nearest labels, at most five.

    From its user manual (People View: at least five tagged faces a person) and its bug 416630,
    whose remedy, the mean of the N nearest examples, came with 7.2; its vectors are SFace's too.
    """
    return np.stack(
        [np.sort(tried @ own.T, axis=1)[:, -min(5, len(own)) :].mean(1) for own in labels], 1
    ).astype(np.float64)


def linear_svm(labels: Sequence[Vectors], cohort: Vectors, tried: Vectors) -> Scores:
    """One against all, with the cohort as a further class."""
    return _linear(LinearSVC(C=1.0, class_weight="balanced"), labels, cohort, tried)


def logistic(labels: Sequence[Vectors], cohort: Vectors, tried: Vectors) -> Scores:
    """Multinomial, with the cohort as a further class."""
    model = LogisticRegression(C=100.0, class_weight="balanced", max_iter=300)
    return _linear(model, labels, cohort, tried)


def _linear(
    model: LinearSVC | LogisticRegression,
    labels: Sequence[Vectors],
    cohort: Vectors,
    tried: Vectors,
) -> Scores:
    vectors, numbers = _stacked(labels)
    both = np.concatenate([vectors, cohort])
    model.fit(both, np.concatenate([numbers, np.full(len(cohort), len(labels))]))
    scores = np.asarray(model.decision_function(tried), np.float64)
    known, others = scores[:, : len(labels)], scores[:, len(labels) :]
    return np.asarray(known - others.max(1, initial=-1e3)[:, None], np.float64)


def ours(labels: Sequence[Vectors], cohort: Vectors, tried: Vectors) -> Scores:
    """The classifier that names people in the app."""
    vectors, numbers = _stacked(labels)
    scores = PeopleClassifier.fit(vectors, numbers, cohort).scores(tried)
    return scores.astype(np.float64)


RIVALS: dict[str, Classifier] = {
    "maximum_cosine": maximum_cosine,
    "centroid": centroid,
    "linear_svm": linear_svm,
    "logistic": logistic,
    "nearest_neighbours": nearest,
    "digikam": digikam,
}
