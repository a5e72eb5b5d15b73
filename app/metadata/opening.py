"""The metadata blocks of any file that we take in, those of formats that we only read included."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

from PIL import Image

from .blocks import Blocks
from .containers import container
from .model import MetadataError
from .source import Source
from .tiff import Tiff

Size = tuple[int, int]


def opened(path: Path, source: Source) -> tuple[Blocks, Size | None, bool]:
    """Blocks, size as stored, and whether EXIF's orientation still has to be applied to that size.

    Never raises for what is in the file; what could not be read stands in the blocks' problems.
    """
    try:
        known = container(source)
        if known is not None:
            return known.blocks, known.size, True
        return _from_pillow(path)
    except MetadataError as error:
        return Blocks(problems=(str(error),)), None, True


def _from_pillow(path: Path) -> tuple[Blocks, Size | None, bool]:
    """What Pillow finds in the header of formats without offsets that we could follow ourselves."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                info, size = dict(image.info), image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MetadataError(f"not a picture that can be opened: {error}") from error
    xmp = info.get("xmp")
    blocks = Blocks(xmp=xmp if isinstance(xmp, bytes) else None)
    exif = info.get("exif")
    if isinstance(exif, bytes) and exif:
        try:
            blocks = replace(blocks, exif=Tiff(Source(exif.removeprefix(b"Exif\0\0"))))
        except MetadataError as error:
            blocks = replace(blocks, problems=(f"EXIF: {error}",))
    return blocks, size, True
