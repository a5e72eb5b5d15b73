"""Decoding everything but RAW into upright 8-bit sRGB, as small as the decoder can make it."""

from io import BytesIO
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray
from PIL import ImageFile

from ml.errors import ImageError
from ml.image import formats
from ml.image.colour import to_8_bit, to_srgb
from ml.image.formats import Format
from ml.image.header import Header, damage_as_image_error, open_plugin

Pixels = TypeVar("Pixels", NDArray[np.uint8], NDArray[np.uint16])

_JPEG_SCALES = (8, 4, 2)
_MAX_JPEG_SCANS = (
    200  # cameras write 1, progressive encoders about 10; thousands of scans only serve to stall
)

_ROTATIONS = {3: cv2.ROTATE_180, 6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
_FLIP_HORIZONTAL, _FLIP_VERTICAL = 1, 0


def decode(path: Path, form: Format, header: Header, side: int) -> NDArray[np.uint8]:
    """Decode to (H, W, 3) uint8 sRGB, upright, with a long side of at least min(side, full) and
    below twice that.

    Raises ImageError for a file that is damaged or ends too early.
    """
    with damage_as_image_error(path), open_plugin(path, form) as image:
        _check_unchanged(image, header)
        factor = max(1, max(header.width, header.height) // max(1, side))
        if form is formats.JPEG:
            _check_scans(image)
            scale = next((scale for scale in _JPEG_SCALES if scale <= factor), 1)
            if scale > 1:
                image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))
            factor = 1
        image.load()
        profile = image.info.get("icc_profile")
        eight_bit = to_8_bit(image)
        if factor > 1:
            eight_bit = eight_bit.reduce(factor)
        pixels = np.asarray(to_srgb(eight_bit, profile if isinstance(profile, bytes) else None))
    return pixels if form is formats.TIFF else turn_upright(pixels, header.orientation)


def _check_unchanged(image: ImageFile.ImageFile, header: Header) -> None:
    """The pixel limit was held against the header; a file replaced since must pass it again."""
    if sorted(image.size) != sorted((header.width, header.height)):
        raise ImageError("the file was changed while it was read")


def _check_scans(image: ImageFile.ImageFile) -> None:
    source = image.fp
    if isinstance(source, BytesIO) and source.getvalue().count(b"\xff\xda") > _MAX_JPEG_SCANS:
        raise ImageError("this JPEG is cut into an unreasonable number of scans; save it anew")


def turn_upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo an EXIF orientation (1 to 8) on (H, W, C) pixels; what comes back is contiguous."""
    turned: MatLike = pixels
    if orientation in (5, 7):
        turned = cv2.transpose(turned)
    if orientation in (2, 7):
        turned = cv2.flip(turned, _FLIP_HORIZONTAL)
    if orientation in (4, 7):
        turned = cv2.flip(turned, _FLIP_VERTICAL)
    if orientation in _ROTATIONS:
        turned = cv2.rotate(turned, _ROTATIONS[orientation])
    return np.ascontiguousarray(turned, dtype=pixels.dtype)
