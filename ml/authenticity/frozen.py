"""What the scene network, which was never trained for it, sees in a picture: the whole at two
sizes, and fine texture at the size it has, as it is and without what is smooth.

A linear head on features that nobody bent towards a few generators holds up better with others
than a network that was (Ojha et al., Towards universal fake image detectors, CVPR 2023).
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from onnx import GraphProto, ModelProto, TensorProto, helper

from ml import engine, scene
from ml.authenticity.statistics import statistics

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

NETWORK = "scene"
PARTS = ("whole", "texture", "statistics")
CROP = 128  # px; no side of a picture may be shorter
_WHOLES = (224, 352)  # px of the squares that have the area of what is seen
_GRID = (2, 3)  # crops across the short side and the long one
_TAPS = (
    "/Clip_output_0",
    *(f"/_blocks.{block}/Add_output_0" for block in (2, 4, 7, 10)),
)
_POOLED = "pooled"
_MAP = "/Clip_1_output_0.general"  # before its mean is taken
_STRENGTH = 4.0  # of the residual, so that it spans what photos span


@dataclass(frozen=True)
class Features:
    """What was measured, `parts` by PARTS; `maps`: what the part "whole" is the mean of, values
    (h, w, values) for each of the sizes that were looked at.
    """

    parts: dict[str, Floats]
    maps: tuple[Floats, ...]


def features(picture: Pixels) -> Features:
    """Measure a picture (H, W, 3), sides of CROP px at least."""
    wholes = [_whole(scene.fit(picture, side)) for side in _WHOLES]
    textures = engine.load(NETWORK, pool_textures).run(_batch(_crops(picture)))[_POOLED]
    plain, residual = np.split(textures, 2)
    parts = {
        "whole": np.concatenate([mean for mean, _ in wholes]),
        "texture": np.concatenate([plain.mean(0), residual.mean(0)]),
        "statistics": statistics(picture),
    }
    return Features(parts, tuple(places for _, places in wholes))


def _whole(picture: Pixels) -> tuple[Floats, Floats]:
    """The embedding (values,), and the map (h, w, values) whose mean it is."""
    found = engine.load(NETWORK, show_map).run(_batch(picture[None]))
    mean, places = found["embedding"][0], found[_MAP][0]
    length = float(np.linalg.norm(places.mean((1, 2))))
    return mean, places.transpose(1, 2, 0) / max(length, 1e-6)


def _batch(pictures: NDArray[np.generic]) -> Floats:
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), np.float32)


def _crops(picture: Pixels) -> Floats:
    """Crops spread over a picture, then their residuals (2 × crops, CROP, CROP, 3)."""
    height, width = picture.shape[:2]
    down, across = _GRID if width >= height else _GRID[::-1]
    values = picture.astype(np.float32)
    residual = (values - cv2.blur(values, (3, 3))) * _STRENGTH + 127.0
    tops = np.linspace(0, height - CROP, down).astype(int)
    lefts = np.linspace(0, width - CROP, across).astype(int)
    return np.stack(
        [
            plane[top : top + CROP, left : left + CROP]
            for plane in (values, residual)
            for top in tops
            for left in lefts
        ]
    ).astype(np.float32, copy=False)


def show_map(model: ModelProto) -> None:
    """Let the network give what its embedding is the mean of, beside it."""
    shape = ["n", "values", "down", "across"]
    model.graph.output.append(helper.make_tensor_value_info(_MAP, TensorProto.FLOAT, shape))


def pool_textures(model: ModelProto) -> None:
    """Let the network give means and deviations of early blocks alone (N, values)."""
    graph = model.graph
    _constant(graph, "pool.tiny", 1e-6)
    pooled = [name for tap in _TAPS for name in _pool(graph, tap)]
    graph.node.append(helper.make_node("Concat", pooled, [_POOLED], axis=1))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info(_POOLED, TensorProto.FLOAT, ["n", "values"]))


def _pool(graph: GraphProto, tap: str) -> tuple[str, str]:
    def add(kind: str, inputs: list[str], name: str, **settings: Any) -> str:
        output = f"{tap}.{name}"
        graph.node.append(helper.make_node(kind, inputs, [output], **settings))
        return output

    middle = add("ReduceMean", [tap], "middle", axes=[2, 3], keepdims=1)
    away = add("Sub", [tap, middle], "away")
    square = add("Mul", [away, away], "square")
    variance = add("ReduceMean", [square], "variance", axes=[2, 3], keepdims=0)
    spread = add("Sqrt", [add("Add", [variance, "pool.tiny"], "positive")], "spread")
    return add("Flatten", [middle], "mean"), spread


def _constant(graph: GraphProto, name: str, value: float) -> None:
    graph.initializer.append(helper.make_tensor(name, TensorProto.FLOAT, [], [value]))
