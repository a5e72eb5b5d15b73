"""Categories of a photo, from the scene network, the objects on it and the faces on it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.engine import Engine
from ml.results import Category, Face, Tag

NAMES = (
    "nature",
    "urban",
    "indoor",
    "portrait",
    "group photo",
    "food",
    "animal",
    "vehicle",
    "sport",
    "document",
    "night",
    "water",
    "beach",
    "mountain",
    "forest",
    "sunset",
    "snow",
    "flowers",
    "building",
    "street",
    "artwork",
)
FUSION = Path(__file__).parent / "data" / "scene_fusion.json"
SIDE = 288  # the network sees about SIDE² pixels
STRIDE = 32
MIN_OBJECT = 0.25  # weaker boxes say more of the detector than of the photo
MIN_FACE = 0.7


def _kind(*names: str) -> frozenset[str]:
    return frozenset(names)


# Kinds of COCO's classes that speak for or against a category.
KINDS = {
    "animal": _kind(
        "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe"
    ),
    "vehicle": _kind("bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat"),
    "dish": _kind(
        "banana",
        "apple",
        "sandwich",
        "orange",
        "broccoli",
        "carrot",
        "hot dog",
        "pizza",
        "donut",
        "cake",
    ),
    "tableware": _kind(
        "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "dining table"
    ),
    "sport": _kind(
        "frisbee",
        "skis",
        "snowboard",
        "sports ball",
        "baseball bat",
        "baseball glove",
        "skateboard",
        "surfboard",
        "tennis racket",
    ),
    "snow gear": _kind("skis", "snowboard"),
    "boat": _kind("boat", "surfboard"),
    "furniture": _kind(
        "chair",
        "couch",
        "bed",
        "dining table",
        "toilet",
        "tv",
        "laptop",
        "keyboard",
        "mouse",
        "microwave",
        "oven",
        "refrigerator",
        "sink",
    ),
    "plant": _kind("potted plant", "vase"),
    "street furniture": _kind(
        "traffic light", "fire hydrant", "stop sign", "parking meter", "bench"
    ),
    "book": _kind("book", "laptop", "cell phone", "tv"),
    "traffic": _kind("car", "bus", "truck", "motorcycle", "bicycle"),
}
EVIDENCE = (
    *(f"scene {name}" for name in NAMES),
    *(f"{kind} {what}" for kind in KINDS for what in ("confidence", "area", "count")),
    *(
        f"{who} {what}"
        for who in ("person", "face")
        for what in ("one", "several", "many", "area", "second area")
    ),
    "person confidence",
    "upright format",
)


def fit(view: NDArray[np.uint8], side: int = SIDE) -> NDArray[np.uint8]:
    """Resize a (H, W, 3) view to about side² pixels.

    Both sides become multiples of 32, so the aspect is kept up to that rounding.
    """
    height, width = view.shape[:2]
    scale = side / (height * width) ** 0.5
    size = [max(STRIDE, round(length * scale / STRIDE) * STRIDE) for length in (width, height)]
    return cv2.resize(view, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def evidence(
    logits: NDArray[np.float32], tags: Sequence[Tag], faces: Sequence[Face], size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return what the fusion weighs, in the order of EVIDENCE.

    `logits` is (categories,) of the scene network, `size` width and height of the upright photo,
    in whose pixels the boxes of tags and faces are. Areas count as the root of their share of the
    photo, 0 to 1.
    """
    whole = float(size[0] * size[1])
    seen = [tag for tag in tags if tag.confidence >= MIN_OBJECT]
    values: list[float] = [float(value) for value in logits]
    for members in KINDS.values():
        found = [tag for tag in seen if tag.name in members]
        values += [
            max((tag.confidence for tag in found), default=0.0),
            max((_extent(tag.box, whole) for tag in found), default=0.0),
            min(len(found), 5) / 5,
        ]
    people = [tag for tag in seen if tag.name == "person"]
    values += _crowd([_extent(tag.box, whole) for tag in people])
    values += _crowd([_extent(face.box, whole) for face in faces if face.score >= MIN_FACE])
    values += [max((tag.confidence for tag in people), default=0.0), float(size[1] > size[0])]
    return np.array(values, np.float32)


def _extent(box: tuple[float, float, float, float], whole: float) -> float:
    return float(min(1.0, max(0.0, box[2] * box[3] / whole)) ** 0.5)


def _crowd(extents: list[float]) -> list[float]:
    """One, several, many; the largest; the second beside the largest: two equal heads make a
    group.
    """
    ordered = sorted(extents, reverse=True)
    first = ordered[0] if ordered else 0.0
    second = ordered[1] / first if len(ordered) > 1 and first > 0 else 0.0
    count = len(ordered)
    return [float(count == 1), float(count > 1), min(count, 10) / 10, first, second]


@dataclass(frozen=True)
class Fusion:
    """A calibrated logistic model for each category over the evidence.

    `weights` is (categories, evidence), `bias` (categories,). `suggest` is the confidence from
    which a category has its best F1; the one from which it is precise stands in ml.tagging.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    suggest: dict[str, float]

    def probabilities(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn evidence (..., evidence) into probabilities (..., categories)."""
        odds = np.clip(values @ self.weights.T + self.bias, -30, 30)
        return np.asarray(1 / (1 + np.exp(-odds)), np.float32)


@cache
def fusion(path: Path = FUSION) -> Fusion:
    """Read the committed fusion; raises ValueError when it belongs to other evidence than this
    code's.
    """
    stored = json.loads(path.read_text("utf-8"))
    rows = stored["categories"]
    if tuple(stored["evidence"]) != EVIDENCE or tuple(rows) != NAMES:
        raise ValueError(
            f"{path.name} was made for other evidence; run: python -m ml train categories"
        )
    return Fusion(
        np.array([row["weights"] for row in rows.values()], np.float32),
        np.array([row["bias"] for row in rows.values()], np.float32),
        {name: row["suggest"] for name, row in rows.items()},
    )


class SceneHead:
    """The scene network and its fusion with objects and faces; raises WeightsError where the
    network is missing.
    """

    def __init__(self, network: Engine | None = None) -> None:
        self._network = network or engine.load("scene")
        self._fusion = fusion()

    def look(self, view: NDArray[np.uint8]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Run the network on a (H, W, 3) uint8 sRGB view: logits (categories,), embedding (1280,)
        of length 1.
        """
        batch = np.ascontiguousarray(fit(view).transpose(2, 0, 1)[None], np.float32)
        output = self._network.run(batch)
        return output["logits"][0], output["embedding"][0]

    def probabilities(
        self,
        view: NDArray[np.uint8],
        tags: Sequence[Tag],
        faces: Sequence[Face],
        size: tuple[int, int],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the calibrated probability of each of NAMES and the photo's embedding; arguments
        as for predict.
        """
        logits, embedding = self.look(view)
        return self._fusion.probabilities(evidence(logits, tags, faces, size)), embedding

    def predict(
        self,
        view: NDArray[np.uint8],
        tags: Sequence[Tag],
        faces: Sequence[Face],
        size: tuple[int, int],
    ) -> tuple[tuple[Category, ...], NDArray[np.float32]]:
        """Return the categories worth suggesting, surest first, and the photo's embedding.

        `view` is (H, W, 3) uint8 sRGB, upright, any size; `tags` carry the detector's own
        confidences; `size` is the width and height of the photo in whose pixels the boxes of tags
        and faces lie.
        """
        values, embedding = self.probabilities(view, tags, faces, size)
        found = [
            Category(name, float(value))
            for name, value in zip(NAMES, values, strict=True)
            if value >= self._fusion.suggest[name]
        ]
        return tuple(sorted(found, key=lambda category: -category.confidence)), embedding
