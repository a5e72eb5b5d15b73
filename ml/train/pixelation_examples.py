"""Examples for training: photos with and without a mosaic, after resizing and JPEG."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.lookalikes import LOOKALIKES, saved_as_jpeg
from ml.degradations.mosaic import LARGEST, SMALLEST, Mosaic, Shape, draw

Pixels = NDArray[np.uint8]

MOSAICS: tuple[Shape, ...] = ("whole", "rectangle", "ellipse")
_ALIKE = 0.25  # of examples
_RESAMPLED = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_AREA)
_LEAST_CHANGE = 1.5  # grey levels; less of a change by the mosaic cannot be asked to be seen
_NEAR = 15  # px over which that change is averaged


@dataclass(frozen=True)
class Mix:
    """How many examples have a mosaic, of which of MOSAICS, and how many are resized and saved as
    JPEG afterwards.
    """

    mosaics: float = 0.45
    shapes: tuple[float, float, float] = (0.3, 0.4, 0.3)
    resized: float = 0.4
    saved: float = 0.65


USUAL = Mix()
# Parts under JPEG and a resize are what is missed; whole photos mostly need no network.
HARD = Mix(0.5, (0.15, 0.5, 0.35), 0.55, 0.75)


@dataclass(frozen=True)
class Example:
    """A picture and where it is a mosaic: `mask` (H, W); where `unsure` (H, W), a mosaic changed
    nothing that could be seen, or fades.
    """

    image: Pixels
    mask: NDArray[np.bool_]
    unsure: NDArray[np.bool_]
    kind: str
    mosaic: Mosaic | None = None


def example(
    photo: Pixels, rng: np.random.Generator, longest: int = 800, mix: Mix = USUAL
) -> Example:
    """One picture of at most `longest` px out of a photo: with a mosaic as often as `mix` says,
    25 % lookalikes, the rest as they are.
    """
    photo = _view(photo, rng, longest)
    chance = rng.random()
    if chance < mix.mosaics:
        shape = MOSAICS[rng.choice(3, p=mix.shapes)]
        mosaic = draw((photo.shape[1], photo.shape[0]), rng, shape, _blocks(shape, rng))
        return finished(photo, mosaic, rng, mix)
    kind = "photo"
    if chance > 1 - _ALIKE:
        kind = str(rng.choice(list(LOOKALIKES)))
        photo = LOOKALIKES[kind](photo, rng)
    if kind in ("photo", "screenshot", "brick", "fence", "fabric", "table") or rng.random() < 0.3:
        photo, _ = _used(photo, np.zeros(photo.shape[:2], np.float32), rng, mix)
    nowhere = np.zeros(photo.shape[:2], bool)
    return Example(photo, nowhere, nowhere, kind)


def _blocks(shape: Shape, rng: np.random.Generator) -> tuple[float, float]:
    """The range of block sizes: whole photos are mostly enlarged by a little, and small blocks over
    a part are the hardest to see.
    """
    small = rng.random() < (0.5 if shape == "whole" else 0.3)
    return (SMALLEST, 4.0) if small else (SMALLEST, LARGEST)


def finished(photo: Pixels, mosaic: Mosaic, rng: np.random.Generator, mix: Mix = USUAL) -> Example:
    """The photo with a mosaic, as it is handed on: often resized, saved as JPEG, or both."""
    covered = mosaic.apply(photo)
    share = mosaic.coverage((photo.shape[1], photo.shape[0]))
    change = cv2.absdiff(covered, photo).max(2).astype(np.float32)
    seen = cv2.blur(change, (_NEAR, _NEAR)) > _LEAST_CHANGE
    image, two = _used(covered, np.dstack([share, seen.astype(np.float32)]), rng, mix)
    mask = two[..., 0] > 0.5
    unsure = (np.abs(two[..., 0] - 0.5) < 0.45) | (mask & (two[..., 1] < 0.5))
    return Example(image, mask, unsure, mosaic.shape, mosaic)


def _used(
    image: Pixels, share: NDArray[np.float32], rng: np.random.Generator, mix: Mix
) -> tuple[Pixels, NDArray[np.float32]]:
    """The picture and its masks after nothing, a resize, JPEG, or both in either order."""
    factor = (
        math.exp(rng.uniform(math.log(0.55), math.log(1.5))) if rng.random() < mix.resized else 1.0
    )
    quality = int(rng.integers(20, 97)) if rng.random() < mix.saved else 0
    first = rng.random() < 0.25
    if quality and first:
        image = saved_as_jpeg(image, quality)
    if factor != 1:
        size = (max(64, round(image.shape[1] * factor)), max(64, round(image.shape[0] * factor)))
        how = int(rng.choice(_RESAMPLED))
        image = np.asarray(cv2.resize(image, size, interpolation=how), np.uint8)
        share = np.asarray(cv2.resize(share, size, interpolation=cv2.INTER_LINEAR), np.float32)
    if quality and not first:
        image = saved_as_jpeg(image, quality)
    return image, share


def _view(photo: Pixels, rng: np.random.Generator, longest: int) -> Pixels:
    """The photo, often made smaller, which takes its own JPEG's traces away, or a part of it."""
    if rng.random() < 0.5:
        low = max(0.4, 240 / max(photo.shape[:2]))
        factor = rng.uniform(low, 1.0) if low < 1 else 1.0
        size = (max(64, round(photo.shape[1] * factor)), max(64, round(photo.shape[0] * factor)))
        photo = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    height, width = (min(longest, side) for side in photo.shape[:2])
    if rng.random() < 0.4:
        share = rng.uniform(0.5, 1.0)
        height, width = max(96, round(height * share)), max(96, round(width * share))
    height, width = min(height, photo.shape[0]), min(width, photo.shape[1])
    y = int(rng.integers(0, photo.shape[0] - height + 1))
    x = int(rng.integers(0, photo.shape[1] - width + 1))
    return np.ascontiguousarray(photo[y : y + height, x : x + width])
