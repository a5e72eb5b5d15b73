"""Fitting how likely a photo is pixelated, and from when on it counts as such."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ml.pixelation.score import FILE, TREES, Score

SCORED = 5  # every fifth photo teaches nothing: on those the scores are fitted
ALARMS, ALARMS_ALIKE = 0.003, 0.008  # of clean photos, and of lookalikes, at most
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
    gate = max(
        _LEAST,
        float(np.quantile(clean, 1 - ALARMS)) if len(clean) else 0.0,
        float(np.quantile(alike, 1 - ALARMS_ALIKE)) if len(alike) else 0.0,
    )
    return score, {
        "pictures": len(seen),
        "auc": float(roc_auc_score(wanted, other)),
        "gate": round(min(gate, 0.999), 4),
        "found": float((other[wanted] >= gate).mean()),
        "mistaken": float((plain >= gate).mean()),
        "low": round(float(np.quantile(other[wanted], 0.01)), 5),
        "high": round(float(max(gate, np.quantile(plain, 0.999))), 5),
    }


def _line(values: NDArray[np.float64], wanted: NDArray[np.bool_], weights: str) -> Score:
    middle, spread = values.mean(0), values.std(0) + 1e-6
    line = LogisticRegression(C=_STRENGTH, max_iter=1000).fit((values - middle) / spread, wanted)
    slopes = line.coef_[0] / spread
    bias = float(line.intercept_[0] - slopes @ middle)
    return Score(tuple(round(float(each), 6) for each in slopes), round(bias, 6), weights)


def merged(method: str, score: Score, told: dict[str, float]) -> dict[str, Any]:
    """The file's new content with one method's score in it, the other's as it was."""
    before: dict[str, Any] = {"by": {}, "gate": {}, "figures": {}, "low": 0.0, "high": 1.0}
    if FILE.is_file():
        before = json.loads(FILE.read_text("utf-8"))
    before["by"][method] = asdict(score)
    before["gate"][method] = told["gate"]
    before["figures"][method] = told
    if method == TREES:
        before["low"], before["high"] = told["low"], told["high"]
    return before
