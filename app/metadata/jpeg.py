"""JPEG: segments up to the first scan, of which only the metadata's own are ever replaced.

Sources: ITU-T T.81; XMP specification part 3 (extended XMP); CIPA DC-007 (multi-picture format).
"""

from __future__ import annotations

import hashlib
import struct
from functools import cached_property
from typing import NamedTuple

from .blocks import Blocks, Changes, exif_block
from .iptc import (
    DIGEST_RESOURCE,
    IPTC_RESOURCE,
    Resource,
    build_resources,
    resource,
    resources,
    with_resource,
)
from .model import MetadataError
from .source import Range, Source, Splice
from .tiff import Tiff

EXIF, XMP, EXTENDED = (
    b"Exif\0\0",
    b"http://ns.adobe.com/xap/1.0/\0",
    b"http://ns.adobe.com/xmp/extension/\0",
)
MANGLED = b"XMP\0://ns.adobe.com/xap/1.0/\0"  # by a web editor; other readers forgive it, too
PHOTOSHOP, MPF = b"Photoshop 3.0\0", b"MPF\0"
APP0, APP1, APP2, APP13, SOS, EOI = 0xE0, 0xE1, 0xE2, 0xED, 0xDA, 0xD9
PAYLOAD = 65533
MP_ENTRY = 0xB002
MAX_EXTENDED = 32 << 20
MAX_SEGMENTS, MAX_FILL = 10_000, 4096


class Segment(NamedTuple):
    """One marker segment: its marker, its bytes with the marker, where its payload begins."""

    marker: int
    start: int
    end: int
    payload: int


class Jpeg:
    """A JPEG file; MetadataError where its segments break off before the first scan."""

    carries_iptc = True
    writable = True
    max_xmp = PAYLOAD - len(XMP)
    max_exif = PAYLOAD - len(EXIF)
    own_tags: frozenset[int] = frozenset()

    def __init__(self, source: Source) -> None:
        self.source = source
        self.segments = _segments(source)

    @cached_property
    def size(self) -> tuple[int, int] | None:
        """Width and height as stored."""
        for segment in self.segments:
            if 0xC0 <= segment.marker <= 0xCF and segment.marker not in (0xC4, 0xC8, 0xCC):
                height, width = struct.unpack(">HH", self.source.read(segment.payload + 1, 4))
                return (width, height) if width and height else None
        return None

    def _named(self, marker: int, name: bytes) -> list[Segment]:
        return [
            s
            for s in self.segments
            if s.marker == marker
            and s.end - s.payload >= len(name)
            and self.source.read(s.payload, len(name)) == name
        ]

    def _packets(self) -> list[Segment]:
        """The segments of XMP, those with a proper name first."""
        return self._named(APP1, XMP) or self._named(APP1, MANGLED)

    def _payload(self, segment: Segment, name: bytes = b"") -> bytes:
        start = segment.payload + len(name)
        return self.source.read(start, segment.end - start)

    @cached_property
    def blocks(self) -> Blocks:
        """EXIF, IPTC and XMP with its extension, as far as they can be read."""
        problems, broken = [], set()
        exif, digest, iptc, extended = None, None, None, None
        main = next((self._payload(s, XMP) for s in self._packets()), None)
        try:
            exif = next(
                (Tiff(Source(self._payload(s, EXIF))) for s in self._named(APP1, EXIF)), None
            )
        except MetadataError as error:
            problems.append(f"EXIF: {error}")
            broken.add("exif")
        try:
            found = self._resources()
            iptc, digest = resource(found, IPTC_RESOURCE), resource(found, DIGEST_RESOURCE)
        except MetadataError as error:
            problems.append(str(error))
            broken.add("iptc")
        try:
            extended = self._extended(main)
        except MetadataError as error:
            problems.append(str(error))
        return Blocks(exif, iptc, digest, main, extended, tuple(problems), frozenset(broken))

    def _resources(self) -> tuple[Resource, ...]:
        """The Photoshop resources; a block may be cut at any byte into several segments."""
        parts = [self._payload(s, PHOTOSHOP) for s in self._named(APP13, PHOTOSHOP)]
        try:
            return tuple(r for part in parts for r in resources(part))
        except MetadataError:
            return resources(b"".join(parts))

    def _extended(self, main: bytes | None) -> bytes | None:
        """The extension that the main packet names by its MD5, put together from its segments."""
        pieces: dict[int, bytes] = {}
        total = 0
        for segment in self._named(APP1, EXTENDED):
            data = self._payload(segment, EXTENDED)
            if len(data) < 40 or main is None or data[:32] not in main:
                continue
            total = int.from_bytes(data[32:36], "big")
            pieces[int.from_bytes(data[36:40], "big")] = data[40:]
        if not pieces:
            return None
        whole = b"".join(piece for _, piece in sorted(pieces.items()))
        if total > MAX_EXTENDED or len(whole) != total:
            raise MetadataError("XMP: parts of its extension are missing")
        return whole

    def untouched(self) -> list[Range]:
        """All bytes but the segments of metadata and the multi-picture index."""
        ranges, position = [], 0
        for segment in self._owned():
            ranges.append(Range(position, segment.start))
            position = segment.end
        return [*ranges, Range(position, self.source.size)]

    def _owned(self) -> list[Segment]:
        owned = [(APP1, EXIF), (APP1, XMP), (APP1, MANGLED), (APP1, EXTENDED)]
        owned += [(APP13, PHOTOSHOP), (APP2, MPF)]
        found = [segment for marker, name in owned for segment in self._named(marker, name)]
        return sorted(found, key=lambda segment: segment.start)

    def splices(self, changes: Changes) -> list[Splice]:
        """The new segments in the places of the old ones, missing ones after the header."""
        place = 2
        for segment in self.segments:
            if segment.marker != APP0 or segment.start != place:
                break
            place = segment.end
        splices: list[Splice] = []
        old = self._named(APP1, EXIF)[:1]
        if changes.exif and "exif" not in self.blocks.broken:
            block = exif_block(self.blocks.exif, changes.exif)
            splices += _replaced(
                old, place, [] if block is None else _cut(APP1, EXIF, block, "EXIF")
            )
        place = old[0].end if old else place
        if changes.xmp is not None:
            old = self._packets()[:1]
            splices += _replaced(old, place, _cut(APP1, XMP, changes.xmp, "XMP"))
            place = old[0].end if old else place
        if changes.extended is not None:
            splices += _replaced(self._named(APP1, EXTENDED), place, _extension(changes.extended))
        if changes.iptc is not None:
            found = with_resource(self._resources(), IPTC_RESOURCE, changes.iptc)
            if changes.iptc_digest is not None:
                found = with_resource(found, DIGEST_RESOURCE, changes.iptc_digest)
            splices += _replaced(
                self._named(APP13, PHOTOSHOP), place, _pieces(build_resources(found))
            )
        return splices + self._index(splices)

    def _index(self, splices: list[Splice]) -> list[Splice]:
        """The multi-picture index with the offsets and the first size moved by what the splices
        add.
        """
        moved = []
        for segment in self._named(APP2, MPF)[:1]:
            base = segment.payload + len(MPF)
            index = Tiff(Source(self._payload(segment, MPF)))
            entry = index.first.by_tag.get(MP_ENTRY)
            place = index.storage(entry) if entry else None
            if entry is None or place is None:
                continue
            data = bytearray(index.data(entry))
            growth = sum(len(s.data) - (s.end - s.start) for s in splices)
            behind = sum(len(s.data) - (s.end - s.start) for s in splices if s.start > base)
            for start in range(0, len(data) - 15, 16):
                size, offset = struct.unpack_from(index.order + "II", data, start + 4)
                size, offset = (size, offset + behind) if offset else (size + growth, 0)
                struct.pack_into(index.order + "II", data, start + 4, size, offset)
            moved.append(Splice(base + place.start, base + place.end, bytes(data)))
        return moved


def _segments(source: Source) -> list[Segment]:
    """All segments up to and without the first scan."""
    found: list[Segment] = []
    position = 2
    while True:
        if source.read(position, 1) != b"\xff":
            raise MetadataError("JPEG: a segment does not begin where it should")
        start = position
        while (marker := source.read(position + 1, 1)[0]) == 0xFF:
            position += 1
            if position - start > MAX_FILL:
                raise MetadataError("JPEG: a segment does not begin where it should")
        position += 2
        if marker in (SOS, EOI):
            return found
        if marker in (0x01, *range(0xD0, 0xD9)):
            continue
        length = int.from_bytes(source.read(position, 2), "big")
        if length < 2 or position + length > source.size:
            raise MetadataError("JPEG: a segment breaks off")
        found.append(Segment(marker, start, position + length, position + 2))
        if len(found) > MAX_SEGMENTS:
            raise MetadataError("JPEG: too many segments")
        position += length


def _segment(marker: int, payload: bytes) -> bytes:
    return bytes((0xFF, marker)) + (len(payload) + 2).to_bytes(2, "big") + payload


def _cut(marker: int, name: bytes, block: bytes, what: str) -> list[bytes]:
    if len(name) + len(block) > PAYLOAD:
        raise MetadataError(f"{what} of {len(block)} bytes does not fit a JPEG segment")
    return [_segment(marker, name + block)]


def _extension(block: bytes) -> list[bytes]:
    """The segments of extended XMP, each with the MD5 and length of all and its offset."""
    guid = hashlib.md5(block, usedforsecurity=False).hexdigest().upper().encode()
    step = PAYLOAD - len(EXTENDED) - 40
    return [
        _segment(
            APP1,
            EXTENDED + guid + struct.pack(">II", len(block), start) + block[start : start + step],
        )
        for start in range(0, len(block), step)
    ]


def _pieces(block: bytes) -> list[bytes]:
    step = PAYLOAD - len(PHOTOSHOP)
    return [
        _segment(APP13, PHOTOSHOP + block[start : start + step])
        for start in range(0, len(block), step)
    ]


def _replaced(old: list[Segment], place: int, new: list[bytes]) -> list[Splice]:
    """The new segments where the first of the old ones was, the other old ones gone."""
    data = b"".join(new)
    if not old:
        return [Splice(place, place, data)] if data else []
    return [Splice(old[0].start, old[0].end, data), *(Splice(s.start, s.end, b"") for s in old[1:])]
