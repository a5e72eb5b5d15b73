"""Which way up a photo is: the scene network looks at it four times, a linear head compares."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from ml import weights
from ml.engine import Engine, OnnxEngine
from ml.errors import WeightsError
from ml.graph import rewritten
from ml.scene import fit

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

HEAD = Path(__file__).parents[1] / "data" / "orientation_head.npz"
SIDE = 192  # the network sees about SIDE² pixels
_MAP = "map"


@dataclass(frozen=True)
class Head:
    """A linear score of uprightness over features (FEATURES,), which are brought to a mean of 0 and
    a deviation of 1; four scores times `sharpness` make logits. Below a probability of `sure` it
    abstains.
    """

    weights: Floats
    mean: Floats
    spread: Floats
    sharpness: float
    sure: float

    def probabilities(self, features: Floats) -> Floats:
        """Of each of the four turns, features (..., 4, FEATURES)."""
        scores = self.sharpness * (((features - self.mean) / self.spread) @ self.weights)
        likely = np.exp(scores - scores.max(-1, keepdims=True))
        return np.asarray(likely / likely.sum(-1, keepdims=True), np.float32)


@dataclass(frozen=True)
class Stands:
    """`turned`: by how many degrees clockwise a photo is turned, 0, 90, 180 or 270."""

    turned: int
    confidence: float
    sure: bool


@cache
def head(path: Path = HEAD) -> Head:
    """Read the committed head; WeightsError where it is missing."""
    if not path.is_file():
        raise WeightsError(f"{path.name} is missing; run: python -m ml train orientation")
    with np.load(path) as told:
        return Head(
            told["weights"].astype(np.float32),
            told["mean"].astype(np.float32),
            told["spread"].astype(np.float32),
            float(told["sharpness"]),
            float(told["sure"]),
        )


def orientation(photo: Pixels, judge: Head | None = None) -> Stands:
    """Say which way a photo (H, W, 3) stands; raises WeightsError without the scene network."""
    judge = judge or head()
    likely = judge.probabilities(features(photo))
    best = int(likely.argmax())
    # Turned anticlockwise by so many quarters, it stands upright.
    return Stands(90 * best, float(likely[best]), bool(likely[best] >= judge.sure))


def features(photo: Pixels) -> Floats:
    """What the network sees of a photo turned anticlockwise by 0 to 3 quarters: the mean of its
    last map, and how its upper third differs from its lower one, (4, FEATURES).
    """
    small = fit(photo, SIDE)
    found = []
    for quarters in range(4):
        turned = np.rot90(small, quarters).transpose(2, 0, 1)[None]
        seen = _network().run(np.ascontiguousarray(turned, np.float32))[_MAP][0]
        third = -(-seen.shape[1] // 3)
        upper, lower = seen[:, :third].mean((1, 2)), seen[:, -third:].mean((1, 2))
        found.append(np.concatenate([seen.mean((1, 2)), upper - lower]))
    return np.asarray(found, np.float32)


@cache
def _network() -> Engine:
    return OnnxEngine(rewritten(weights.locate("scene").read_bytes(), (_map_alone,)))


def _map_alone(model: ModelProto) -> None:
    """Give out the last map before it is averaged, and nothing else."""
    graph = model.graph
    mean = next(node for node in graph.node if node.op_type == "ReduceMean")
    graph.node.append(helper.make_node("Identity", [mean.input[0]], [_MAP]))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(_MAP, TensorProto.FLOAT, None))
