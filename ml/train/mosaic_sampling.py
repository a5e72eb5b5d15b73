"""Fitting what tells mosaics of means from mosaics of single pixels, on photos of training."""

import json
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ml.degradations.mosaic import Mosaic
from ml.image import Picture
from ml.pixelation import sampling
from ml.pixelation.collapse import collapse
from ml.pixelation.covered import Covered
from ml.train.pixelation_sources import training_photos

Pixels = NDArray[np.uint8]

_PHOTOS, _DRAWS, _SIDE = 240, 4, 400
_BLOCKS = (1.5, 6.0)
_FIFTH = 5  # photos of which one is kept to measure on


def main(data: Path) -> None:
    """Fit on photos below `data`, write ml/data/mosaic_sampling.json, and tell how every fifth
    photo, left out, is judged.
    """
    cv2.setNumThreads(1)
    photos = training_photos(data)
    rng = np.random.default_rng(61)
    chosen = [photos[i] for i in rng.permutation(len(photos))[:_PHOTOS]]
    kept = [np.array(list(_examples(chosen[k::_FIFTH], k))) for k in range(_FIFTH)]
    learned, tried = np.concatenate(kept[1:]), kept[0]
    spread = learned[:, :-1].std(0)
    model = LogisticRegression(C=10, max_iter=1000).fit(learned[:, :-1] / spread, learned[:, -1])
    weights, rest = model.coef_[0] / spread, float(model.intercept_[0])
    said = tried[:, :-1] @ weights + rest
    right = float(((said > 0) == tried[:, -1]).mean())
    area = float(roc_auc_score(tried[:, -1], said))
    told = {"weights": weights.round(5).tolist(), "rest": round(rest, 5)}
    sampling.FITTED.write_text(json.dumps(told) + "\n", "utf-8")
    print(f"{len(tried)} mosaics left out: {right:.3f} right, area under the curve {area:.3f}")


def _examples(photos: list[Path], seed: int) -> Iterator[NDArray[np.float64]]:
    """What is seen of mosaics of both kinds, and 1 last where it is one of means."""
    rng = np.random.default_rng((67, seed))
    for path in photos:
        photo = Picture.open(path).full()
        height, width = (min(side, _SIDE) for side in photo.shape[:2])
        top = int(rng.integers(photo.shape[0] - height + 1))
        left = int(rng.integers(photo.shape[1] - width + 1))
        true = np.ascontiguousarray(photo[top : top + height, left : left + width])
        for draw in range(_DRAWS):
            block = float(rng.uniform(*_BLOCKS))
            block = block if draw % 2 else float(max(2, round(block)))
            for averaged in (False, True):
                image, covered = means(true, block) if averaged else points(true, block)
                rows, columns = sampling.lines(image, covered)
                small = collapse(image, np.ones((height, width), bool), rows, columns).mean(2)
                yield np.append(sampling.looks(small, rows, columns), averaged)


def means(true: Pixels, block: float) -> tuple[Pixels, Covered]:
    """A photo of which every block is the mean of what it covers."""
    return Mosaic(block).apply(true), Covered(block, (0.0, 0.0))


def points(true: Pixels, block: float) -> tuple[Pixels, Covered]:
    """A photo made small and large again by nearest neighbour."""
    size = (true.shape[1], true.shape[0])
    small = (int(size[0] / block), int(size[1] / block))
    down = cv2.resize(true, small, interpolation=cv2.INTER_NEAREST)
    image = np.asarray(cv2.resize(down, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    return image, Covered(block, (0.5, 0.5))
