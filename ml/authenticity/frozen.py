"""What networks that were never trained for it see in a picture: the scene network in the whole at
two sizes, the detector of objects in its blocks, from texture to things.

A linear head on features that nobody bent towards a few generators holds up better with others
than a network that was (Ojha et al., Towards universal fake image detectors, CVPR 2023).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper

from ml import engine, scene
from ml.authenticity.statistics import statistics
from ml.graph import needed_only

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

NETWORK, OBJECTS = "scene", "yolo11n"
PARTS = ("whole", "objects", "statistics")
_WHOLES = (224, 352)  # px of the squares that have the area of what is seen
_LONGEST = 480  # px of the long side in which objects are looked for
_STRIDE = 32  # px
_TAPS = tuple(f"/model.{block}/cv2/act/Mul_output_0" for block in (4, 6, 8, 10))
_MAP = "/Clip_1_output_0.general"  # before its mean is taken
TINY = 1e-6  # of a variance


@dataclass(frozen=True)
class Layer:
    """What some of a part's values, from `start` on, are the means of: values (h, w, values); with
    `spread` their deviations follow the means.
    """

    part: str
    start: int
    places: Floats
    spread: bool


@dataclass(frozen=True)
class Features:
    """What was measured, `parts` by PARTS, and where: the finest of `layers` comes first."""

    parts: dict[str, Floats]
    layers: tuple[Layer, ...]


def features(picture: Pixels) -> Features:
    """Measure a picture (H, W, 3); raises WeightsError where a network is missing."""
    parts = dict[str, list[Floats]](whole=[], objects=[])
    layers = list[Layer]()
    for side in _WHOLES:
        mean, places = _whole(scene.fit(picture, side))
        layers.append(Layer("whole", sum(map(len, parts["whole"])), places, spread=False))
        parts["whole"].append(mean)
    for places in _objects(picture):
        layers.append(Layer("objects", sum(map(len, parts["objects"])), places, spread=True))
        parts["objects"] += [places.mean((0, 1)), np.sqrt(places.var((0, 1)) + TINY)]
    found = {part: np.concatenate(values) for part, values in parts.items()}
    return Features(found | {"statistics": statistics(picture)}, tuple(layers))


def _whole(picture: Pixels) -> tuple[Floats, Floats]:
    """The embedding (values,), and the map (h, w, values) whose mean it is."""
    found = engine.load(NETWORK, show_map).run(_batch(picture))
    mean, places = found["embedding"][0], found[_MAP][0]
    length = float(np.linalg.norm(places.mean((1, 2))))
    return mean, places.transpose(1, 2, 0) / max(length, TINY)


def _objects(picture: Pixels) -> list[Floats]:
    """Maps (h, w, values) of the detector's blocks."""
    factor = _LONGEST / max(picture.shape[:2])
    width, height = (
        max(_STRIDE, round(side * factor / _STRIDE) * _STRIDE) for side in picture.shape[1::-1]
    )
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    found = engine.load(OBJECTS, show_blocks).run(_batch(small) / np.float32(255))
    return [found[tap][0].transpose(1, 2, 0) for tap in _TAPS]


def _batch(picture: NDArray[np.generic]) -> Floats:
    return np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)


def show_map(model: ModelProto) -> None:
    """Let the scene network give what its embedding is the mean of, beside it."""
    _show(model, _MAP)


def show_blocks(model: ModelProto) -> None:
    """Let the detector give the maps of its blocks alone, and run nothing else."""
    del model.graph.output[:]
    for tap in _TAPS:
        _show(model, tap)
    needed_only(model)


def _show(model: ModelProto, name: str) -> None:
    shape = ["n", "values", f"down {name}", f"across {name}"]
    model.graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
