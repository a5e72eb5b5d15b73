"""What scores of authenticity are worth: fitted on pictures of collections that the network which
scored them never saw, and told on the other half of these.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ml.authenticity import verdict
from ml.authenticity.patches import CELL, EDITED, GENERATED, SIDE, Look
from ml.authenticity.statistics import statistics
from ml.errors import MLError
from ml.train import onnx_file
from ml.train.authenticity import ALL, DONE, FOLDER, trained
from ml.train.authenticity_network import AuthenticityNetwork
from ml.train.authenticity_sources import FOLDS, REAL, Pixels, Sources, load
from ml.train.authenticity_splices import Random, edited, saved
from ml.train.run import prepare
from ml.weights.store import sha256

SCORES = FOLDER / "scores.npz"
_PIECE = 384  # px of the middle that is scored
_MOST = 45  # photographs of a collection
_SPLICES = 60  # of a fold
_FALSE = 0.01  # of photographs, for each of the accusations
# At least: chosen on 332 photographs of sets that no network saw, of which two are accused so.
_LEAST = {"generated": 0.8, "edited": 0.97}
_RIGHT = 0.9  # of photos that are called photographs
_DECAY = 0.003  # of the statistics' head
Values = NDArray[np.float32]


@dataclass(frozen=True)
class Scored:
    """A picture's class, fold and collection, its two scores and what was measured."""

    kind: str
    fold: str
    collection: str
    traces: float
    edit: float
    measured: Values


def main(data: Path) -> None:
    """Score what each fold left out, fit, and write the gate and the network that saw all."""
    prepare(FOLDER)
    sources = load(data, FOLDER)
    folds = [name for name in FOLDS if (FOLDER / name / DONE).exists()]
    if not folds:
        raise MLError("no fold is trained yet; run: python -m ml train authenticity")
    scored = [each for name in folds for each in score(sources, name)]
    told = fit(scored)
    path = FOLDER / "authenticity.onnx"
    onnx_file.write_patches(_Maps(trained(ALL)), path, (GENERATED, EDITED), {"side": str(SIDE)})
    told["network"] = sha256(path)
    verdict.GATE.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
    print(f"{verdict.GATE.name} by {len(scored)} pictures; {path}: {path.stat().st_size} bytes")


class _Maps(torch.nn.Module):
    """The network's maps alone."""

    def __init__(self, network: AuthenticityNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, photos: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen = self.network(photos)
        return seen.generated, seen.edited


def score(sources: Sources, fold: str) -> Iterator[Scored]:
    """Score what a fold left out, as it is and with edits, all saved under one law."""
    network, rng = trained(fold), np.random.default_rng(1)
    left = (fold, *FOLDS[fold])
    reals = list[int]()
    for i, source in enumerate(sources.told):
        if source.collection not in left:
            continue
        if source.kind == GENERATED:
            yield _scored(network, sources, i, fold, GENERATED, piece(sources.picture(i)), rng)
        elif source.kind == REAL:
            reals.append(i)
    rng.shuffle(reals)
    counts = dict[str, int]()
    for place, i in enumerate(reals):
        name = sources.told[i].collection
        counts[name] = counts.get(name, 0) + 1
        if counts[name] > _MOST:
            continue
        photo = piece(sources.picture(i))
        yield _scored(network, sources, i, fold, REAL, photo, rng)
        if sum(counts.values()) <= _SPLICES:
            donor = piece(sources.picture(reals[(place + 7) % len(reals)]))
            changed, _ = edited(photo, donor, rng)
            yield _scored(network, sources, i, fold, EDITED, changed, rng)


def piece(picture: Pixels) -> Pixels:
    """The middle of a picture, as the stage looks at it."""
    factor = min(0.95, SIDE / max(picture.shape[:2]))
    size = (round(picture.shape[1] * factor), round(picture.shape[0] * factor))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    top, left = (max(0, (side - _PIECE) // 2) for side in small.shape[:2])
    middle = small[top : top + _PIECE, left : left + _PIECE]
    height, width = (side // CELL * CELL for side in middle.shape[:2])
    return np.ascontiguousarray(middle[:height, :width], np.uint8)


def _scored(  # noqa: PLR0917
    network: AuthenticityNetwork,
    sources: Sources,
    i: int,
    fold: str,
    kind: str,
    picture: Pixels,
    rng: Random,
) -> Scored:
    quality = round(float(rng.triangular(60, 90, 98)))
    picture = saved(picture, quality, fine=rng.random() < 0.4)
    batch = torch.from_numpy(picture.transpose(2, 0, 1)[None].astype(np.float32))
    with torch.inference_mode():
        seen = network(batch)
    look = Look(picture, seen.generated[0].numpy(), seen.edited[0].numpy())
    collection = sources.told[i].collection
    return Scored(kind, fold, collection, look.traces, look.edit, statistics(picture))


def fit(scored: list[Scored]) -> dict[str, Any]:
    """The gate as JSON holds it."""
    kinds = np.array([each.kind for each in scored])
    folds = np.array([each.fold for each in scored])
    measured = np.stack([each.measured for each in scored])
    mean, spread = measured.mean(0), measured.std(0) + 1e-3
    values = np.clip((measured - mean) / spread, -5, 5)
    whole = kinds != EDITED
    held = np.zeros(len(scored))
    for fold in np.unique(folds):
        inside = whole & (folds != fold)
        if len(np.unique(kinds[inside])) == 2:
            held[folds == fold] = _head(values[inside], kinds[inside]).decision_function(
                values[folds == fold]
            )
    head = _head(values[whole], kinds[whole])
    traces = np.array([each.traces for each in scored])
    edit = np.array([each.edit for each in scored])
    made = _balanced(np.stack([traces, held], 1)[whole], kinds[whole] == GENERATED)
    known = kinds != GENERATED
    changed = _balanced(edit[known, None], kinds[known] == EDITED)
    by_traces, by_statistics = (max(0.0, float(each)) for each in made.coef_[0])
    told = {
        "traces": by_traces,
        "statistics": by_statistics,
        "generated": float(made.intercept_[0]) + by_statistics * float(head.intercept_[0]),
        "edit": float(changed.coef_[0, 0]),
        "edited": float(changed.intercept_[0]),
    }
    odds = np.stack(
        [
            by_traces * traces + by_statistics * held + float(made.intercept_[0]),
            told["edit"] * edit + told["edited"],
        ],
        1,
    )
    vectors = {"mean": mean, "spread": spread, "weights": head.coef_[0]}
    listed = {name: [round(float(x), 5) for x in each] for name, each in vectors.items()}
    return {**told, "sure": sure(odds, kinds), **listed}


def _head(values: Values, kinds: NDArray[np.str_]) -> LogisticRegression:
    return LogisticRegression(C=_DECAY, max_iter=500, class_weight="balanced").fit(
        values, kinds == GENERATED
    )


def _balanced(scores: NDArray[Any], true: NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(C=1.0, class_weight="balanced").fit(scores, true)


def sure(odds: NDArray[Any], kinds: NDArray[np.str_]) -> dict[str, float]:
    """From which probability on each outcome is told: hardly any photograph is accused, and what
    is called a photograph mostly is one.
    """
    likely = np.exp(np.concatenate([np.zeros((len(odds), 1)), odds], 1))
    likely /= likely.sum(1, keepdims=True)
    real = kinds == REAL
    found = {
        name: max(_LEAST[name], float(np.quantile(likely[real, 1 + i], 1 - _FALSE)) + 1e-3)
        for i, name in enumerate(("generated", "edited"))
    }
    steps = np.linspace(0.4, 0.95, 56)
    calls = [(step, likely[:, 0] >= step) for step in steps]
    weight = np.array([1 / (kinds == kind).sum() for kind in kinds])
    right = [
        float(step)
        for step, call in calls
        if call.any() and (weight * call * real).sum() / (weight * call).sum() >= _RIGHT
    ]
    return {"photograph": round(min(right, default=0.95), 3)} | {
        name: round(min(value, 0.999), 3) for name, value in found.items()
    }
