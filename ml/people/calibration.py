"""How likely a name is right: logistic regression on people who are not in the tests."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ml.faces.embed import chosen

_FOLDER = Path(__file__).parent.parent / "data"
Column = NDArray[np.floating]


def features(
    score: Column, margin: Column, labels: NDArray[np.integer], quality: Column
) -> NDArray[np.float64]:
    """Return what the probability is made of: (N, 5)."""
    few = 1 / np.sqrt(np.maximum(labels, 1))
    return np.stack([score, margin, few, score * few, quality], axis=1).astype(np.float64)


@dataclass(frozen=True)
class Calibration:
    """Weights (5,) and an offset of a logistic function."""

    weights: tuple[float, ...]
    offset: float

    @classmethod
    def fit(cls, inputs: NDArray[np.float64], right: NDArray[np.bool_]) -> Self:
        """Fit on features (N, 5) of best names and whether each was right (N,)."""
        model = LogisticRegression(C=100.0, max_iter=2000).fit(inputs, right)
        return cls(tuple(float(w) for w in model.coef_[0]), float(model.intercept_[0]))

    def probability(
        self, score: Column, margin: Column, labels: NDArray[np.integer], quality: Column
    ) -> NDArray[np.float64]:
        """Return from 0 to 1 how likely the best name of each face is right; all (N,)."""
        logit = features(score, margin, labels, quality) @ np.array(self.weights) + self.offset
        return np.asarray(1 / (1 + np.exp(-np.clip(logit, -50, 50))), np.float64)


def file_of(embedder: str) -> Path:
    """Return where the figures for an embedder lie."""
    return _FOLDER / f"people_calibration_{embedder}.json"


def known_by(photo: Path) -> str:
    """Return what a photo that was fitted on is known by: the start of its file's sha256."""
    return hashlib.sha256(photo.read_bytes()).hexdigest()[:12]


def fitted_on() -> frozenset[str]:
    """Return the photos on which the figures of the chosen embedder were fitted."""
    return frozenset(json.loads(file_of(chosen().name).read_text())["photos"])


def shipped_calibration() -> Calibration:
    """Return that of the chosen embedder, part of the source."""
    return _shipped(chosen().name)


@lru_cache(maxsize=4)
def _shipped(embedder: str) -> Calibration:
    kept = json.loads(file_of(embedder).read_text())
    return Calibration(tuple(kept["weights"]), kept["offset"])
