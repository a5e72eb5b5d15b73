"""Which container a file is, told by its first bytes."""

from __future__ import annotations

from .blocks import Container
from .jpeg import Jpeg
from .png import SIGNATURE, Png
from .source import Source
from .tiff import MAGICS
from .tiff_file import TiffFile
from .webp import Webp

# RAW formats, of which some look like plain TIFF inside: never written to, whatever they hold.
# fmt: off
RAW = frozenset({
    ".3fr", ".ari", ".arw", ".bay", ".cap", ".cr2", ".cr3", ".crw", ".dcr", ".dcs", ".dng",
    ".drf", ".eip", ".erf", ".fff", ".gpr", ".iiq", ".k25", ".kdc", ".mdc", ".mef", ".mos",
    ".mrw", ".nef", ".nrw", ".orf", ".pef", ".ptx", ".pxn", ".r3d", ".raf", ".raw", ".rw2",
    ".rwl", ".rwz", ".sr2", ".srf", ".srw", ".x3f",
})
# fmt: on


def container(source: Source) -> Container | None:
    """The file's container; None for a format that we do not take apart, MetadataError for a broken
    file.
    """
    head = source.head(16)
    if head[:3] == b"\xff\xd8\xff":
        return Jpeg(source)
    if head[:8] == SIGNATURE:
        return Png(source)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Webp(source)
    order = {b"II": "little", b"MM": "big"}.get(head[:2])
    if order == "little" and int.from_bytes(head[2:4], "little") in MAGICS:
        return TiffFile(source)
    if order == "big" and int.from_bytes(head[2:4], "big") in MAGICS:
        return TiffFile(source)
    return None
