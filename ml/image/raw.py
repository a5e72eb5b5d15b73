"""Camera RAW: sizes from LibRaw, pixels from the embedded preview, or developed at half size where
there is none.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import numpy as np
import rawpy
from numpy.typing import NDArray
from PIL import ExifTags, Image, JpegImagePlugin

from ml.errors import ImageError
from ml.image.colour import to_8_bit, to_srgb
from ml.image.decode import turn_upright
from ml.image.formats import Format
from ml.image.header import DECODER_ERRORS, Header

# LibRaw's flip values as EXIF orientations.
_ORIENTATIONS = {0: 1, 3: 3, 5: 8, 6: 6}
_USEFUL_PREVIEW_PX = 1000  # a preview with a shorter long side only serves the camera's display


@contextmanager
def _opened(path: Path) -> Iterator[rawpy.RawPy]:
    try:
        with rawpy.imread(str(path)) as raw:
            yield raw
    except rawpy.LibRawFileUnsupportedError as error:
        raise ImageError(
            "this RAW comes from a camera that is not known here; convert it to DNG"
        ) from error
    except rawpy.LibRawError as error:
        raise ImageError(
            "the RAW data is damaged or ends too early; copy the file again from the card"
        ) from error
    except (ValueError, RuntimeError, MemoryError) as error:
        raise ImageError("this RAW cannot be developed; convert it to DNG or JPEG") from error


def read_raw_header(path: Path, form: Format) -> Header:
    """Return the header of a RAW; the size is that of a full development, upright."""
    with _opened(path) as raw:
        sizes = raw.sizes
        orientation = _ORIENTATIONS.get(sizes.flip, 1)
        width, height = int(sizes.width), int(sizes.height)
        if min(width, height) < 1:
            raise ImageError("the RAW data is damaged: it has no picture size")
    if orientation >= 5:
        width, height = height, width
    return Header(form.name, form.mime, width, height, orientation, 16)


def decode_raw(path: Path, header: Header, side: int) -> NDArray[np.uint8]:
    """Decode to (H, W, 3) uint8 sRGB, upright, with a long side of `side` pixels or more where the
    preview has them.

    The preview serves as long as it is of use; otherwise the RAW is developed, at half size where
    that suffices.
    """
    with _opened(path) as raw:
        preview = _preview(raw, header)
        if preview is not None and max(preview.shape[:2]) >= min(side, _USEFUL_PREVIEW_PX):
            return preview
        half = max(header.width, header.height) // 2 >= min(side, _USEFUL_PREVIEW_PX)
        developed = raw.postprocess(half_size=half, use_camera_wb=True, output_bps=8)
    if developed.shape[2] != 3:
        developed = np.repeat(developed[:, :, :1], 3, axis=2)
    return np.ascontiguousarray(developed)


def _preview(raw: rawpy.RawPy, header: Header) -> NDArray[np.uint8] | None:
    """Return the embedded preview upright, or None where there is none that can be read."""
    try:
        thumbnail = raw.extract_thumb()
    except (rawpy.LibRawNoThumbnailError, rawpy.LibRawUnsupportedThumbnailError):
        return None
    if thumbnail.format == rawpy.ThumbFormat.BITMAP:
        pixels = np.ascontiguousarray(thumbnail.data)
        return _turn(pixels, header, 1) if pixels.ndim == 3 and pixels.shape[2] == 3 else None
    if not isinstance(thumbnail.data, bytes):
        return None
    try:
        with JpegImagePlugin.JpegImageFile(BytesIO(thumbnail.data)) as image:
            # An embedded picture larger than the sensor is a lie that would only cost memory.
            if image.width * image.height > 2 * header.width * header.height:
                return None
            exif = image.getexif().get(ExifTags.Base.Orientation, 1)
            upright = _to_rgb(image)
    except (*DECODER_ERRORS, struct.error):
        return None
    return _turn(upright, header, exif if exif in range(1, 9) else 1)


def _to_rgb(image: Image.Image) -> NDArray[np.uint8]:
    profile = image.info.get("icc_profile")
    return np.array(to_srgb(to_8_bit(image), profile if isinstance(profile, bytes) else None))


def _turn(pixels: NDArray[np.uint8], header: Header, own_orientation: int) -> NDArray[np.uint8]:
    """Turn a preview upright: by its own orientation, else by the RAW's unless its shape says it is
    upright already.
    """
    if own_orientation != 1:
        return turn_upright(pixels, own_orientation)
    lies = pixels.shape[1] > pixels.shape[0]
    if header.orientation >= 5 and lies == (header.width > header.height):
        return pixels
    return turn_upright(pixels, header.orientation)
