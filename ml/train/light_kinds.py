"""The trees that tell which kinds of light a photo lost; without torch.

The same examples and seed give the same trees.
"""

from pathlib import Path

import cv2
import onnx
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.light.statistics import NAMES
from ml.light.told import KINDS, TREES
from ml.train import light_examples, onnx_trees
from ml.weights.manifest import FOLDER

_GROWN = 160  # trees of each kind
_SEED = 0


def main(data: Path) -> None:
    """Fit on examples of the photos below `data` and write ml/weights/light_trees.onnx, telling on
    held-out ones how many of a kind are found, and how many others are said to be of it.
    """
    cv2.setNumThreads(1)
    seen = light_examples.kept(data)
    trees: list[onnx_trees.Trees] = [
        HistGradientBoostingClassifier(
            max_iter=_GROWN,
            max_leaf_nodes=15,
            learning_rate=0.08,
            l2_regularization=3.0,
            max_features=0.3,
            early_stopping=False,
            random_state=_SEED,
        ).fit(seen.looks, seen.kinds == number)
        for number in range(len(KINDS))
    ]
    path = FOLDER / f"{TREES}.onnx"
    onnx.save(onnx_trees.models(trees, NAMES, {"examples": str(len(seen.looks))}), path)
    print(f"{path}: {path.stat().st_size} bytes, {len(seen.looks)} examples", flush=True)
    held = light_examples.kept(data, held_out=True)
    for number, kind in enumerate(KINDS):
        said, there = trees[number].predict(held.looks).astype(bool), held.kinds == number
        print(f"{kind}: found {said[there].mean():.3f}, falsely {said[~there].mean():.4f}")
