"""PNG: chunks, of which only those of EXIF, IPTC and XMP are ever replaced.

Sources: PNG specification, third edition; XMP specification part 3; ImageMagick's raw profiles for
IPTC.
"""

from __future__ import annotations

import struct
import zlib
from functools import cached_property
from typing import NamedTuple

from .blocks import Blocks, Changes, exif_block
from .iptc import (
    DIGEST_RESOURCE,
    IPTC_RESOURCE,
    build_resources,
    resource,
    resources,
    with_resource,
)
from .model import MetadataError
from .source import Range, Source, Splice
from .tiff import Tiff

SIGNATURE = b"\x89PNG\r\n\x1a\n"
XMP = b"XML:com.adobe.xmp"
IPTC_PROFILE = b"Raw profile type iptc"
EXIF_PROFILES = (b"Raw profile type exif", b"Raw profile type APP1")
TEXTS = (b"iTXt", b"zTXt", b"tEXt")
MAX_TEXT = 32 << 20
MAX_CHUNKS = 500_000


class Chunk(NamedTuple):
    """One chunk: its type, all its bytes, the keyword of a text."""

    type: bytes
    start: int
    end: int
    keyword: bytes = b""


class Png:
    """A PNG file; MetadataError where its chunks break off."""

    carries_iptc = True
    writable = True
    max_xmp: int | None = None
    max_exif: int | None = None
    own_tags: frozenset[int] = frozenset()

    def __init__(self, source: Source) -> None:
        self.source = source
        self.chunks = _chunks(source)

    @cached_property
    def size(self) -> tuple[int, int] | None:
        """Width and height."""
        width, height = struct.unpack(">II", self.source.read(16, 8))
        return width, height

    def _text(self, *keywords: bytes) -> Chunk | None:
        return next((chunk for chunk in self.chunks if chunk.keyword in keywords), None)

    def _exif(self) -> Chunk | None:
        own = next((chunk for chunk in self.chunks if chunk.type == b"eXIf"), None)
        return own or self._text(*EXIF_PROFILES)

    def _data(self, chunk: Chunk) -> bytes:
        return self.source.read(chunk.start + 8, chunk.end - chunk.start - 12)

    @cached_property
    def blocks(self) -> Blocks:
        """EXIF (its own chunk, else a raw profile), IPTC of the raw profile, XMP."""
        problems, broken = [], set()
        exif, iptc, digest, xmp = None, None, None, None
        chunk = self._exif()
        try:
            if chunk is not None:
                data = (
                    self._data(chunk) if chunk.type == b"eXIf" else _profile(self._content(chunk))
                )
                exif = Tiff(Source(data.removeprefix(b"Exif\0\0")))
        except MetadataError as error:
            problems.append(f"EXIF: {error}")
            broken.add("exif")
        try:
            if (chunk := self._text(IPTC_PROFILE)) is not None:
                iptc, digest = _unwrapped(_profile(self._content(chunk)))
        except MetadataError as error:
            problems.append(f"IPTC: {error}")
            broken.add("iptc")
        try:
            if (chunk := self._text(XMP)) is not None:
                xmp = self._content(chunk)
        except MetadataError as error:
            problems.append(f"XMP: {error}")
            broken.add("xmp")
        return Blocks(exif, iptc, digest, xmp, None, tuple(problems), frozenset(broken))

    def _content(self, chunk: Chunk) -> bytes:
        """The text of a chunk, unpacked."""
        data = self._data(chunk)[len(chunk.keyword) + 1 :]
        if chunk.type == b"tEXt":
            return data
        if chunk.type == b"zTXt":
            return _inflated(data[1:])
        packed, rest = data[:1] == b"\x01", data[2:]
        text = rest.split(b"\0", 2)
        if len(text) < 3:
            raise MetadataError("a text chunk breaks off")
        return _inflated(text[2]) if packed else text[2]

    def _owned(self) -> list[Chunk]:
        owned = (self._exif(), self._text(IPTC_PROFILE), self._text(XMP))
        return sorted((chunk for chunk in owned if chunk), key=lambda chunk: chunk.start)

    def untouched(self) -> list[Range]:
        """All bytes but those of the chunks that carry metadata."""
        ranges, position = [], 0
        for chunk in self._owned():
            ranges.append(Range(position, chunk.start))
            position = chunk.end
        return [*ranges, Range(position, self.source.size)]

    def splices(self, changes: Changes) -> list[Splice]:
        """The new chunks in the places of the old ones, missing ones after the header."""
        splices = []
        if changes.exif and "exif" not in self.blocks.broken:
            chunk = self._exif()
            block = exif_block(self.blocks.exif, changes.exif)
            if block is None:
                new = b""
            elif chunk is None or chunk.type == b"eXIf":
                new = _chunk(b"eXIf", block)
            else:
                new = _raw_profile(chunk.keyword, b"Exif\0\0" + block)
            splices.append(self._placed(chunk, new))
        if changes.xmp is not None:
            new = _chunk(b"iTXt", XMP + b"\0\0\0\0\0" + changes.xmp)
            splices.append(self._placed(self._text(XMP), new))
        if changes.iptc is not None:
            found = with_resource((), IPTC_RESOURCE, changes.iptc)
            if changes.iptc_digest is not None:
                found = with_resource(found, DIGEST_RESOURCE, changes.iptc_digest)
            new = _raw_profile(IPTC_PROFILE, build_resources(found))
            splices.append(self._placed(self._text(IPTC_PROFILE), new))
        return splices

    def _placed(self, old: Chunk | None, new: bytes) -> Splice:
        first = self.chunks[0].end
        return Splice(old.start, old.end, new) if old else Splice(first, first, new)


def _chunks(source: Source) -> list[Chunk]:
    found: list[Chunk] = []
    position = len(SIGNATURE)
    while not found or found[-1].type != b"IEND":
        length, kind = struct.unpack(">I4s", source.read(position, 8))
        end = position + 12 + length
        if end > source.size:
            raise MetadataError("PNG: a chunk breaks off")
        keyword = b""
        if kind in TEXTS:
            keyword = source.read(position + 8, min(length, 80)).split(b"\0")[0]
        found.append(Chunk(kind, position, end, keyword))
        position = end
        if len(found) > MAX_CHUNKS:
            raise MetadataError("PNG: too many chunks")
    if found[0].type != b"IHDR" or found[0].end - found[0].start != 25:
        raise MetadataError("PNG: it does not begin with its header")
    return found


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _inflated(data: bytes) -> bytes:
    """Unpacked bytes; MetadataError for nonsense and for bombs."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(data, MAX_TEXT)
    except zlib.error as error:
        raise MetadataError("a packed text is damaged") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise MetadataError("a packed text is damaged or too large")
    return text


def _profile(text: bytes) -> bytes:
    r"""The bytes of a raw profile: `\nname\n length\nhexadecimal digits`."""
    parts = text.strip().split(b"\n", 2)
    try:
        return bytes.fromhex(parts[2].decode("ascii"))
    except (IndexError, ValueError) as error:
        raise MetadataError("a raw profile is damaged") from error


def _raw_profile(keyword: bytes, data: bytes) -> bytes:
    name, digits = keyword.rsplit(b" ", 1)[1], data.hex().encode()
    lines = b"\n".join(digits[start : start + 72] for start in range(0, len(digits), 72))
    text = b"\n" + name + b"\n%8d\n" % len(data) + lines + b"\n"
    return _chunk(b"zTXt", keyword + b"\0\0" + zlib.compress(text))


def _unwrapped(profile: bytes) -> tuple[bytes | None, bytes | None]:
    """IPTC and its digest out of a profile, which may hold them in Photoshop resources or bare."""
    if profile[:4] != b"8BIM":
        return profile, None
    found = resources(profile)
    return resource(found, IPTC_RESOURCE), resource(found, DIGEST_RESOURCE)
