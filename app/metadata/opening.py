"""The metadata blocks of any file that we take in, those of formats that we only read included."""

from __future__ import annotations

import warnings
from pathlib import Path

import pillow_heif
from PIL import Image

from . import canon
from .blocks import Blocks
from .containers import container
from .jpeg import Jpeg
from .model import MetadataError
from .source import Source
from .tiff import Tiff

Size = tuple[int, int]
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
FUJI, FUJI_POINTER, MAX_PREVIEW = b"FUJIFILMCCD-RAW ", 84, 64 << 20


def opened(path: Path, source: Source) -> tuple[Blocks, Size | None, bool]:
    """Blocks, size as stored, and whether EXIF's orientation still has to be applied to that size.

    Never raises for what is in the file; what could not be read stands in the blocks' problems.
    """
    try:
        known = container(source)
        if known is not None:
            return known.blocks, known.size, True
        head = source.head(16)
        if head == FUJI:
            return _fuji(source), None, True
        if head[4:12] == b"ftyp" + canon.BRAND:
            return canon.blocks(source), None, True
        if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
            return _heif(path)
        return _pillow(path)
    except MetadataError as error:
        return Blocks(problems=(str(error),)), None, True


def _fuji(source: Source) -> Blocks:
    """Fuji's RAW carries its metadata in the JPEG preview that its header points to."""
    pointer = source.read(FUJI_POINTER, 8)
    start, length = int.from_bytes(pointer[:4], "big"), int.from_bytes(pointer[4:], "big")
    return Jpeg(Source(source.read(start, min(length, MAX_PREVIEW)))).blocks


def _heif(path: Path) -> tuple[Blocks, Size | None, bool]:
    """HEIF turns its picture itself, so EXIF's orientation no longer counts."""
    try:
        image = pillow_heif.open_heif(path, convert_hdr_to_8bit=False)
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError) as error:
        raise MetadataError(f"HEIF: {error}") from error
    return _blocks(image.info.get("xmp"), image.info.get("exif")), tuple(image.size), False


def _pillow(path: Path) -> tuple[Blocks, Size | None, bool]:
    """What Pillow finds in the header of any other format."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                return _blocks(image.info.get("xmp"), image.info.get("exif")), image.size, True
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MetadataError("no metadata that can be read in this format") from error


def _blocks(xmp: object, exif: object) -> Blocks:
    packet = xmp if isinstance(xmp, bytes) else None
    if not isinstance(exif, bytes) or not exif:
        return Blocks(xmp=packet)
    try:
        return Blocks(exif=Tiff(Source(exif.removeprefix(b"Exif\0\0"))), xmp=packet)
    except MetadataError as error:
        return Blocks(xmp=packet, problems=(f"EXIF: {error}",))
