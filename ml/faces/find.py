"""Finding the faces of a photo: in a small view, then in larger ones if faces are small in it."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.faces.detect import SIDES, Detection, best, detect, detect_at
from ml.faces.second_look import confirm
from ml.image import Image, Picture

MIN_SCORE = 0.51  # after the second look
_CANDIDATE = 0.4  # below it, faces are too rare among what resembles one
_SMALL_PX = 20.0  # a face this narrow in a view has company that the view is too small for
_GAIN = 1.2  # a view that is larger by less shows nothing new
_TINY_PX = 16.0  # below it many are missed at a photo's own size
_LEAST_PX = 9.0  # what is smaller is drawn figures and texture as often as faces
_ENLARGED_SCORE = 0.65
_ENLARGED = 2048  # long side of a photo that may be enlarged; a larger one has its faces larger
_TILE, _OVERLAP = 1024, 128
_ASKEW, _ASKEW_SIDE = (-40.0, 40.0), 320  # turns of a photo in which nobody is seen, its long side
_ASKEW_SCORE = 0.8  # clouds and animals reach 0.71, faces 0.9
_EDGE_PX = 3.0  # a face this near a tile's edge is cut off by it; the neighbour has it whole


def find(picture: Picture, view_side: int) -> list[Detection]:
    """Find the faces of a photo, in pixels of the upright photo at full size, best first.

    A face that is small in the view of 960 px brings a pass over the view of `view_side`, which is
    decoded already, one that is small in that a pass over the full photo in tiles, and a tiny one
    in a small photo a pass at twice its size. A photo in which nobody is seen is looked at turned:
    somebody may lie, or hold the camera askew. Raises WeightsError when the network is missing,
    ImageError when the photo turns out damaged.
    """
    view = picture.view(view_side)
    found = _sure(view, detect(picture.view(max(SIDES)), SIDES, _CANDIDATE), picture, max(SIDES))
    longest = max(picture.size)
    if not found:
        askew = _askew(picture.view(max(SIDES)))
        return _sure(view, askew, picture, max(SIDES), _ASKEW_SCORE)
    seen = min(max(SIDES), longest)
    for side in (min(view_side, longest), longest):
        if side < seen * _GAIN or not _any_small(found, seen / longest):
            break
        if side == longest and longest > view_side:
            view = picture.full()
        scale = longest / max(view.shape[:2])
        known = [face.scaled(1 / scale) for face in found]
        merged = _merged(view, known + confirm(view, tiled(view), MIN_SCORE))
        found = [face.scaled(scale) for face in merged]
        seen = side
    if longest <= _ENLARGED and any(_width(face) < _TINY_PX for face in found):
        found = _enlarged(picture.full(), found)
    return found


def _enlarged(view: Image, known: list[Detection]) -> list[Detection]:
    """Look for more small faces in a small photo at twice its size, where the network sees them."""
    size = (2 * view.shape[1], 2 * view.shape[0])
    large = np.asarray(cv2.resize(view, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    small = [face.scaled(0.5) for face in tiled(large)]
    small = [face for face in small if _LEAST_PX <= _width(face) < _SMALL_PX]
    return _merged(view, known + confirm(view, small, _ENLARGED_SCORE))


def _askew(view: Image) -> list[Detection]:
    """Find candidates in a (H, W, 3) view that is turned either way, in pixels of the view."""
    scale = min(1.0, _ASKEW_SIDE / max(view.shape[:2]))
    width, height = (max(1, round(side * scale)) for side in view.shape[1::-1])
    small = cv2.resize(view, (width, height), interpolation=cv2.INTER_AREA)
    found = []
    for degrees in _ASKEW:
        turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1)
        turned = np.asarray(cv2.warpAffine(small, turn, (width, height)), np.uint8)
        corners, scores, points = detect_at(turned, max(width, height), _ASKEW_SCORE)
        half = (corners[:, 2:] - corners[:, :2]) / 2
        back = cv2.invertAffineTransform(turn)
        centre = (corners[:, :2] + half) @ back[:, :2].T + back[:, 2]
        points = points.reshape(-1, 5, 2) @ back[:, :2].T + back[:, 2]
        found.append((np.hstack([centre - half, centre + half]), scores, points.reshape(-1, 10)))
    corners, scores, points = (np.concatenate(part) for part in zip(*found, strict=True))
    return best(
        view,
        np.asarray(corners / scale, np.float32),
        scores,
        np.asarray(points / scale, np.float32),
    )


def _sure(
    view: Image,
    found: list[Detection],
    picture: Picture,
    side: int,
    min_score: float = MIN_SCORE,
) -> list[Detection]:
    """Confirm in `view` what was found in the view of `side`; returns pixels of the full photo."""
    longest = max(picture.size)
    first = max(picture.view(side).shape[:2])
    scale = max(view.shape[:2]) / first
    sure = confirm(view, [face.scaled(scale) for face in found], min_score)
    return [face.scaled(longest / max(view.shape[:2])) for face in sure]


def tiled(view: Image) -> list[Detection]:
    """Find candidates in a (H, W, 3) view tile by tile at its own size, best first."""
    height, width = view.shape[:2]
    parts = [_in_tile(view, x, y) for x in _starts(width) for y in _starts(height)]
    corners, scores, landmarks = (np.concatenate(part) for part in zip(*parts, strict=True))
    return best(view, corners, scores, landmarks)


def _in_tile(
    view: Image, x: int, y: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Detect in the tile at x, y; what its inner edges cut off is left to the neighbours."""
    tile = view[y : y + _TILE, x : x + _TILE]
    height, width = tile.shape[:2]
    corners, scores, landmarks = detect_at(tile, max(height, width), _CANDIDATE)
    whole = np.ones(len(corners), dtype=bool)
    if x > 0:
        whole &= corners[:, 0] > _EDGE_PX
    if y > 0:
        whole &= corners[:, 1] > _EDGE_PX
    if x + width < view.shape[1]:
        whole &= corners[:, 2] < width - _EDGE_PX
    if y + height < view.shape[0]:
        whole &= corners[:, 3] < height - _EDGE_PX
    place = np.array([x, y], dtype=np.float32)
    return (
        corners[whole] + np.tile(place, 2),
        scores[whole],
        landmarks[whole] + np.tile(place, 5),
    )


def _starts(length: int) -> list[int]:
    """Return where tiles begin along a side, the last one flush with its end."""
    if length <= _TILE:
        return [0]
    last = length - _TILE
    count = -(-last // (_TILE - _OVERLAP))
    return [round(last * step / count) for step in range(count + 1)]


def _merged(view: Image, found: list[Detection]) -> list[Detection]:
    return best(
        view,
        np.array([face.corners for face in found], dtype=np.float32).reshape(-1, 4),
        np.array([face.score for face in found], dtype=np.float32),
        np.array([face.landmarks for face in found], dtype=np.float32).reshape(-1, 10),
    )


def _any_small(found: list[Detection], scale: float) -> bool:
    return any(_width(face) * scale < _SMALL_PX for face in found)


def _width(face: Detection) -> float:
    return float(face.corners[2] - face.corners[0])
