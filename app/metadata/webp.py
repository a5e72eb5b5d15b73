"""WebP: RIFF chunks, of which only EXIF, XMP and the flags that announce them are ever changed.

Source: RFC 9649. The format has no place for IPTC.
"""

from __future__ import annotations

import struct
from functools import cached_property
from typing import NamedTuple

from .blocks import Blocks, Changes, exif_block
from .model import MetadataError
from .source import Range, Source, Splice
from .tiff import Tiff

EXIF, XMP, EXTENDED, LOSSY, LOSSLESS = b"EXIF", b"XMP ", b"VP8X", b"VP8 ", b"VP8L"
HAS_XMP, HAS_EXIF, HAS_ALPHA = 0x04, 0x08, 0x10
MAX_CHUNKS = 100_000
PREFIX = b"Exif\0\0"


class Chunk(NamedTuple):
    """One chunk: its name, its bytes with padding, the length of its payload."""

    name: bytes
    start: int
    end: int
    length: int


class Webp:
    """A WebP file; MetadataError where its chunks break off."""

    carries_iptc = False
    writable = True
    max_xmp: int | None = None
    max_exif: int | None = None
    own_tags: frozenset[int] = frozenset()

    def __init__(self, source: Source) -> None:
        self.source = source
        self.end = min(8 + int.from_bytes(source.read(4, 4), "little"), source.size)
        self.chunks = _chunks(source, self.end)

    def _chunk(self, name: bytes) -> Chunk | None:
        return next((chunk for chunk in self.chunks if chunk.name == name), None)

    def _data(self, chunk: Chunk) -> bytes:
        return self.source.read(chunk.start + 8, chunk.length)

    @cached_property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the canvas."""
        return self._canvas()[:2]

    def _canvas(self) -> tuple[int, int, bool]:
        """Width, height, and whether a lossless picture without extended header has alpha."""
        chunk = self.chunks[0]
        head = self.source.read(chunk.start + 8, min(10, chunk.length))
        if len(head) == 10 and chunk.name == EXTENDED:
            return (
                1 + int.from_bytes(head[4:7], "little"),
                1 + int.from_bytes(head[7:10], "little"),
                False,
            )
        if len(head) == 10 and chunk.name == LOSSY and head[3:6] == b"\x9d\x01\x2a":
            width, height = struct.unpack("<HH", head[6:10])
            return width & 0x3FFF, height & 0x3FFF, False
        if len(head) >= 5 and chunk.name == LOSSLESS and head[0] == 0x2F:
            bits = int.from_bytes(head[1:5], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, bool(bits >> 28 & 1)
        raise MetadataError("WebP: its header cannot be understood")

    @cached_property
    def blocks(self) -> Blocks:
        """EXIF and XMP."""
        problems, broken, exif = [], set(), None
        chunk, packet = self._chunk(EXIF), self._chunk(XMP)
        try:
            if chunk is not None:
                exif = Tiff(Source(self._data(chunk).removeprefix(PREFIX)))
        except MetadataError as error:
            problems.append(f"EXIF: {error}")
            broken.add("exif")
        xmp = self._data(packet) if packet else None
        return Blocks(exif=exif, xmp=xmp, problems=tuple(problems), broken=frozenset(broken))

    def untouched(self) -> list[Range]:
        """All chunks but those of metadata and the extended header, and what follows them."""
        kept = [chunk for chunk in self.chunks if chunk.name not in (EXIF, XMP, EXTENDED)]
        return [
            *(Range(chunk.start, chunk.end) for chunk in kept),
            Range(self.end, self.source.size),
        ]

    def splices(self, changes: Changes) -> list[Splice]:
        """The new chunks in the old places or at the end; flags and total size follow."""
        splices, exif = [], self._chunk(EXIF)
        has_exif = exif is not None
        odd = b"\0" * (self.end % 2)
        if changes.exif and "exif" not in self.blocks.broken:
            block = exif_block(self.blocks.exif, changes.exif)
            prefix = PREFIX if exif and self._data(exif).startswith(PREFIX) else b""
            has_exif = block is not None
            splices.append(
                self._placed(exif, b"" if block is None else _chunk(EXIF, prefix + block))
            )
        if changes.xmp is not None:
            splices.append(self._placed(self._chunk(XMP), _chunk(XMP, changes.xmp)))
        has_xmp = changes.xmp is not None or self._chunk(XMP) is not None
        splices = [
            Splice(s.start, s.end, odd + s.data) if s.start == self.end else s for s in splices[:1]
        ] + splices[1:]
        splices.append(self._header(has_exif, has_xmp))
        total = self.end - 8 + sum(len(s.data) - (s.end - s.start) for s in splices)
        return [Splice(4, 8, struct.pack("<I", total)), *splices]

    def _placed(self, old: Chunk | None, new: bytes) -> Splice:
        return Splice(old.start, old.end, new) if old else Splice(self.end, self.end, new)

    def _header(self, has_exif: bool, has_xmp: bool) -> Splice:
        """The extended header with the two flags set, made where the file had none."""
        flags = HAS_EXIF * has_exif | HAS_XMP * has_xmp
        old = self._chunk(EXTENDED)
        if old is not None:
            place = old.start + 8
            kept = self.source.read(place, 1)[0] & ~(HAS_EXIF | HAS_XMP)
            return Splice(place, place + 1, bytes((kept | flags,)))
        width, height, alpha = self._canvas()
        flags |= HAS_ALPHA * alpha
        canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
        return Splice(12, 12, _chunk(EXTENDED, bytes((flags, 0, 0, 0)) + canvas))


def _chunks(source: Source, end: int) -> list[Chunk]:
    found = []
    position = 12
    while position + 8 <= end:
        name, length = struct.unpack("<4sI", source.read(position, 8))
        after = position + 8 + length
        if after > end:
            raise MetadataError("WebP: a chunk breaks off")
        found.append(Chunk(name, position, min(after + length % 2, end), length))
        position = after + length % 2
        if len(found) > MAX_CHUNKS:
            raise MetadataError("WebP: too many chunks")
    if not found:
        raise MetadataError("WebP: no picture in it")
    return found


def _chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
