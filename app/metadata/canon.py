"""Canon's CR3: a file of ISO boxes that carries EXIF as several TIFF blocks, read only.

Sources: ISO/IEC 14496-12 (boxes); XMP specification part 3 (the box of XMP).
"""

from __future__ import annotations

from collections.abc import Iterator

from .blocks import Blocks
from .exif import EXIF_IFD, GPS_IFD
from .model import MetadataError
from .source import Range, Source
from .tiff import Tiff

BRAND = b"crx "
CANON = bytes.fromhex("85c0b687820f11e08111f4ce462b6a48")
XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
MAX_BOXES, MAX_BLOCK = 1000, 32 << 20


def blocks(source: Source) -> Blocks:
    """EXIF with its directories in blocks of their own, and XMP; MetadataError for broken boxes."""
    found: dict[bytes, Tiff] = {}
    problems: list[str] = []
    xmp = None
    for name, place in boxes(source, Range(0, source.size)):
        if name == XMP:
            xmp = _read(source, place)
        elif name == b"moov":
            for inner, part in boxes(source, place):
                if inner == CANON:
                    found |= _parts(source, part, problems)
    below = {EXIF_IFD: found.get(b"CMT2"), GPS_IFD: found.get(b"CMT4")}
    parts = {tag: block for tag, block in below.items() if block is not None}
    return Blocks(exif=found.get(b"CMT1"), xmp=xmp, parts=parts, problems=tuple(problems))


def _parts(source: Source, place: Range, problems: list[str]) -> dict[bytes, Tiff]:
    found = {}
    for name, part in boxes(source, place):
        if name in (b"CMT1", b"CMT2", b"CMT4"):
            try:
                found[name] = Tiff(Source(_read(source, part)))
            except MetadataError as error:
                problems.append(f"EXIF: {error}")
    return found


def _read(source: Source, place: Range) -> bytes:
    if place.end - place.start > MAX_BLOCK:
        raise MetadataError("a block of metadata is too large")
    return source.read(place.start, place.end - place.start)


def media(source: Source) -> Iterator[Range | bytes]:
    """The media data: the sensor's and the previews', which nobody rewrites."""
    yield b"CR3"
    for name, place in boxes(source, Range(0, source.size)):
        if name == b"mdat":
            yield place


def boxes(source: Source, within: Range, most: int = MAX_BOXES) -> Iterator[tuple[bytes, Range]]:
    """Name (of a `uuid` box its identifier) and content of each box."""
    position, count = within.start, 0
    while position + 8 <= within.end and count < most:
        head = source.read(position, 8)
        size, name, start = int.from_bytes(head[:4], "big"), head[4:], position + 8
        if size == 1:
            size, start = int.from_bytes(source.read(start, 8), "big"), start + 8
        elif size == 0:
            size = within.end - position
        if name == b"uuid":
            name, start = source.read(start, 16), start + 16
        end = position + size
        if end > within.end or start > end:
            raise MetadataError("a box breaks off")
        yield name, Range(start, end)
        position, count = end, count + 1
