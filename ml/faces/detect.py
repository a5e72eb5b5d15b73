"""Face detection by YuNet (Wu et al., YuNet: A Tiny Millisecond-level Face Detector, 2023)."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.engine import Tensor
from ml.graph import free_size
from ml.stages.letterbox import letterbox
from ml.stages.tags import suppress

NETWORK = "yunet"
# The network sees faces of about 10 to 500 px: the small view is for those that fill the photo.
SIDES = (960, 320)
_MIRRORED = 0.15  # width of the mirrored margin, of the long side
_CUT_PX = 24.0  # width from which a cut face is believed; a whole one and its image look alike
_STRIDES = (8, 16, 32)
_MAX_IOU = 0.3
_MAX_FACES = 200


@dataclass(frozen=True, slots=True)
class Detection:
    """A face in pixels of the view: corners (x1, y1, x2, y2), score 0..1, landmarks (5, 2) from
    left to right.
    """

    corners: NDArray[np.float32]
    score: float
    landmarks: NDArray[np.float32]

    def scaled(self, factor: float) -> "Detection":
        """Return it in pixels of a view that is that much larger."""
        corners, landmarks = self.corners * factor, self.landmarks * factor
        return Detection(corners.astype(np.float32), self.score, landmarks.astype(np.float32))


def detect(
    view: NDArray[np.uint8], sides: tuple[int, ...] = SIDES, min_score: float = 0.7
) -> list[Detection]:
    """Find faces in a (H, W, 3) uint8 RGB view, best first, at most 200.

    The view is brought to a long side of each of `sides`, but never enlarged, and what is found at
    several of them counts once; the last is looked at with its mirror images around it, for faces
    that the photo's edge cuts in two. Raises WeightsError when the network is missing.
    """
    longest = max(view.shape[:2])
    *scales, last = (min(side, longest) for side in sides)
    looks = [detect_at(view, side, min_score) for side in dict.fromkeys(scales)]
    looks.append(_with_mirrors(view, last, min_score))
    return best(view, *(np.concatenate(part) for part in zip(*looks, strict=True)))


def _with_mirrors(
    view: NDArray[np.uint8], side: int, min_score: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Detect in a view with its mirror images around it; what lies in those is left out."""
    scale = side / max(view.shape[:2])
    size = (max(1, round(view.shape[1] * scale)), max(1, round(view.shape[0] * scale)))
    small = np.asarray(cv2.resize(view, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    margin = round(_MIRRORED * side)
    wide = mirrored(small, margin, margin, margin, margin)
    corners, scores, landmarks = detect_at(wide, max(wide.shape[:2]), min_score)
    by = (np.array([view.shape[1], view.shape[0]]) / size).astype(np.float32)
    corners, landmarks = corners - margin, landmarks - margin
    centre = (corners[:, :2] + corners[:, 2:]) / 2
    inside = ((centre >= 0) & (centre <= size)).all(axis=1)
    whole = ((corners[:, :2] >= 0) & (corners[:, 2:] <= size)).all(axis=1)
    large = corners[:, 2] - corners[:, 0] >= _CUT_PX
    kept = inside & (whole | large)
    return corners[kept] * np.tile(by, 2), scores[kept], landmarks[kept] * np.tile(by, 5)


def mirrored(
    view: NDArray[np.uint8], top: int, bottom: int, left: int, right: int
) -> NDArray[np.uint8]:
    """Return a view with margins of that many pixels, filled with its mirror image."""
    wide = cv2.copyMakeBorder(view, top, bottom, left, right, cv2.BORDER_REFLECT)
    return np.asarray(wide, np.uint8)


def best(
    view: NDArray[np.uint8], corners: Tensor, scores: Tensor, landmarks: Tensor
) -> list[Detection]:
    """Return each face once, best first, at most 200, out of overlapping detections in a view:
    corners (N, 4), scores (N,), landmarks (N, 10).
    """
    order = np.argsort(-scores, kind="stable")
    corners, scores, landmarks = corners[order], scores[order], landmarks[order]
    kept = suppress(corners, np.zeros(len(corners), dtype=np.int64), _MAX_IOU)[:_MAX_FACES]
    limit = np.array([view.shape[1], view.shape[0]] * 2, dtype=np.float32)
    return [
        Detection(np.clip(corner, 0, limit), float(score), points.reshape(5, 2))
        for corner, score, points in zip(corners[kept], scores[kept], landmarks[kept], strict=True)
    ]


def detect_at(
    view: NDArray[np.uint8], side: int, min_score: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Run the network once, on the view brought to a long side of `side`, enlarged where need be.

    Returns corners (N, 4), scores (N,) and landmarks (N, 10) in pixels of the view, overlapping.
    """
    canvas, place = letterbox(view, side, _STRIDES[-1])
    batch = np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None], dtype=np.float32)
    outputs = engine.load(NETWORK, free_size).run(batch)
    corners, scores, landmarks = decode(outputs, canvas.shape[1], min_score)
    return place.to_picture(corners), scores, place.to_picture(landmarks)


def decode(
    outputs: dict[str, Tensor], width: int, min_score: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Turn raw outputs for a canvas of that width into corners (N, 4), scores (N,) and landmarks
    (N, 10).
    """
    corners, scores, landmarks = [], [], []
    for stride in _STRIDES:
        score = np.sqrt(
            np.clip(outputs[f"cls_{stride}"][0, :, 0], 0, 1)
            * np.clip(outputs[f"obj_{stride}"][0, :, 0], 0, 1)
        )
        cells = np.flatnonzero(score >= min_score)
        rows, columns = np.divmod(cells, width // stride)
        origin = np.stack([columns, rows], axis=1).astype(np.float32)
        box = outputs[f"bbox_{stride}"][0, cells]
        centre, half = (
            (box[:, :2] + origin) * stride,
            np.exp(np.clip(box[:, 2:], -10, 10)) * (stride / 2),
        )
        corners.append(np.concatenate([centre - half, centre + half], axis=1))
        landmarks.append((outputs[f"kps_{stride}"][0, cells] + np.tile(origin, 5)) * stride)
        scores.append(score[cells])
    return (
        np.concatenate(corners).astype(np.float32),
        np.concatenate(scores).astype(np.float32),
        np.concatenate(landmarks).astype(np.float32),
    )
