"""Photos pixelated on purpose, or left alone, by a published protocol and by an honest one."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.lookalikes import LOOKALIKES, saved_as_jpeg
from ml.degradations.mosaic import draw

Pixels = NDArray[np.uint8]

DRAWS = 20  # mosaics of the published protocol a photo
QUALITIES = (0, 90, 75, 50, 30)  # of JPEG; 0: none
FACTORS = (1.0, 0.7)  # of a resize before it
ALIKE = 5  # lookalikes a photo
_PLACED = 2  # of the draws; whole photos take long
_FULL_HD = (1920, 1080)
_SCALES = (1.5, 4.0)


@dataclass(frozen=True)
class Trial:
    """A picture, and what is true of it.

    `row` is the protocol: "published", "honest" or "lookalike"; `condition` its part. `weight` is
    how often it counts: a clean photo is judged once beside many mosaics of it. `placed`: mask and
    grid are measured as well.
    """

    row: str
    condition: str
    image: Pixels
    mask: NDArray[np.bool_] | None = None
    block: float = 0.0
    weight: int = 1
    placed: bool = True


def trials(photo: Pixels, number: int, seed: int) -> Iterator[Trial]:
    """Every trial of one clean photo, the `number`-th of the set, as the seed has it."""
    rng = np.random.default_rng((seed, number))
    yield from _published(_centre(photo), rng)
    yield from _honest(photo, rng)
    kinds = list(LOOKALIKES)
    for i in range(ALIKE):
        kind = kinds[(number * ALIKE + i) % len(kinds)]
        yield Trial("lookalike", kind, LOOKALIKES[kind](photo, rng))


def _published(photo: Pixels, rng: np.random.Generator) -> Iterator[Trial]:
    """Nearest neighbour down and up again by a factor from 1.5 to 4, over the whole photo."""
    height, width = photo.shape[:2]
    yield Trial("published", "clean", photo, weight=DRAWS)
    whole = np.ones((height, width), bool)
    for draw_number in range(DRAWS):
        scale = float(rng.uniform(*_SCALES))
        small = (max(1, int(width / scale)), max(1, int(height / scale)))
        down = cv2.resize(photo, small, interpolation=cv2.INTER_NEAREST)
        image = cv2.resize(down, (width, height), interpolation=cv2.INTER_NEAREST)
        yield Trial(
            "published",
            "mosaic",
            np.asarray(image, np.uint8),
            whole,
            width / small[0],
            placed=draw_number < _PLACED,
        )


def _honest(photo: Pixels, rng: np.random.Generator) -> Iterator[Trial]:
    """A mosaic over a part, resized or not, through JPEG or not, and the clean photo likewise."""
    size = (photo.shape[1], photo.shape[0])
    mosaic = draw(size, rng, "rectangle" if rng.random() < 0.5 else "ellipse")
    covered, mask = mosaic.apply(photo), mosaic.mask(size)
    for factor in FACTORS:
        clean, image = _resized(photo, factor), _resized(covered, factor)
        seen = _resized(mask.astype(np.uint8) * 255, factor) > 127
        for quality in QUALITIES:
            condition = f"jpeg{quality or 'none'}_resize{factor:g}"
            yield Trial("honest", condition, _saved(clean, quality))
            block = mosaic.block * factor
            yield Trial("honest", condition, _saved(image, quality), seen, block)


def band(block: float) -> str:
    """The name of the range that a block size in px lies in."""
    edges = (2.5, 4, 8, 16)
    names = ("under 2.5", "2.5 to 4", "4 to 8", "8 to 16", "16 and more")
    return names[sum(block >= edge for edge in edges)]


def _centre(photo: Pixels) -> Pixels:
    height, width = photo.shape[:2]
    if width < _FULL_HD[0] or height < _FULL_HD[1]:
        return photo
    x, y = (width - _FULL_HD[0]) // 2, (height - _FULL_HD[1]) // 2
    return np.ascontiguousarray(photo[y : y + _FULL_HD[1], x : x + _FULL_HD[0]])


def _saved(image: Pixels, quality: int) -> Pixels:
    return saved_as_jpeg(image, quality) if quality else image


def _resized(image: Pixels, factor: float) -> Pixels:
    if factor == 1:
        return image
    size = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
