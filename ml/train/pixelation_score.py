"""Fitting how likely a photo is pixelated, and from when on it counts as such."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ml.pixelation.score import BOTH, FILE, TREES, Score

SCORED = 5  # every fifth photo teaches nothing: on those the scores are fitted
ALARMS, ALARMS_ALIKE = 0.001, 0.008  # of clean photos, and of lookalikes, at most
# Of log odds above the worst of a few hundred clean pictures, for what is told and what is repaired
# unasked: among thousands there are worse ones.
_WARY, _SURE = 0.7, 1.0
_MISSED = 0.03  # of mosaics that the trees alone may dismiss
_LEAST, _PLAIN = 0.5, "photo"
_STRENGTH = 0.1  # inverse of the regularisation


@dataclass(frozen=True)
class Seen:
    """What the cells of one picture said: its `summary`."""

    photo: int
    kind: str
    pixelated: bool
    told: NDArray[np.float64]


def fit(seen: Sequence[Seen], weights: str) -> tuple[Score, dict[str, float]]:
    """The score and its figures: gate, and what it finds and mistakes by two halves of photos."""
    values = np.array([one.told for one in seen])
    wanted = np.array([one.pixelated for one in seen])
    half = np.array([one.photo // SCORED % 2 for one in seen])
    other = np.zeros(len(seen))
    for side in (0, 1):
        score = _line(values[half != side], wanted[half != side], weights)
        other[half == side] = [score.probability(told) for told in values[half == side]]
    score = _line(values, wanted, weights)
    plain = other[~wanted]
    kinds = np.array([one.kind for one in seen])
    clean, alike = other[~wanted & (kinds == _PLAIN)], other[~wanted & (kinds != _PLAIN)]
    worst = max(
        _LEAST,
        float(np.quantile(clean, 1 - ALARMS)) if len(clean) else 0.0,
        float(np.quantile(alike, 1 - ALARMS_ALIKE)) if len(alike) else 0.0,
    )
    gate = _above(worst, _WARY)
    return score, {
        "pictures": len(seen),
        "auc": float(roc_auc_score(wanted, other)),
        "gate": round(min(gate, 0.999), 4),
        "found": float((other[wanted] >= gate).mean()),
        "mistaken": float((plain >= gate).mean()),
        "low": round(float(np.quantile(other[wanted], _MISSED)), 5),
        "high": round(_above(max(worst, float(np.quantile(plain, 0.999))), _SURE), 5),
    }


def _above(probability: float, margin: float) -> float:
    """A probability surer by so much of log odds."""
    odds = probability / max(1 - probability, 1e-6) * float(np.exp(margin))
    return odds / (1 + odds)


def _line(values: NDArray[np.float64], wanted: NDArray[np.bool_], weights: str) -> Score:
    middle, spread = values.mean(0), values.std(0) + 1e-6
    line = LogisticRegression(C=_STRENGTH, max_iter=1000).fit((values - middle) / spread, wanted)
    slopes = line.coef_[0] / spread
    bias = float(line.intercept_[0] - slopes @ middle)
    return Score(tuple(round(float(each), 6) for each in slopes), round(bias, 6), weights)


def merged(method: str, score: Score, told: dict[str, float]) -> dict[str, Any]:
    """The file's new content with one score in it, the others as they were; that of both methods
    goes where one of them is fitted anew.
    """
    parts: dict[str, Any] = {"by": {}, "gate": {}, "figures": {}}
    if FILE.is_file():
        before = json.loads(FILE.read_text("utf-8"))
        parts = {name: before[name] for name in parts}
    for part, new in zip(parts.values(), (asdict(score), told["gate"], told), strict=True):
        part.pop(BOTH, None)
        part[method] = new
    figures = parts["figures"]
    trees = figures.get(TREES, {"low": 0.0, "high": 1.0})
    sure = max((figures[name]["high"] for name in (TREES, BOTH) if name in figures), default=1.0)
    return parts | {"low": trees["low"], "high": trees["high"], "sure": sure}
