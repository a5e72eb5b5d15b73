"""Photos at their own depth, in their own colours, for repairs: nothing is rounded to 8 bits on the
way.
"""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import rawpy
from numpy.typing import NDArray
from PIL import Image

from ml.errors import ImageError
from ml.image import formats
from ml.image.decode import turn_upright
from ml.image.header import DECODER_ERRORS, damage_as_image_error, open_plugin
from ml.image.picture import Picture

Values = NDArray[Any]
"""(H, W) or (H, W, C), uint8 or uint16."""

_PLAIN = ("L", "LA", "RGB", "RGBA", "CMYK", "LAB")
_DEEP = {1: "L", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True)
class Deep:
    """Pixels as the file stores them, upright.

    `values` has the channels of `mode`, named as Pillow does (L, LA, RGB, RGBA, CMYK, LAB; alpha
    last); `profile` is the file's ICC profile, None: sRGB, or whatever it is taken for.
    """

    values: Values
    mode: str
    profile: bytes | None

    def with_values(self, values: Values) -> "Deep":
        """The same colours on other pixels."""
        return replace(self, values=np.ascontiguousarray(values))


def read(picture: Picture) -> Deep:
    """Decode a photo at full size and depth; a RAW is developed, 16 bit in sRGB.

    Raises ImageError for damage, and for files whose repair would lose something: several pages,
    moving pictures, more than 16 bits.
    """
    header = picture.header
    if header.frames > 1:
        raise ImageError("the file has several pages or frames, of which a repair would keep one")
    if picture.raw:
        return _developed(picture)
    if header.bits > 16:
        raise ImageError(f"files of {header.bits} bits a channel are not repaired")
    with damage_as_image_error(picture.path):
        if header.bits > 8 and header.format in (formats.PNG.name, formats.TIFF.name):
            return _sixteen_bit(picture)
        return _eight_bit(picture)


def _eight_bit(picture: Picture) -> Deep:
    with open_plugin(picture.path, picture.form) as image:
        image.load()
        profile = image.info.get("icc_profile")
        plain = image if image.mode in _PLAIN else image.convert(_plain_mode(image))
        values = np.asarray(plain)
    if picture.form is not formats.TIFF:  # Pillow turns those upright itself
        values = turn_upright(values, picture.header.orientation)
    return Deep(values, plain.mode, profile if isinstance(profile, bytes) else None)


def _plain_mode(image: Image.Image) -> str:
    if image.mode == "1":
        return "L"
    return "RGBA" if "transparency" in image.info or image.mode in ("PA", "RGBa") else "RGB"


def _sixteen_bit(picture: Picture) -> Deep:
    data = np.fromfile(picture.path, np.uint8)
    values = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    channels = 1 if values is None or values.ndim == 2 else values.shape[2]
    if values is None or values.dtype != np.uint16 or channels not in _DEEP:
        raise ImageError("the colours of this 16-bit file are not known here; save it as RGB")
    if channels == 3:
        values = values[:, :, ::-1]
    elif channels == 4:
        values = values[:, :, [2, 1, 0, 3]]
    upright = turn_upright(np.ascontiguousarray(values, np.uint16), picture.header.orientation)
    return Deep(upright, _DEEP[channels], _profile(picture))


def _profile(picture: Picture) -> bytes | None:
    try:
        with open_plugin(picture.path, picture.form) as image:
            found = image.info.get("icc_profile")
    except DECODER_ERRORS:  # Pillow knows fewer kinds of 16-bit files than OpenCV
        return None
    return found if isinstance(found, bytes) else None


def _developed(picture: Picture) -> Deep:
    with damage_as_image_error(picture.path), rawpy.imread(str(picture.path)) as raw:
        values = raw.postprocess(use_camera_wb=True, output_bps=16)
    mode = "RGB" if values.shape[2] == 3 else "L"
    return Deep(np.ascontiguousarray(values if mode == "RGB" else values[:, :, 0]), mode, None)
