"""A mask as a recipe has it: a PNG of one plane, written in letters."""

import base64
import binascii
import io

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.errors import MLError
from ml.image.header import DECODER_ERRORS

Mask = NDArray[np.bool_]

LONGEST = 1024
"""Pixels of the long side at which masks are kept."""
MOST_LETTERS = 180_000


def empty(size: tuple[int, int]) -> Mask:
    """A mask of nothing for a photo of (width, height), at LONGEST at most."""
    factor = min(1.0, LONGEST / max(size))
    return np.zeros((max(1, round(size[1] * factor)), max(1, round(size[0] * factor))), np.bool_)


def encoded(mask: Mask) -> str:
    """A mask (H, W) as a PNG of one bit in base64, at LONGEST at most."""
    factor = min(1.0, LONGEST / max(mask.shape))
    if factor < 1:
        size = (max(1, round(mask.shape[1] * factor)), max(1, round(mask.shape[0] * factor)))
        share = cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
        mask = np.asarray(share > 64)
    out = io.BytesIO()
    Image.fromarray(mask).save(out, "PNG", optimize=True)
    return base64.b64encode(out.getvalue()).decode()


def decoded(text: object) -> Mask:
    """The mask (H, W) of a PNG in base64, true where it is white; MLError where it is none."""
    if not isinstance(text, str) or not text or len(text) > MOST_LETTERS:
        raise MLError(f"a mask is a PNG in base64, of {MOST_LETTERS} letters at most")
    try:
        data = base64.b64decode(text, validate=True)
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if max(image.size) > LONGEST:
                raise MLError(f"a mask has {LONGEST} pixels a side at most")
            return np.asarray(image.convert("L")) > 127
    except (binascii.Error, *DECODER_ERRORS) as error:
        raise MLError("a mask is a PNG in base64; this one cannot be read") from error


def placed(mask: Mask, size: tuple[int, int]) -> Mask:
    """A mask at (width, height), with soft corners where it is enlarged."""
    if mask.shape[::-1] == size:
        return mask
    how = cv2.INTER_AREA if size[0] < mask.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=how) > 100)
