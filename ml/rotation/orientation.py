"""Which way up a photo is: the networks of scenes and of objects look at it four times, and a
linear head for each compares what they see.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from ml import engine, weights
from ml.authenticity.frozen import OBJECTS, show_blocks
from ml.engine import Engine, OnnxEngine
from ml.errors import WeightsError
from ml.graph import rewritten
from ml.scene import STRIDE, fit
from ml.weights.store import sha256

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

HEAD = Path(__file__).parents[1] / "data" / "orientation_head.npz"
SIDE = 192  # the scene network sees about SIDE² pixels
LONGEST = 320  # px of the long side in which the detector looks
_MAP = "map"
EXPERTS = ("scene", "objects")
"""Whose looks are judged apart: what both are sure of is seldom wrong."""


@dataclass(frozen=True)
class Head:
    """Scores of uprightness by the two EXPERTS, linear in what each of them sees of a turn; four
    scores make probabilities, whose mean counts. Below a probability of `sure` it abstains; a turn
    is proposed from `turns` on, which hardly any upright photo reaches, and made without asking
    from `surest` on.
    """

    weights: tuple[Floats, Floats]
    sure: float
    turns: float
    surest: float

    def probabilities(self, seen: "Looks") -> Floats:
        """Of each of the four turns, (..., 4)."""
        told = (softmax(each @ w) for each, w in zip(seen, self.weights, strict=True))
        return np.asarray(sum(told) / len(EXPERTS), np.float32)


Looks = tuple[Floats, Floats]
"""What each of the EXPERTS sees of the four turns, (..., 4, FEATURES)."""


def softmax(scores: NDArray[np.floating[Any]]) -> Floats:
    """Probabilities of the last axis."""
    likely = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(likely / likely.sum(-1, keepdims=True), np.float32)


@dataclass(frozen=True)
class Stands:
    """`turned`: by how many degrees clockwise a photo is turned, 0, 90, 180 or 270; `proposed`:
    whether it is, and hardly any upright photo looks like that.
    """

    turned: int
    confidence: float
    sure: bool
    proposed: bool


@cache
def head(path: Path = HEAD) -> Head:
    """Read the committed head; WeightsError where it is missing."""
    if not path.is_file():
        raise WeightsError(f"{path.name} is missing; run: python -m ml train orientation")
    with np.load(path) as told:
        scene, objects = (told[name] for name in EXPERTS)
        limits = (float(told[name]) for name in ("sure", "turns", "surest"))
        return Head((scene, objects), *limits)


def digest() -> str:
    """The sha256 of the committed head; WeightsError where it is missing."""
    head()
    return sha256(HEAD)


def orientation(photo: Pixels, judge: Head | None = None) -> Stands:
    """Say which way a photo (H, W, 3) stands; raises WeightsError without the networks."""
    judge = judge or head()
    likely = judge.probabilities(looks(photo))
    upright = int(likely.argmax())
    chance = float(likely[upright])
    # Turned anticlockwise by so many quarters, it stands upright.
    proposed = upright > 0 and chance >= judge.turns
    return Stands(90 * upright, chance, chance >= judge.sure, proposed)


def looks(photo: Pixels) -> Looks:
    """What is seen of a photo turned anticlockwise by 0 to 3 quarters, (4, FEATURES) by each."""
    scene, objects = list[Floats](), list[Floats]()
    small, larger = fit(photo, SIDE), _within(photo)
    for quarters in range(4):
        last = _network().run(_batch(np.rot90(small, quarters)))[_MAP]
        scene.append(_told(last[0]))
        shown = np.rot90(larger, quarters) / np.float32(255)
        blocks = engine.load(OBJECTS, show_blocks).run(_batch(shown)).values()
        objects.append(np.concatenate([_told(block[0]) for block in blocks]))
    return np.stack(scene), np.stack(objects)


def _told(seen: Floats) -> Floats:
    """Of a map (values, h, w): its mean, how its upper third differs from the lower one, and how
    much left and right differ, as they do where a photo lies on its side.
    """
    height, width = seen.shape[1:]
    down, across = -(-height // 3), -(-width // 3)
    upper, lower = seen[:, :down].mean((1, 2)), seen[:, -down:].mean((1, 2))
    left, right = seen[..., :across].mean((1, 2)), seen[..., -across:].mean((1, 2))
    return np.concatenate([seen.mean((1, 2)), upper - lower, np.abs(left - right)])


def _within(photo: Pixels) -> Pixels:
    """At LONGEST, sides multiples of what the detector wants."""
    factor = LONGEST / max(photo.shape[:2])
    width, height = (
        max(STRIDE, round(side * factor / STRIDE) * STRIDE) for side in photo.shape[1::-1]
    )
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(photo, (width, height), interpolation=how), np.uint8)


def _batch(picture: NDArray[np.generic]) -> Floats:
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)


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
