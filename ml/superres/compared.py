"""An enlarged photo beside its bicubic enlargement, as a screen shows them: 8-bit sRGB pieces."""

from collections.abc import Iterator

import cv2
import numpy as np
from PIL import Image as Pillow

from ml.image import Image
from ml.image.colour import to_srgb
from ml.image.deep import Deep
from ml.superres.upscale import Values, bicubic_only

TILE = 1024  # pixels of a side, of the enlarged photo
MARGIN = 3  # pixels of the source beyond a tile, which its bicubic kernel reaches


def tiles(source: Deep, large: Deep) -> Iterator[tuple[int, int, Image, Image]]:
    """Column, row, bicubic and enlarged pixels of every piece of TILE, row by row.

    One piece at a time: memory does not grow with the photo.
    """
    height, width = large.values.shape[:2]
    factor = height // source.values.shape[0]
    for row in range(-(-height // TILE)):
        for column in range(-(-width // TILE)):
            down = slice(row * TILE, min(height, (row + 1) * TILE))
            across = slice(column * TILE, min(width, (column + 1) * TILE))
            plain = source.with_values(_bicubic(source, down, across, factor))
            enlarged = large.with_values(large.values[down, across])
            yield column, row, on_screen(plain), on_screen(enlarged)


def overview(photo: Deep, size: tuple[int, int]) -> Image:
    """A whole photo at the (width, height) of a screen."""
    how = cv2.INTER_AREA if size[0] < photo.values.shape[1] else cv2.INTER_CUBIC
    return on_screen(photo.with_values(cv2.resize(photo.values, size, interpolation=how)))


def on_screen(photo: Deep) -> Image:
    """Pixels as (H, W, 3) uint8 in sRGB; transparent ones on white."""
    values = photo.values
    if values.dtype == np.uint16:
        values = (values >> 8).astype(np.uint8)
    image = Pillow.fromarray(np.ascontiguousarray(values), photo.mode)
    return np.asarray(to_srgb(image, photo.profile), np.uint8)


def _bicubic(source: Deep, down: slice, across: slice, factor: int) -> Values:
    """A piece of the bicubic enlargement: of the pixels beneath it and those that it reaches."""
    begun, inside = [], []
    for part, length in zip((down, across), source.values.shape, strict=False):
        first = max(0, part.start // factor - MARGIN)
        last = min(length, -(-part.stop // factor) + MARGIN)
        begun.append(slice(first, last))
        inside.append(slice(part.start - first * factor, part.stop - first * factor))
    beneath = np.ascontiguousarray(source.values[tuple(begun)])
    return bicubic_only(beneath, factor, mode=source.mode)[tuple(inside)]
