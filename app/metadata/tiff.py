"""Directories of TIFF, which EXIF is made of: read with every offset checked, edited without moving
what stays.

An edit writes only the directory and the values that change; everything else keeps its offset, so
that maker notes and image data, whose own offsets nobody may know, stay valid (TIFF 6.0 section 2;
BigTIFF where the magic is 43).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from .model import MetadataError
from .source import Range, Source, Splice

SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
BYTE, ASCII, SHORT, LONG, UNDEFINED = 1, 2, 3, 4, 7
MAX_ENTRIES = 4096
MAX_VALUE = 64 << 20
MAX_NUMBERS = 1 << 20
# Olympus ("RO", "RS") and Panasonic ("U\0") RAW files are TIFF under a magic number of their own.
MAGICS = {42, 43, 0x4F52, 0x5352, 0x55}


@dataclass(frozen=True)
class Value:
    """A value to be written: TIFF type, count and bytes in the block's byte order."""

    type: int
    count: int
    data: bytes


@dataclass(frozen=True)
class Entry:
    """One entry of a directory; `field` is the value itself or its offset."""

    tag: int
    type: int
    count: int
    field: bytes

    @property
    def length(self) -> int:
        """Bytes of the value; 0 for a type that TIFF does not know."""
        return SIZES.get(self.type, 0) * self.count


@dataclass(frozen=True)
class Directory:
    """One directory: where it stands, its entries in file order, where the next one stands (0:
    none).
    """

    offset: int
    entries: tuple[Entry, ...]
    next: int

    @cached_property
    def by_tag(self) -> dict[int, Entry]:
        """The entries by tag; of a tag that stands twice, the first."""
        return {entry.tag: entry for entry in reversed(self.entries)}


class Tiff:
    """A TIFF file or an EXIF block; MetadataError where its first directory is unreadable."""

    def __init__(self, source: Source) -> None:
        self.source = source
        head = source.head(16)
        if len(head) < 8 or head[:2] not in (b"II", b"MM"):
            raise MetadataError("no TIFF header")
        self.order = "<" if head[:2] == b"II" else ">"
        self.magic = self._unpack("H", head[2:4])
        if self.magic not in MAGICS:
            raise MetadataError("no TIFF header")
        self.big = self.magic == 43
        self.width, self.pointer, self.header = (8, "Q", 16) if self.big else (4, "I", 8)
        if len(head) < self.header:
            raise MetadataError("the file ends too early")
        self.first = self.directory(
            self._unpack(self.pointer, head[self.header - self.width : self.header])
        )

    def _unpack(self, code: str, data: bytes) -> int:
        value: int = struct.unpack(self.order + code, data)[0]
        return value

    def directory(self, offset: int) -> Directory:
        """The directory at `offset`; MetadataError where it does not lie within the file."""
        counter = 8 if self.big else 2
        count = self._unpack("Q" if self.big else "H", self.source.read(offset, counter))
        if not 0 < count <= MAX_ENTRIES:
            raise MetadataError(f"a directory with {count} entries")
        step = 20 if self.big else 12
        table = self.source.read(offset + counter, count * step)
        entries = tuple(self._entry(table[i * step : (i + 1) * step]) for i in range(count))
        end = offset + counter + count * step
        # Some writers leave the pointer to the next directory out at the very end of the block.
        after = (
            self._unpack(self.pointer, self.source.read(end, self.width))
            if end + self.width <= self.source.size
            else 0
        )
        return Directory(offset, entries, after)

    def _entry(self, raw: bytes) -> Entry:
        tag, type_, count = struct.unpack(self.order + "HH" + self.pointer, raw[: -self.width])
        return Entry(tag, type_, count, raw[-self.width :])

    def extent(self, directory: Directory) -> Range:
        """The bytes that a directory takes."""
        size = (16 if self.big else 6) + len(directory.entries) * (20 if self.big else 12)
        return Range(directory.offset, min(directory.offset + size, self.source.size))

    def storage(self, entry: Entry) -> Range | None:
        """Where a value stands that does not fit its entry; None for one that does."""
        if entry.length <= self.width:
            return None
        start = self._unpack(self.pointer, entry.field)
        return Range(start, start + entry.length)

    def data(self, entry: Entry) -> bytes:
        """A value's bytes; MetadataError where they do not lie within the file."""
        if entry.length > MAX_VALUE:
            raise MetadataError(f"tag {entry.tag} claims {entry.length} bytes")
        place = self.storage(entry)
        return (
            entry.field[: entry.length]
            if place is None
            else self.source.read(place.start, entry.length)
        )

    def integers(self, entry: Entry) -> tuple[int, ...]:
        """A value as whole numbers; empty for other types."""
        code = INTEGERS.get(entry.type)
        if entry.count > MAX_NUMBERS:
            raise MetadataError(f"tag {entry.tag} claims {entry.count} numbers")
        return struct.unpack(f"{self.order}{entry.count}{code}", self.data(entry)) if code else ()

    def fractions(self, entry: Entry) -> tuple[Fraction | None, ...]:
        """A value of rationals, whole numbers or floats; None where a denominator is zero or a
        float is not finite.
        """
        if entry.type in (5, 10):
            flat = struct.unpack(
                f"{self.order}{entry.count * 2}{'I' if entry.type == 5 else 'i'}", self.data(entry)
            )
            pairs = zip(flat[::2], flat[1::2], strict=True)
            return tuple(Fraction(top, bottom) if bottom else None for top, bottom in pairs)
        if entry.type in (11, 12):
            floats = struct.unpack(
                f"{self.order}{entry.count}{'f' if entry.type == 11 else 'd'}", self.data(entry)
            )
            return tuple(Fraction(f) if abs(f) < 1e18 else None for f in floats)
        return tuple(Fraction(number) for number in self.integers(entry))

    def value(self, type_: int, *numbers: int) -> Value:
        """Whole numbers as a value in this block's byte order."""
        return Value(
            type_,
            len(numbers),
            struct.pack(f"{self.order}{len(numbers)}{INTEGERS[type_]}", *numbers),
        )

    def edit(self, changes: Mapping[int, Value | None]) -> list[Splice]:
        """Splices that set (or with None delete) entries of the first directory; nothing else
        moves.
        """
        kept = [entry for entry in self.first.entries if entry.tag not in changes]
        foreign = [place for entry in kept if (place := self.storage(entry))]
        splices, appended = [], bytearray()
        end = self.source.size + self.source.size % 2
        for tag, value in changes.items():
            room = self._room(tag, foreign)
            if value is not None and len(value.data) <= self.width:
                field = value.data.ljust(self.width, b"\0")
            elif (
                value is not None and room is not None and len(value.data) <= room.end - room.start
            ):
                field = struct.pack(self.order + self.pointer, room.start)
                splices.append(
                    Splice(room.start, room.end, value.data.ljust(room.end - room.start, b"\0"))
                )
                room = None
            elif value is not None:
                field = struct.pack(self.order + self.pointer, end + len(appended))
                appended += value.data + b"\0" * (len(value.data) % 2)
            if value is not None:
                kept.append(Entry(tag, value.type, value.count, field))
            if (
                room is not None
            ):  # what is no longer said must not be found by programs that search the bytes
                splices.append(Splice(room.start, room.end, b"\0" * (room.end - room.start)))
        return splices + self._placed(kept, bytes(appended), end)

    def _room(self, tag: int, foreign: list[Range]) -> Range | None:
        """Where the old value stands, if that place is inside the file and nobody else's."""
        old = self.first.by_tag.get(tag)
        room = self.storage(old) if old else None
        if room is None or room.start < self.header or room.end > self.source.size:
            return None
        return None if _overlap(room, [*foreign, self.extent(self.first)]) else room

    def _placed(self, entries: list[Entry], appended: bytes, end: int) -> list[Splice]:
        """The new directory over the old one where it fits, else after everything."""
        table = b"".join(
            struct.pack(self.order + "HH" + self.pointer, entry.tag, entry.type, entry.count)
            + entry.field
            for entry in sorted(entries, key=lambda entry: entry.tag)
        )
        count = struct.pack(self.order + ("Q" if self.big else "H"), len(entries))
        directory = count + table + struct.pack(self.order + self.pointer, self.first.next)
        old = self.extent(self.first)
        place = end + len(appended)
        splices = []
        if len(directory) <= old.end - old.start:
            splices.append(Splice(*old, directory.ljust(old.end - old.start, b"\0")))
        elif place >= 1 << (8 * self.width):
            raise MetadataError("the file is too large for its format")
        else:
            pointer = struct.pack(self.order + self.pointer, place)
            splices.append(Splice(self.header - self.width, self.header, pointer))
            # Emptied, so that nobody takes the old directory for a second one.
            if not _overlap(old, [r for entry in entries if (r := self.storage(entry))]):
                splices.append(Splice(*old, b"\0" * (old.end - old.start)))
            appended += directory
        if appended:
            padding = b"\0" * (end - self.source.size)
            splices.append(Splice(self.source.size, self.source.size, padding + appended))
        return splices


def _overlap(place: Range, others: Iterable[Range]) -> bool:
    return any(place.start < other.end and other.start < place.end for other in others)


def new_block(values: Mapping[int, Value]) -> bytes:
    """An EXIF block, little-endian, with one directory of these values."""
    table, stored = b"", b""
    place = 8 + 2 + 12 * len(values) + 4
    for tag, value in sorted(values.items()):
        field = value.data.ljust(4, b"\0")
        if len(value.data) > 4:
            field = struct.pack("<I", place + len(stored))
            stored += value.data + b"\0" * (len(value.data) % 2)
        table += struct.pack("<HHI", tag, value.type, value.count) + field
    return struct.pack("<2sHIH", b"II", 42, 8, len(values)) + table + b"\0\0\0\0" + stored
