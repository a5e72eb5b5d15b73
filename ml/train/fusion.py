"""Fitting the fusion of scene logits, objects and faces: regularised, calibrated, with thresholds.

Everything is fitted on predictions that were made out of fold: the network that gave a photo's
logits has not seen it, and neither has the model that gave the fused logit which is calibrated.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

Vector = NDArray[np.float64]
Labels = NDArray[np.int64]

PENALTIES = (0.001, 0.003, 0.01, 0.03, 0.1)  # inverse strengths tried
OWN = 4.0  # a category's own logit is held back less than the rest
GRID = np.round(np.arange(0.05, 0.99, 0.02), 3)
FOLDS = 5
SEED = 5


@dataclass(frozen=True)
class Line:
    """A linear model over raw evidence: weights (evidence,) and bias."""

    weights: Vector
    bias: float

    def __call__(self, values: Vector) -> Vector:
        return values @ self.weights + self.bias


@dataclass(frozen=True)
class Fitted:
    """A category's calibrated line, its threshold, its precision and its probabilities (photos,)
    out of fold.
    """

    line: Line
    suggest: float
    curve: list[tuple[float, float]]
    positives: int
    out_of_fold: Vector


def fit_line(values: Vector, truth: Labels, own: int, penalty: float) -> Line:
    """Fit a regularised logistic line on standardised evidence and express it in the raw
    evidence.
    """
    centre, spread = values.mean(0), values.std(0)
    gain = np.where(spread > 1e-6, 1 / np.maximum(spread, 1e-6), 0.0)
    gain[own] *= OWN
    model = LogisticRegression(C=penalty, max_iter=1000).fit((values - centre) * gain, truth)
    weights = model.coef_[0] * gain
    return Line(weights, float(model.intercept_[0] - weights @ centre))


def out_of_fold(values: Vector, truth: Labels, own: int, penalty: float) -> Vector:
    """Fused logits (photos,), each from a line that was fitted on the other folds."""
    result = np.zeros(len(truth))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED)
    for rest, held in folds.split(values, truth):
        result[held] = fit_line(values[rest], truth[rest], own, penalty)(values[held])
    return result


def platt(logits: Vector, truth: Labels) -> tuple[float, float]:
    """Scale and offset that make logits calibrated (Platt 1999), on his softened targets."""
    positives = int(truth.sum())
    soft = np.where(truth == 1, (positives + 1) / (positives + 2), 1 / (len(truth) - positives + 2))
    twice = np.concatenate([logits, logits])[:, None]
    sides = np.concatenate([np.ones(len(truth)), np.zeros(len(truth))])
    model = LogisticRegression(C=1e4).fit(twice, sides, np.concatenate([soft, 1 - soft]))
    return float(model.coef_[0, 0]), float(model.intercept_[0])


def sigmoid(logits: Vector) -> Vector:
    """Logits to probabilities."""
    return 1 / (1 + np.exp(-logits))


def log_loss(logits: Vector, truth: Labels) -> float:
    """Mean negative log-likelihood of 0/1 truth."""
    return float(np.mean(np.logaddexp(0, np.where(truth == 1, -logits, logits))))


def best_f1(probabilities: Vector, truth: Labels) -> float:
    """Threshold of the best F1.

    The F1 that was counted is averaged with the one that calibrated probabilities predict, which
    is smooth: a dozen positives alone would put the threshold anywhere.
    """
    order = np.argsort(-probabilities)
    p, y, n = probabilities[order], truth[order], np.arange(1, len(truth) + 1)
    counted = 2 * np.cumsum(y) / (n + y.sum())
    predicted = 2 * np.cumsum(p) / (n + p.sum())
    return _between(p, int(np.argmax(counted + predicted)))


def precision_curve(probabilities: Vector, truth: Labels) -> list[tuple[float, float]]:
    """Confidence, and the precision from there on, counted out of fold.

    One imagined error and one imagined success are added (Laplace), so that a handful of photos
    without an error proves nothing.
    """
    points = []
    for confidence in GRID:
        above = probabilities >= confidence
        points.append((float(confidence), float((truth[above].sum() + 1) / (above.sum() + 2))))
    return points


def _between(descending: Vector, last: int) -> float:
    following = descending[last + 1] if last + 1 < len(descending) else 0.0
    return float((descending[last] + following) / 2)


def fit(values: Vector, truth: Labels, own: int) -> Fitted:
    """Fit one category: choose the penalty by likelihood out of fold, calibrate, set the
    thresholds.
    """
    tried = {penalty: out_of_fold(values, truth, own, penalty) for penalty in PENALTIES}
    calibrated = {
        penalty: scale * logits + offset
        for penalty, logits in tried.items()
        for scale, offset in [platt(logits, truth)]
    }
    penalty = min(PENALTIES, key=lambda c: log_loss(calibrated[c], truth))
    scale, offset = platt(tried[penalty], truth)
    line = fit_line(values, truth, own, penalty)
    probabilities = sigmoid(calibrated[penalty])
    return Fitted(
        Line(line.weights * scale, line.bias * scale + offset),
        best_f1(probabilities, truth),
        precision_curve(probabilities, truth),
        int(truth.sum()),
        probabilities,
    )
