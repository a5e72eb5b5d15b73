"""Which way up a photo is: the networks of scenes, faces and objects look at it four times, and a
linear head compares what they see.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from ml import weights
from ml.engine import Engine, OnnxEngine
from ml.errors import WeightsError
from ml.faces.detect import best, detect_at
from ml.graph import rewritten
from ml.scene import fit
from ml.stages.tags import find_tags
from ml.weights.store import sha256

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

HEAD = Path(__file__).parents[1] / "data" / "orientation_head.npz"
SIDE = 192  # the scene network sees about SIDE² pixels
FACES, OBJECTS = 384, 320  # long sides at which faces and objects are looked for
_FAINTEST_FACE, _FAINTEST_OBJECT = 0.3, 0.1
_PERSON = "person"
_MAP = "map"
DETECTED = 9  # features of faces and objects, which come last


@dataclass(frozen=True)
class Head:
    """A linear score of uprightness over features (FEATURES,), which are brought to a mean of 0 and
    a deviation of 1; four scores times `sharpness` make logits. Below a probability of `sure` it
    abstains; a turn is proposed from `turns` on, which hardly any upright photo reaches, and made
    without asking from `surest` on, which none did.
    """

    weights: Floats
    mean: Floats
    spread: Floats
    sharpness: float
    sure: float
    turns: float
    surest: float

    def probabilities(self, features: Floats) -> Floats:
        """Of each of the four turns, features (..., 4, FEATURES)."""
        scores = self.sharpness * (((features - self.mean) / self.spread) @ self.weights)
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
        return Head(
            told["weights"].astype(np.float32),
            told["mean"].astype(np.float32),
            told["spread"].astype(np.float32),
            *(float(told[name]) for name in ("sharpness", "sure", "turns", "surest")),
        )


def digest() -> str:
    """The sha256 of the committed head; WeightsError where it is missing."""
    head()
    return sha256(HEAD)


def orientation(photo: Pixels, judge: Head | None = None) -> Stands:
    """Say which way a photo (H, W, 3) stands; raises WeightsError without the scene network."""
    judge = judge or head()
    likely = judge.probabilities(features(photo))
    upright = int(likely.argmax())
    chance = float(likely[upright])
    # Turned anticlockwise by so many quarters, it stands upright.
    proposed = upright > 0 and chance >= judge.turns
    return Stands(90 * upright, chance, chance >= judge.sure, proposed)


def features(photo: Pixels) -> Floats:
    """What is seen of a photo turned anticlockwise by 0 to 3 quarters: the mean of the scene
    network's last map, how its upper third differs from its lower one, and how sure faces and
    objects are, (4, FEATURES).
    """
    small = fit(photo, SIDE)
    found = []
    for quarters in range(4):
        turned = np.rot90(small, quarters).transpose(2, 0, 1)[None]
        seen = _network().run(np.ascontiguousarray(turned, np.float32))[_MAP][0]
        third = -(-seen.shape[1] // 3)
        upper, lower = seen[:, :third].mean((1, 2)), seen[:, -third:].mean((1, 2))
        told = _detected(np.ascontiguousarray(np.rot90(photo, quarters)))
        found.append(np.concatenate([seen.mean((1, 2)), upper - lower, told]))
    return np.asarray(found, np.float32)


def _detected(photo: Pixels) -> Floats:
    """Scores of faces and objects, (DETECTED,): both are surest of themselves upright."""
    faces = best(photo, *detect_at(photo, FACES, _FAINTEST_FACE))
    sides = [np.sqrt(np.prod(each.corners[2:] - each.corners[:2])) for each in faces]
    scores = np.array([each.score for each in faces], np.float32)
    large = scores * np.array(sides, np.float32) / np.float32(max(photo.shape[:2]))
    tags = find_tags(photo, (photo.shape[1], photo.shape[0]), _FAINTEST_OBJECT, OBJECTS)
    sure = np.array([tag.confidence for tag in tags], np.float32)
    person = np.array([tag.name == _PERSON for tag in tags], np.bool_)
    others = sure[~person]
    both = [scores.max(initial=0), scores.sum(), large.max(initial=0)]
    both += [sure.max(initial=0), sure.sum(), (sure**2).sum(), sure[person].max(initial=0)]
    return np.array([*both, others.sum(), others.max(initial=0)], np.float32)


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
