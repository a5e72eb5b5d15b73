"""HEIC and AVIF: which bytes of the file are its pictures, and not what is said about them.

Sources: ISO/IEC 14496-12 (boxes, items), ISO/IEC 23008-12 (image items). Read only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .canon import boxes
from .model import MetadataError
from .source import Range, Source

PICTURES = {b"hvc1", b"av01", b"avc1", b"grid", b"iovl", b"iden", b"tmap", b"jpeg", b"unci"}
MAX_META, MAX_ITEMS, MAX_EXTENTS = 32 << 20, 65_536, 200_000


@dataclass(frozen=True)
class _Item:
    """Where the bytes of an item lie: in the file (method 0) or in the box `idat` (method 1)."""

    number: int
    method: int
    extents: tuple[Range, ...]


class _Cursor:
    """Numbers of a box, one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.position = data, 0

    def take(self, length: int) -> int:
        """The next `length` bytes as a number; MetadataError where the box ends before."""
        end = self.position + length
        if end > len(self.data):
            raise MetadataError("HEIF: a box breaks off")
        value = int.from_bytes(self.data[self.position : end], "big")
        self.position = end
        return value


def image_data(source: Source) -> Iterator[Range | bytes]:
    """The bytes of every image item in the order of their numbers; MetadataError for others."""
    meta = dict(boxes(source, Range(0, source.size))).get(b"meta")
    if meta is None or meta.end - meta.start > MAX_META:
        raise MetadataError("HEIF: no list of pictures")
    inside = dict(boxes(source, Range(meta.start + 4, meta.end)))
    if not {b"iinf", b"iloc"} <= inside.keys():
        raise MetadataError("HEIF: no list of pictures")
    kinds = _kinds(source, inside[b"iinf"])
    places = _places(_Cursor(_read(source, inside[b"iloc"])))
    idat = inside.get(b"idat", Range(0, 0))
    total = 0
    for item in sorted(places, key=lambda item: item.number):
        if kinds.get(item.number) not in PICTURES:
            continue
        if item.method > 1:
            raise MetadataError("HEIF: items made of items")
        yield kinds[item.number]
        base, limit = (idat.start, idat.end) if item.method else (0, source.size)
        for start, end in item.extents:
            place = Range(base + start, base + end if end else limit)
            total += place.end - place.start
            if place.end > limit or total > source.size:
                raise MetadataError("HEIF: an item breaks off")
            yield place


def _read(source: Source, place: Range) -> bytes:
    return source.read(place.start, place.end - place.start)


def _kinds(source: Source, place: Range) -> dict[int, bytes]:
    """The kind of each item by its number."""
    wide = source.read(place.start, 1)[0] > 0
    found: dict[int, bytes] = {}
    for name, entry in boxes(source, Range(place.start + (8 if wide else 6), place.end), MAX_ITEMS):
        data = _read(source, entry)[:16]
        if name == b"infe" and len(data) >= 12 and data[0] in (2, 3):
            number = int.from_bytes(data[4 : 6 if data[0] == 2 else 8], "big")
            found[number] = data[8:12] if data[0] == 2 else data[10:14]
    return found


def _places(box: _Cursor) -> list[_Item]:
    """Where each item lies (the box `iloc`, versions 0 to 2)."""
    version = box.take(4) >> 24
    sizes, more = box.take(1), box.take(1)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if version else 0
    found, extents_left = [], MAX_EXTENTS
    for _ in range(min(box.take(4 if version == 2 else 2), MAX_ITEMS)):
        number = box.take(4 if version == 2 else 2)
        method = box.take(2) & 15 if version else 0
        box.take(2)
        base, extents = box.take(base_size), []
        for _ in range(box.take(2)):
            box.take(index_size)
            start = base + box.take(offset_size)
            length = box.take(length_size)
            extents.append(Range(start, start + length if length else 0))
            extents_left -= 1
        if extents_left < 0:
            raise MetadataError("HEIF: too many parts")
        found.append(_Item(number, method, tuple(extents)))
    return found
