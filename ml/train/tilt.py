"""The trees that say whether lines are right about a photo's tilt. Runs without torch."""

from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.image import Picture
from ml.rotation.level import turned
from ml.rotation.lines import lined
from ml.rotation.tilt import FEATURES, LEAST, MOST, NETWORK, features
from ml.train import onnx_trees
from ml.train.restoration_sources import PHOTOS, training_photos
from ml.weights.manifest import FOLDER

VIEW = 768  # px
FALSE_TILTS = 0.005  # of level photos
_TILTS = 2  # a photo, and once as it is
_RIGHT = 1.0  # degrees
_FOLDS = 5
_SEED = 3

Table = NDArray[np.float32]
Values = NDArray[np.float64]


def main(data: Path) -> None:
    """Tilt the photos below `data`, which count as level, and write ml/weights/tilt_trees.onnx.

    From which confidence on a tilt is proposed, or cut off without asking, comes from photos that
    each fold was not fitted on, and stands in its metadata.
    """
    cv2.setNumThreads(1)
    photos, table, right, level = _looks(training_photos(data, PHOTOS))
    chance = np.empty(len(table))
    for fold in range(_FOLDS):
        out = photos % _FOLDS == fold
        chance[out] = _fitted(table[~out], right[~out]).predict_proba(table[out])[:, 1]
    off = table[:, FEATURES.index("angle")]
    wrong = np.sort(chance[level & (off >= LEAST) & (off <= MOST)])[::-1]
    proposed = float(np.nextafter(wrong[int(FALSE_TILTS * level.sum())], 1))
    surest = (1 + float(wrong[0])) / 2
    gate = {"proposed": f"{proposed:.6f}", "surest": f"{surest:.6f}", "looks": str(len(table))}
    path = FOLDER / f"{NETWORK}.onnx"
    onnx.save(onnx_trees.model(_fitted(table, right), FEATURES, gate), path)
    kept = ~level & (off >= LEAST) & (off <= MOST) & (chance >= proposed)
    print(
        f"{path}: {path.stat().st_size} bytes; by folds, of {int((~level).sum())} tilts "
        f"{kept.sum() / (~level).sum():.3f} are proposed, "
        f"{right[kept].mean():.3f} of them right; {gate}"
    )


def _looks(
    paths: list[Path],
) -> tuple[NDArray[np.int64], Table, NDArray[np.bool_], NDArray[np.bool_]]:
    """Of every look that has lines: the photo's number, features, whether the lines are right, and
    whether it is level.
    """
    rng = np.random.default_rng(_SEED)
    found = list[tuple[int, Table, bool, bool]]()
    for number, path in enumerate(paths):
        photo = Picture.open(path).view(VIEW)
        for angle in (0.0, *rng.uniform(-MOST, MOST, _TILTS).tolist()):
            told = lined(turned(photo, angle) if angle else photo)
            if told is not None:
                right = abs(told.angle - angle) < _RIGHT
                found.append((number, features(told), right, angle == 0))
    numbers, rows, right_ones, level = zip(*found, strict=True)
    return np.array(numbers), np.stack(rows), np.array(right_ones), np.array(level)


def _fitted(table: Table, right: NDArray[np.bool_]) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=80,
        max_leaf_nodes=8,
        learning_rate=0.08,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=_SEED,
    ).fit(table, right)
