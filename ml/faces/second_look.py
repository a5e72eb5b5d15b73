"""A closer look at what may be a face: the detector runs again on that place alone.

A thing that resembles a face at one size seldom does at three; a face does. The looks show it 64,
32 and 40 px wide, the last among its surroundings; they tell faces from helmets, flowers and cups
better than the first score does, which weighs little (ml/cards/yunet.md has the figures).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.engine import Tensor
from ml.faces.detect import Detection, detect_at, mirrored

SURE = 0.88  # a first score from which nothing is looked at again
_LOOKS = ((160, 1.25), (64, 1.0), (160, 2.0))  # side of the look in px, reach in face sizes
_FIRST = 0.3  # weight of the first score
_LEAST = 0.05
_MIN_IOU = 0.35
_POINTS = ((112, 1.0), (160, 1.0))
_POINTS_SCORE, _POINTS_IOU = 0.3, 0.45
_TURNED = 10.0  # degrees from which a face is brought upright for the look
# What the detector says of a face that is turned by 20 to 50 degrees: hardly less, hardly any turn.
_ASKEW, _ASKEW_SCORE = 4.0, 0.91
_STEP, _STEPS, _STEP_IOU = 22.0, 3, 0.3
_BETTER = 0.007  # by how much a turned look must score better: by less, upright faces lose by it


def confirm(view: NDArray[np.uint8], found: list[Detection], min_score: float) -> list[Detection]:
    """Return the detections that are faces after a second look, with their new scores, best first.

    `found` are in pixels of the (H, W, 3) uint8 RGB `view`; a score below SURE becomes a weighted
    mean of the first and the looks', and must reach `min_score`. Raises WeightsError.
    """
    kept = []
    for face in found:
        if face.score < SURE:
            again = float(np.mean([_seen(view, face, *each) for each in _LOOKS]))
            score = _FIRST * face.score + (1 - _FIRST) * again
        else:
            score = face.score
        if score >= min_score:
            kept.append(Detection(face.corners, score, face.landmarks))
    return sorted(kept, key=lambda face: -face.score)


def landmarks(view: NDArray[np.uint8], face: Detection) -> NDArray[np.float32]:
    """Return the (5, 2) landmarks of a face in a view as closer looks have them.

    The detector's points are poor on a face that is turned: one that may be so is turned step by
    step while it scores better, then looked at upright, twice. The mean of those looks that find
    the same face; its own where none does.
    """
    points, score = _points(view, face, _POINTS)
    if min(score, face.score) >= _ASKEW_SCORE and abs(roll(face.landmarks)) <= _ASKEW:
        return points
    turned = Detection(face.corners, face.score, _turned(view, face))
    if abs(roll(turned.landmarks)) > _TURNED:
        nearly = _points(view, turned, _POINTS[1:])[0]
        return _points(view, replace(turned, landmarks=nearly), _POINTS)[0]
    return points if abs(roll(face.landmarks)) <= _TURNED else _points(view, turned, _POINTS)[0]


def roll(points: NDArray[np.floating]) -> float:
    """Return by how many degrees the eyes of (5, 2) landmarks are turned, clockwise positive."""
    x, y = points[1] - points[0]
    return float(np.degrees(np.arctan2(y, x)))


def _turned(view: NDArray[np.uint8], face: Detection) -> NDArray[np.float32]:
    """Return the landmarks at the turn at which a face scores best; its own where none sees it."""
    best = _turned_by(view, face, 0.0)
    for way in (-_STEP, _STEP):
        for step in range(1, _STEPS + 1):
            found = _turned_by(view, face, way * step)
            if found[0] <= best[0] + (_BETTER if step == 1 else 0.0):
                break
            best = found
    return best[1]


def _turned_by(
    view: NDArray[np.uint8], face: Detection, degrees: float
) -> tuple[float, NDArray[np.float32]]:
    """Return a face's score at this turn, and its landmarks; its own where it is not seen."""
    place, corners, scores, points = _look(view, face, *_POINTS[0], degrees)
    scores = np.where(overlap(place.inside(face.corners), corners) > _STEP_IOU, scores, 0)
    if scores.max(initial=0) <= _POINTS_SCORE:
        return 0.0, face.landmarks
    best = scores.argmax()
    return float(scores[best]), place.outside(points[best].reshape(5, 2)).astype(np.float32)


def _points(
    view: NDArray[np.uint8], face: Detection, looks: Sequence[tuple[int, float]]
) -> tuple[NDArray[np.float32], float]:
    """Return the mean landmarks of these looks, and the least of their scores."""
    turned = roll(face.landmarks)
    found, least = [], 1.0
    for side, reach in looks:
        degrees = turned if abs(turned) > _TURNED else 0.0
        place, corners, scores, points = _look(view, face, side, reach, degrees)
        scores = np.where(overlap(place.inside(face.corners), corners) > _POINTS_IOU, scores, 0)
        score = float(scores.max(initial=0))
        if score > _POINTS_SCORE:
            found.append(place.outside(points[scores.argmax()].reshape(5, 2)))
        least = min(least, score)
    if not found:
        return face.landmarks, least
    return np.mean(found, axis=0).astype(np.float32), least


def _seen(view: NDArray[np.uint8], face: Detection, side: int, reach: float) -> float:
    """Return the best score in this look, upright, that lies on the face, 0 where there is none."""
    turned = roll(face.landmarks)
    degrees = turned if abs(turned) > _TURNED else 0.0
    place, corners, scores, _ = _look(view, face, side, reach, degrees)
    there = overlap(place.inside(face.corners), corners) > _MIN_IOU
    return float(scores[there].max()) if there.any() else 0.0


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a look lies in the view: its corner, how much it is scaled, how it was turned."""

    corner: NDArray[np.float64]
    scale: float
    turn: NDArray[np.float64]  # (2, 3), about the middle of the look

    def inside(self, corners: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.asarray((corners - np.tile(self.corner, 2)) * self.scale, np.float64)

    def outside(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        back = np.linalg.inv(self.turn[:, :2])
        still = (points - self.turn[:, 2]) @ back.T
        return np.asarray((still + 0.5) / self.scale - 0.5 + self.corner, np.float64)


def _look(
    view: NDArray[np.uint8], face: Detection, side: int, reach: float, degrees: float = 0.0
) -> tuple[_Place, Tensor, Tensor, Tensor]:
    """Run the detector on the surroundings of a face, turned back by `degrees`; returns where they
    lie and what is there: corners (N, 4), scores (N,), landmarks (N, 10) in pixels of the look.
    """
    x1, y1, x2, y2 = (float(value) for value in face.corners)
    half = max(x2 - x1, y2 - y1, 1.0) * reach
    corner = np.rint([(x1 + x2) / 2 - half, (y1 + y2) / 2 - half])
    crop = _cut(view, corner.astype(int), max(1, round(2 * half)))
    shrinks = crop.shape[0] > side
    interpolation = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(crop, (side, side), interpolation=interpolation), np.uint8)
    middle = (side - 1) / 2
    turn = cv2.getRotationMatrix2D((middle, middle), degrees, 1)
    if degrees:
        edge = (114, 114, 114)
        turned = cv2.warpAffine(small, turn, (side, side), borderValue=edge)
        small = np.asarray(turned, np.uint8)
    place = _Place(corner, side / crop.shape[0], np.asarray(turn, np.float64))
    return place, *detect_at(small, side, _LEAST)


def _cut(view: NDArray[np.uint8], low: NDArray[np.int64], side: int) -> NDArray[np.uint8]:
    """Cut a square window out of a view, its mirror image where it reaches beyond the edge: so a
    face that the edge cuts in two has its other half.
    """
    limit = np.array([view.shape[1], view.shape[0]])
    first, last = np.clip(low, 0, limit - 1), np.clip(low + side, 1, limit)
    (left, top), (right, bottom) = first - low, low + side - last
    inner = view[first[1] : last[1], first[0] : last[0]]
    return mirrored(inner, int(top), int(bottom), int(left), int(right))


def overlap(one: NDArray[np.floating], others: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the intersection over union of one box (4,) with others (N, 4), as x1, y1, x2, y2."""
    low, high = np.maximum(one[:2], others[:, :2]), np.minimum(one[2:], others[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    areas = np.prod(others[:, 2:] - others[:, :2], axis=1) + np.prod(one[2:] - one[:2])
    return np.asarray(shared / np.maximum(areas - shared, 1e-9), dtype=np.float64)
