"""The hash of a picture without its metadata: it stays when tags change, and changes with a pixel.

What is hashed is what a decoder needs, in the order of the format: tables, frames and scans of a
JPEG (ITU-T T.81, annex B), the image chunks of PNG and WebP, strips and tiles of TIFF and of RAW
that is TIFF inside, the image items of HEIC and AVIF (ISO/IEC 23008-12), the media data of
CR3. Names, moments, colour profiles and previews are left out.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from . import canon, heif
from .containers import container
from .jpeg import APP0, EOI, MAX_FILL, SOS, Jpeg
from .model import MetadataError
from .png import Png
from .source import CHUNK, Range, Source
from .tiff import Directory
from .tiff_file import COMPRESSION, HEIGHT, OFFSETS, PHOTOMETRIC, SUBFILE, WIDTH, TiffFile
from .webp import Webp

Pieces = Iterator[Range | bytes]

PNG_IMAGE = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"acTL", b"fcTL", b"fdAT"}
WEBP_IMAGE = {b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"}
# size, bits, coding, colours, samples, predictor, palette, JPEG tables, subsampling
TIFF_TABLES = (WIDTH, HEIGHT, 258, COMPRESSION, PHOTOMETRIC, 277, 317, 320, 347, 530)
ADOBE = b"Adobe"  # says how the colours of a JPEG are coded
MAX_PIECES = 1 << 20
MAX_MARKERS = 100_000
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


def image_sha256(path: Path) -> str | None:
    """The SHA-256, as hex, of a file's picture alone; None where the format does not let us tell.

    Reads the file once, in pieces of 1 MB. Raises OSError where it cannot be opened.
    """
    digest, length = hashlib.sha256(), 0
    with Source(path) as source:
        try:
            for piece in _pieces(source):
                if isinstance(piece, bytes):
                    digest.update(piece)
                    continue
                for data in source.chunks([piece]):
                    digest.update(data)
                    length += len(data)
        except MetadataError:
            return None
    return digest.hexdigest() if length else None


def _pieces(source: Source) -> Pieces:
    """What to hash of a file: its kind and constants as bytes, the picture as ranges."""
    known = container(source)
    if isinstance(known, Jpeg):
        return _jpeg(source)
    if isinstance(known, Png):
        return _png(known)
    if isinstance(known, Webp):
        return (Range(c.start, c.end) for c in known.chunks if c.name in WEBP_IMAGE)
    if isinstance(known, TiffFile):
        return _tiff(known)
    head = source.head(16)
    if head[4:12] == b"ftyp" + canon.BRAND:
        return canon.media(source)
    if head[4:8] == b"ftyp":
        return heif.image_data(source)
    raise MetadataError("not a format whose picture can be told from its metadata")


def _jpeg(source: Source) -> Pieces:
    """Every segment but those of applications and comments, and the scans, up to the end marker."""
    yield b"JPEG"
    position = 2
    for _ in range(MAX_MARKERS):
        position, marker = _marker(source, position)
        if marker == EOI:
            return
        length = int.from_bytes(source.read(position, 2), "big")
        end = position + length
        if length < 2 or end > source.size:
            raise MetadataError("JPEG: a segment breaks off")
        adobe = marker == 0xEE and source.read(position + 2, min(5, length - 2)) == ADOBE
        if adobe or not (APP0 <= marker <= 0xEF or marker == 0xFE):
            yield bytes((marker,))
            yield Range(position, end)
        position = end
        if marker == SOS:
            end = _scan_end(source, position)
            yield Range(position, end)
            if end == source.size:  # broken off: what is there is the picture
                return
            position = end
    raise MetadataError("JPEG: too many segments")


def _marker(source: Source, position: int) -> tuple[int, int]:
    """Where the marker at `position` ends, after its fill bytes, and which one it is."""
    for start in range(position, position + MAX_FILL):
        first, second = source.read(start, 2)
        if first != 0xFF:
            break
        if second != 0xFF:
            return start + 2, second
    raise MetadataError("JPEG: a segment does not begin where it should")


def _scan_end(source: Source, position: int) -> int:
    """Where the coded data of a scan end: at the next marker, or with the file."""
    while position < source.size:
        data = source.read(position, min(CHUNK, source.size - position))
        found = _MARKER.search(data)
        if found:
            return position + found.start()
        if position + len(data) == source.size:
            break
        position += len(data) - 1  # a marker may be cut in two
    return source.size


def _png(file: Png) -> Pieces:
    yield b"PNG"
    for chunk in file.chunks:
        if chunk.type in PNG_IMAGE:
            yield b"" if chunk.type == b"IDAT" else chunk.type  # IDAT may be cut anywhere
            yield Range(chunk.start + 8, chunk.end - 4)


def _tiff(file: TiffFile) -> Pieces:
    """Strips and tiles of the pictures at full size; where none says that it is, of all."""
    yield b"TIFF"
    pictures = [d for d in file.directories if any(tag in d.by_tag for tag in OFFSETS)]
    whole = [d for d in pictures if not file.integer(d, SUBFILE, 0) & 1]
    total = pieces = 0
    for directory in whole or pictures:
        yield from _tables(file, directory)
        for tag in OFFSETS:
            entry = directory.by_tag.get(tag)
            pieces += entry.count if entry else 0
            if pieces > MAX_PIECES:
                raise MetadataError("TIFF: too many strips")
            for piece in file.pieces(directory, entry) if entry else ():
                total += piece.end - piece.start
                if total > 4 * file.source.size:
                    raise MetadataError("TIFF: its strips overlap")
                yield piece


def _tables(file: TiffFile, directory: Directory) -> Pieces:
    """What the strips are decoded with."""
    for tag in TIFF_TABLES:
        entry = directory.by_tag.get(tag)
        if entry is not None:
            yield b"%d:" % tag + file.tiff.data(entry)
