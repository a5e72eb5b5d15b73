"""Group photos made by script: forty portraits of LFW on one backdrop, with the boxes known.

No detector has a say in the truth. Deep-funneled LFW brings every face to the same place of its 250
× 250 pixels, so that one box, read by eye off the mean of the photos (the hairline at 66 px, the
chin at 182, the cheeks at 84 and 166), is each one's. Only an oval around the head is taken, since
other people look over many a shoulder there.
"""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as PILImage

from ml.evaluate.labelled_faces import TINY_PX, LabelledPhoto
from ml.image import Image

PORTRAIT_SIDE = 250
FACES = 40
_COLUMNS, _ROWS = 8, 5
_CELL = (200, 240)
_WIDTHS_PX = (14, 18, 24, 32, 45, 65, 90, 110)  # of the faces, one for each collage in turn
_SPREAD = 0.15
_MIDDLE = np.array([125.0, 124.0])
_FACE = np.array([41.0, 58.0])  # half axes of the face in the portrait
_HEAD = np.array([58.0, 80.0])  # and of the oval that is taken of it
_TURN_DEG = 15.0
_OVERLAP = 0.12  # of a head that may reach over its neighbour's place


def collage(
    portraits: Sequence[Path], number: int, rng: np.random.Generator, path: Path
) -> LabelledPhoto:
    """Write a collage of these portraits as a JPEG of 1600 × 1200; returns it with its boxes.

    `number` chooses the size of its faces. Those in lower rows lie above those in upper ones.
    """
    canvas = _backdrop(_CELL[0] * _COLUMNS, _CELL[1] * _ROWS, rng)
    width = _WIDTHS_PX[number % len(_WIDTHS_PX)]
    boxes = []
    for place, portrait in enumerate(portraits):
        scale = width * rng.uniform(1 - _SPREAD, 1 + _SPREAD) / (2 * _FACE[0])
        room = np.maximum((np.array(_CELL) - 2 * _HEAD * scale) / 2, 0) + _OVERLAP * _HEAD * scale
        cell = np.array([place % _COLUMNS + 0.5, place // _COLUMNS + 0.5]) * _CELL
        centre = cell + rng.uniform(-room, room)
        degrees = float(rng.uniform(-_TURN_DEG, _TURN_DEG))
        with PILImage.open(portrait) as photo:
            _paste(canvas, np.asarray(photo.convert("RGB")), centre, scale, degrees)
        reach = _reach(_FACE * scale, degrees)
        boxes.append(np.concatenate([centre - reach, centre + reach]))
    PILImage.fromarray(canvas).save(path, quality=90)
    table = np.array(boxes).reshape(-1, 4)
    tiny = (table[:, 2:] - table[:, :2]).min(axis=1, initial=np.inf) < TINY_PX
    return LabelledPhoto(path, table[~tiny], table[tiny], np.zeros((0, 4)))


def _reach(axes: NDArray[np.float64], degrees: float) -> NDArray[np.float64]:
    """Return half the width and height of the upright box around a turned ellipse."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.asarray(np.hypot(axes * cosine, axes[::-1] * sine), np.float64)


def _paste(
    canvas: Image,
    portrait: Image,
    centre: NDArray[np.float64],
    scale: float,
    degrees: float,
) -> None:
    """Lay the head of a portrait on the canvas, with a soft edge."""
    oval = np.zeros(portrait.shape[:2], np.float32)
    middle = (round(_MIDDLE[0]), round(_MIDDLE[1]))
    axes = (round(_HEAD[0]), round(_HEAD[1]))
    cv2.ellipse(oval, middle, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    soft = cv2.GaussianBlur(oval, (0, 0), 3)
    blur = max(0.5 / scale - 0.5, 0)  # before it is made smaller, so that nothing aliases
    if blur > 0:
        portrait = np.asarray(cv2.GaussianBlur(portrait, (0, 0), blur), np.uint8)
    matrix = cv2.getRotationMatrix2D((float(_MIDDLE[0]), float(_MIDDLE[1])), -degrees, scale)
    half = float(_HEAD.max()) * scale + 8
    low = np.floor(np.maximum(centre - half, 0)).astype(int)
    high = np.ceil(np.minimum(centre + half, [canvas.shape[1], canvas.shape[0]])).astype(int)
    matrix[:, 2] += centre - _MIDDLE - low
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    there = cv2.warpAffine(soft, matrix, size)[:, :, None]
    laid = cv2.warpAffine(portrait, matrix, size)
    under = canvas[low[1] : high[1], low[0] : high[0]]
    under[:] = np.rint(under * (1 - there) + laid * there).astype(np.uint8)


def _backdrop(width: int, height: int, rng: np.random.Generator) -> Image:
    """Return a backdrop: clouds of several sizes between two colours, at times stripes or tiles."""
    field = np.zeros((height, width), np.float32)
    for cells in (3, 12, 50, 200):
        noise = rng.normal(0, 1, (cells, cells)).astype(np.float32)
        grown = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        field += grown * float(rng.uniform(0.1, 1)) / np.sqrt(cells)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    period = rng.uniform(12, 120, 2)
    pattern = int(rng.integers(3))
    if pattern > 0:
        field += 0.3 * np.sign(np.sin(x * np.float32(2 * np.pi / period[0])))
    if pattern > 1:
        field += 0.3 * np.sign(np.sin(y * np.float32(2 * np.pi / period[1])))
    share = (1 / (1 + np.exp(-2 * field)))[:, :, None]
    one, other = rng.uniform(0, 255, (2, 3))
    grain = rng.normal(0, rng.uniform(0, 6), (height, width, 1))
    mixed = one * share + other * (1 - share) + grain
    return np.asarray(np.clip(mixed, 0, 255), np.uint8)
