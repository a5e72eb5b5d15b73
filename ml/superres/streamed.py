"""Enlarged photos too large to be held whole: a tiled TIFF, written piece by piece."""

import math
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyexiv2
import tifffile
from PIL import Image

from ml.engine import Engine
from ml.errors import ImageError
from ml.image.deep import Deep
from ml.image.picture import Picture
from ml.superres.upscale import TILE, Progress, Values, pieces

_XMP, _IPTC = 700, 33723  # tags of TIFF
_BYTE, _UNDEFINED = 1, 7
_CLASSIC = 3_900_000_000  # bytes beyond which a TIFF's offsets need 64 bits
_STALE = (
    *("Xmp.tiff.ImageWidth", "Xmp.tiff.ImageLength", "Xmp.tiff.BitsPerSample"),
    *("Xmp.tiff.Compression", "Xmp.exif.PixelXDimension", "Xmp.exif.PixelYDimension"),
)
_PHOTOMETRIC = {"L": "minisblack", "RGB": "rgb", "CMYK": "separated"}


def write(
    photo: Deep,
    picture: Picture,
    target: Path,
    factor: int,
    network: Engine,
    *,
    progress: Progress | None = None,
) -> None:
    """Enlarge a photo straight into a TIFF at `target`, at once or not at all.

    Memory beside the photo itself does not grow with the result. Depth, alpha and profile stay;
    EXIF comes along as XMP, beside the photo's own XMP and IPTC. Raises ImageError where the
    colours are not enlarged or the file cannot be written.
    """
    if photo.mode.removesuffix("A") not in _PHOTOMETRIC:
        raise ImageError(f"{photo.mode} pictures are not enlarged; save it as RGB")
    parts = pieces(photo.values, factor, network, photo.mode, progress)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part.tif")
    os.close(handle)
    part = Path(name)
    try:
        tifffile.imwrite(
            part,
            _whole_tiles(parts, factor),
            extratags=_metadata(picture),
            metadata=None,
            software=False,
            maxworkers=1,
            **_form(photo, factor),
        )
        part.chmod(0o644)
        part.replace(target)
    except (OSError, ValueError) as error:
        raise ImageError(f"the enlarged photo cannot be written ({error})") from error
    finally:
        part.unlink(missing_ok=True)


def _form(photo: Deep, factor: int) -> dict[str, Any]:
    """How the file is laid out."""
    values = photo.values
    height, width, *channels = values.shape
    shape = (height * factor, width * factor, *channels)
    return {
        "shape": shape,
        "dtype": values.dtype,
        "tile": (TILE * factor, TILE * factor),
        "photometric": _PHOTOMETRIC[photo.mode.removesuffix("A")],
        "extrasamples": ["unassalpha"] if photo.mode.endswith("A") else None,
        "planarconfig": "contig" if channels else None,
        "compression": "adobe_deflate",
        "compressionargs": {"level": 1},
        "predictor": True,
        "iccprofile": photo.profile,
        "bigtiff": math.prod(shape) * values.dtype.itemsize > _CLASSIC,
    }


def _whole_tiles(parts: Iterator[Values], factor: int) -> Iterator[Values]:
    """Pieces filled up to whole tiles at the photo's right and lower edges."""
    side = TILE * factor
    for part in parts:
        below, right = side - part.shape[0], side - part.shape[1]
        around = [(0, below), (0, right)] + [(0, 0)] * (part.ndim - 2)
        yield np.pad(part, around, "edge") if below or right else part


def _metadata(picture: Picture) -> list[tuple[int, int, int, bytes, bool]]:
    """What the source says of itself, as tags: EXIF told in XMP, since exiv2 would hold the whole
    result in memory to write it into its own place.
    """
    try:
        with pyexiv2.Image(str(picture.path)) as source:
            exif, iptc, xmp = source.read_exif(), source.read_iptc(), source.read_raw_xmp()
    except RuntimeError:
        return []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small.tif"
        Image.new("L", (1, 1)).save(small)
        try:
            with pyexiv2.Image(str(small)) as copy:
                if xmp:
                    copy.modify_raw_xmp(xmp)
                told: dict[str, Any] = pyexiv2.convert_exif_to_xmp(exif)
                known = copy.read_xmp()
                copy.modify_xmp({k: v for k, v in told.items() if k not in known and _kept(k)})
                copy.modify_xmp({"Xmp.tiff.Orientation": "1"})
                packet = copy.read_raw_xmp().encode()
                copy.modify_iptc(iptc)
        except RuntimeError:
            return []
        block = _block(small)
    tags = [(_XMP, _BYTE, len(packet), packet, True)] if packet else []
    return tags + ([(_IPTC, _UNDEFINED, len(block), block, True)] if block else [])


def _block(small: Path) -> bytes:
    """The IPTC block of a TIFF."""
    with tifffile.TiffFile(small) as file:
        tag = file.pages[0].tags.get(_IPTC)  # type: ignore[union-attr]
        if tag is None:
            return b""
        value = tag.value
        return value if isinstance(value, bytes) else np.asarray(value).tobytes()


def _kept(key: str) -> bool:
    """What describes the stored pixels is not true of the result."""
    return not key.startswith(_STALE)
