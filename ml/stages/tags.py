"""Objects by a YOLO network: letterbox, run, decode, suppress doubles."""

import ast
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.engine import Engine, Tensor
from ml.errors import WeightsError
from ml.results import Box, Tag
from ml.stages import yolo_weights
from ml.stages.letterbox import letterbox

SIDE = 640
MIN_CONFIDENCE = 0.25
_STRIDE = 32
_MAX_IOU = 0.7
_MAX_CANDIDATES = 30_000
_MAX_DETECTIONS = 300
_NMS_FREE_COLUMNS = 6  # x1, y1, x2, y2, score, class


def find_tags(
    view: NDArray[np.uint8],
    size: tuple[int, int],
    min_confidence: float = MIN_CONFIDENCE,
    side: int = SIDE,
) -> tuple[Tag, ...]:
    """Find objects in a (H, W, 3) uint8 sRGB view of a photo whose full size is (width, height).

    The network looks at a long side of `side`; one of a fixed size at its own.

    Tags come in descending confidence. Raises WeightsError when the network is missing.
    """
    network = engine.load_file(yolo_weights.locate())
    names = class_names(network)
    shape = next(iter(network.inputs.values()))
    fixed = isinstance(shape[2], int)
    canvas, place = letterbox(view, SIDE if fixed else side, _STRIDE, square=fixed)
    batch = np.ascontiguousarray(canvas.transpose(2, 0, 1)[None], dtype=np.float32)
    batch *= np.float32(1 / 255)
    output = next(iter(network.run(batch).values()))[0]
    corners, scores, classes = decode(output, len(names), min_confidence)
    corners = place.to_picture(corners)
    scale = np.array([size[0] / view.shape[1], size[1] / view.shape[0]] * 2, dtype=np.float32)
    corners = np.clip(corners * scale, 0, np.array(size * 2, dtype=np.float32))
    return tuple(
        Tag(names[int(kind)], float(score), _box(corner))
        for corner, score, kind in zip(corners, scores, classes, strict=True)
    )


def _box(corners: NDArray[np.float32]) -> Box:
    x1, y1, x2, y2 = (float(value) for value in corners)
    return (round(x1, 2), round(y1, 2), round(x2 - x1, 2), round(y2 - y1, 2))


def class_names(network: Engine) -> dict[int, str]:
    """Return the names of a network's classes as its exporter wrote them."""
    return _parse_names(network.metadata.get("names", ""))


@lru_cache(maxsize=4)
def _parse_names(text: str) -> dict[int, str]:
    try:
        names = ast.literal_eval(text)
    except (ValueError, SyntaxError) as error:
        raise WeightsError(
            "the network does not name its classes; export it with ultralytics"
        ) from error
    if not isinstance(names, dict) or not names:
        raise WeightsError("the network does not name its classes; export it with ultralytics")
    return {int(key): str(value) for key, value in names.items()}


def decode(
    output: Tensor, classes: int, min_confidence: float
) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
    """Turn one photo's raw output into corners (N, 4), scores (N,) and classes (N,), best first, at
    most 300.

    (4 + classes, anchors) is the YOLO11 head, centre and size, still with doubles; (N, 6) is the
    NMS-free head of YOLO26, corners, score, class. Raises WeightsError for any other shape.
    """
    if output.ndim == 2 and output.shape[0] == 4 + classes:
        return _decode_dense(output, min_confidence)
    if output.ndim == 2 and output.shape[1] == _NMS_FREE_COLUMNS:
        kept = output[output[:, 4] > min_confidence]
        kept = kept[np.argsort(-kept[:, 4], kind="stable")][:_MAX_DETECTIONS]
        return kept[:, :4], kept[:, 4], kept[:, 5].astype(np.int64)
    raise WeightsError(
        f"the network's output {output.shape} is not that of a YOLO detector with {classes} classes"
    )


def _decode_dense(
    output: Tensor, min_confidence: float
) -> tuple[Tensor, Tensor, NDArray[np.int64]]:
    best = output[4:].max(axis=0)
    chosen = np.flatnonzero(best > min_confidence)
    chosen = chosen[np.argsort(-best[chosen], kind="stable")][:_MAX_CANDIDATES]
    kinds, scores = output[4:, chosen].argmax(axis=0), best[chosen]
    centre, half = output[:2, chosen].T, output[2:4, chosen].T / 2
    corners = np.concatenate([centre - half, centre + half], axis=1)
    kept = suppress(corners, kinds, _MAX_IOU)[:_MAX_DETECTIONS]
    return corners[kept], scores[kept], kinds[kept]


def suppress(corners: Tensor, kinds: NDArray[np.int64], max_iou: float) -> NDArray[np.int64]:
    """Greedy non-maximum suppression within each class.

    `corners` is (N, 4) as x1, y1, x2, y2, best first. Returns the indices that stay, best first.
    """
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    alive = np.ones(len(corners), dtype=bool)
    for index in range(len(corners)):
        if not alive[index]:
            continue
        rest = index + 1 + np.flatnonzero(alive[index + 1 :] & (kinds[index + 1 :] == kinds[index]))
        low = np.maximum(corners[rest, :2], corners[index, :2])
        high = np.minimum(corners[rest, 2:], corners[index, 2:])
        shared = np.prod(np.clip(high - low, 0, None), axis=1)
        alive[rest[shared > max_iou * (areas[rest] + areas[index] - shared)]] = False
    return np.flatnonzero(alive)
