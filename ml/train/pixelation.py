"""Fitting the trees that see mosaics by a photo's steps, and how likely a photo has one.

The same photos and seed give the same trees. Runs without torch.
"""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from ml import engine
from ml.image import Picture
from ml.pixelation.detector import EVERY, tree_logits, tree_summary
from ml.pixelation.features import FEATURES, cells
from ml.pixelation.profiles import CELL
from ml.pixelation.score import FILE, TREES
from ml.train import onnx_trees
from ml.train.pixelation_examples import MOSAICS, example
from ml.train.pixelation_score import SCORED, Seen, fit, merged
from ml.train.pixelation_sources import training_photos
from ml.weights.manifest import FOLDER
from ml.weights.store import sha256

EXAMPLES, TREES_GROWN, LEAVES, _RATE = 7500, 120, 31, 0.2
_PER_PICTURE = 120  # cells of one picture that are learned from
_SEED = 5

Table = NDArray[np.float32]


@dataclass(frozen=True)
class Described:
    """The cells of an example, (rows, columns, FEATURES), the share of each that is mosaic, and
    the share of which that cannot be said.
    """

    photo: int
    kind: str
    features: Table
    share: Table
    unsure: Table

    @property
    def pixelated(self) -> bool:
        return self.kind in MOSAICS


def main(data: Path) -> None:
    """Fit on the photos below `data`; write ml/weights/pixelation_trees.onnx and the trees' part
    of ml/data/pixelation_scores.json. Raises MLError without photos.
    """
    described = list(examples(training_photos(data), EXAMPLES))
    taught = [one for one in described if one.photo % SCORED]
    others = [one for one in described if one.photo % SCORED == 0]
    path = FOLDER / f"{TREES}.onnx"
    features, wanted = table(taught)
    print(f"{len(features)} cells, {wanted.mean():.3f} of them mosaic", flush=True)
    trees = HistGradientBoostingClassifier(
        max_iter=TREES_GROWN,
        max_leaf_nodes=LEAVES,
        learning_rate=_RATE,
        l2_regularization=1.0,
        early_stopping=False,
        random_state=_SEED,
    ).fit(features, wanted)
    onnx.save(onnx_trees.model(trees, FEATURES, {"cells": str(len(features))}), path)
    score_trees(path, others)


def score_trees(path: Path, others: list[Described]) -> None:
    """Fit how likely a photo has a mosaic to what the trees say of photos they have not seen."""
    fitted = engine.load_file(path)
    seen = []
    for one in others:
        said = tree_summary(tree_logits(fitted, one.features), one.features)
        seen.append(Seen(one.photo, one.kind, one.pixelated, said))
    score, told = fit(seen, sha256(path))
    FILE.write_text(json.dumps(merged(TREES, score, told), indent=2) + "\n", "utf-8")
    print(json.dumps(told, indent=2), f"\n{path}: {path.stat().st_size} bytes", flush=True)


def examples(photos: list[Path], count: int) -> Iterator[Described]:
    """So many examples, made by as many processes as there are cores."""
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as makers:
        for number, one in enumerate(
            makers.map(partial(_described, photos), range(count), chunksize=50)
        ):
            if number % 1000 == 0:
                print(f"{number} of {count} examples", flush=True)
            yield one


def _described(photos: list[Path], number: int) -> Described:
    cv2.setNumThreads(1)
    rng = np.random.default_rng((_SEED, number))
    photo = int(rng.integers(len(photos)))
    made = example(Picture.open(photos[photo]).full(), rng)
    # Half of what is learned from is looked at as large photos are.
    every = int(rng.choice((1, EVERY))) if photo % SCORED else 1
    features = cells(made.image, every=every)
    shape = features.shape[:2]
    shares = [_shares(each, shape) for each in (made.mask, made.unsure)]
    return Described(photo, made.kind, features, *shares)


def _shares(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> Table:
    """The share of every cell that lies in a mask; beyond the picture nothing does."""
    whole = np.zeros((shape[0] * CELL, shape[1] * CELL), np.float32)
    part = mask[: whole.shape[0], : whole.shape[1]]
    whole[: part.shape[0], : part.shape[1]] = part
    return np.asarray(whole.reshape(shape[0], CELL, shape[1], CELL).mean((1, 3)), np.float32)


def table(described: list[Described]) -> tuple[Table, NDArray[np.bool_]]:
    """Cells that are clearly one or the other, (cells, FEATURES), and which of them are mosaic."""
    rng = np.random.default_rng(_SEED)
    features, wanted = [], []
    for one in described:
        inside = (one.share > 0.6) & (one.unsure < 0.3)
        outside = (one.share < 0.02) & (one.unsure < 0.02)
        kept = np.flatnonzero(inside | outside)
        if len(kept) > _PER_PICTURE:
            kept = rng.choice(kept, _PER_PICTURE, replace=False)
        features.append(one.features.reshape(-1, len(FEATURES))[kept])
        wanted.append(one.share.ravel()[kept] > 0.5)
    return np.concatenate(features), np.concatenate(wanted)
