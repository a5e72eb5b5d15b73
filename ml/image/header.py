"""What a file says about itself before any pixel is decoded."""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

import pillow_heif
from PIL import (
    AvifImagePlugin,
    ExifTags,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)
from pillow_heif.as_plugin import HeifImageFile

from ml.errors import ImageError
from ml.image import formats
from ml.image.formats import Format

# An embedded thumbnail or depth map must never stand in for the photo, and one thread is what a
# worker has.
pillow_heif.options.THUMBNAILS = False
pillow_heif.options.DEPTH_IMAGES = False
pillow_heif.options.AUX_IMAGES = False
pillow_heif.options.DECODE_THREADS = 1
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

# The plugin classes are opened directly: no other plugin can be reached by a hostile file, and
# Pillow's own global pixel limit, which other code in the process may change, plays no part.
_PLUGINS: dict[str, type[ImageFile.ImageFile]] = {
    formats.JPEG.name: JpegImagePlugin.JpegImageFile,
    formats.PNG.name: PngImagePlugin.PngImageFile,
    formats.WEBP.name: WebPImagePlugin.WebPImageFile,
    formats.TIFF.name: TiffImagePlugin.TiffImageFile,
    formats.HEIC.name: HeifImageFile,
    formats.AVIF.name: AvifImagePlugin.AvifImageFile,
}

# What Pillow and the libraries below it raise on damaged files; they promise no common class.
DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    RuntimeError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)

_DNG_VERSION, _NEW_SUBFILE_TYPE, _SUB_IFDS, _PHOTOMETRIC, _BITS = 50706, 254, 330, 262, 258
_COLOUR_FILTER_ARRAY = 32803
_CONTAINER_LIMIT_BYTES = 1 << 30  # WebP, HEIC and AVIF are read whole by their libraries
_WHOLE_FILE = {formats.WEBP.name, formats.HEIC.name, formats.AVIF.name}
UNREPAIRED = ("CMYK", "LAB")
"""Colours of files of which damage and light are told and not repaired."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a photo before decoding.

    `width` and `height` are those of the upright photo in pixels. `orientation` is the EXIF value
    as stored, 1 to 8 (1 for HEIC, whose rotation lies in the container and is undone by the
    decoder); `oriented`: whether the file says it at all. `bits` is per channel. `frames` is 1 for
    a still; of several frames or pages only the first is shown (TIFF says 2 for any number of
    pages). `colours` is what Pillow calls the file's channels.
    """

    format: str
    mime: str
    width: int
    height: int
    orientation: int = 1
    bits: int = 8
    frames: int = 1
    oriented: bool = True
    colours: str = "RGB"


@contextmanager
def damage_as_image_error(path: Path) -> Iterator[None]:
    """Turn what decoders raise on a damaged file into ImageError, in words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "corrupt EXIF" and the like: the pixels decide
        try:
            yield
        except ImageError:
            raise
        except DECODER_ERRORS as error:
            raise ImageError(_in_words(error, path)) from error


def _in_words(error: Exception, path: Path) -> str:
    detail = str(error).lower()
    if isinstance(error, MemoryError):
        return "there is not enough memory to decode this photo"
    if isinstance(error, Image.DecompressionBombError):
        return "the file claims more pixels than any photo has; save it anew, scaled down"
    if (
        "truncated" in detail
        or "end of file" in detail
        or "premature" in detail
        or isinstance(error, EOFError)
    ):
        size = path.stat().st_size
        return (
            f"the file ends too early, after {size:,} bytes; copy it again from the camera or card"
        )
    return (
        "the picture data is damaged; copy the file again, or save it anew from a program that "
        "can still open it"
    )


def open_plugin(path: Path, form: Format) -> ImageFile.ImageFile:
    """Open a non-RAW file with the one plugin for its format; no pixel is decoded yet."""
    if form.name in _WHOLE_FILE and path.stat().st_size > _CONTAINER_LIMIT_BYTES:
        raise ImageError(f"a {form.name} file of more than 1 GB is not taken")
    plugin = _PLUGINS[form.name]
    if form is formats.JPEG:  # read at once: the scans are counted before any of them is decoded
        return plugin(BytesIO(path.read_bytes()))
    return plugin(path)


def is_raw_tiff(path: Path) -> Format | None:
    """Return the RAW format of a file that is a TIFF outside, or None for an ordinary TIFF."""
    with path.open("rb") as file:
        tags = _first_directory(file)
    if _DNG_VERSION in tags:
        return formats.DNG
    is_preview = bool(_number(tags.get(_NEW_SUBFILE_TYPE), 0) & 1) and _SUB_IFDS in tags
    is_sensor = _number(tags.get(_PHOTOMETRIC), 0) == _COLOUR_FILTER_ARRAY
    return formats.TIFF_RAW if is_preview or is_sensor else None


def _first_directory(file: IO[bytes]) -> TiffImagePlugin.ImageFileDirectory_v2:
    head = file.read(8)
    if head[2] == 43 or head[3] == 43:  # BigTIFF
        head += file.read(8)
    directory = TiffImagePlugin.ImageFileDirectory_v2(head)
    if directory.next is not None:
        file.seek(directory.next)
        directory.load(file)
    return directory


def read_header(image: ImageFile.ImageFile, form: Format) -> Header:
    """Return the header of an opened, not yet decoded picture."""
    said = _orientation(image, form)
    orientation = said or 1
    width, height = image.size
    # Pillow turns TIFF upright by itself and says the upright size; libheif does so for HEIC.
    if orientation >= 5 and form is not formats.TIFF:
        width, height = height, width
    frames = 2 if getattr(image, "is_animated", False) and form is formats.TIFF else 1
    if form in (formats.PNG, formats.WEBP, formats.AVIF):
        frames = int(getattr(image, "n_frames", 1))
    bits = _bits(image, form)
    return Header(
        form.name, form.mime, width, height, orientation, bits, frames, said is not None, image.mode
    )


def _orientation(image: ImageFile.ImageFile, form: Format) -> int | None:
    """EXIF orientation as stored, if any; Pillow's getexif lets XMP speak too, no browser does."""
    if form is formats.HEIC:
        return 1
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        value = image.tag_v2.get(ExifTags.Base.Orientation)
    else:
        exif = Image.Exif()
        try:
            exif.load(image.info.get("exif") or b"")
            value = exif.get(ExifTags.Base.Orientation)
        except DECODER_ERRORS:  # a damaged EXIF block does not make the picture unreadable
            value = None
    return value if isinstance(value, int) and 1 <= value <= 8 else None


def _bits(image: ImageFile.ImageFile, form: Format) -> int:
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        return max(1, _number(image.tag_v2.get(_BITS), 8))
    if form is formats.HEIC:
        return _number(image.info.get("bit_depth"), 8)
    if image.mode.startswith("I;16"):
        return 16
    if form is formats.PNG and image.tile:
        raw_mode = image.tile[0].args
        return 16 if isinstance(raw_mode, str) and "16" in raw_mode else 8
    return 8


def _number(value: object, default: int) -> int:
    if isinstance(value, tuple) and value:
        value = value[0]
    return value if isinstance(value, int) else default
