"""TIFF files: metadata are entries of the first directory; what is written stands after everything
that was there.

RAW files of most makers are TIFF as well; they are read here and never written.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from .blocks import Blocks, Changes
from .exif import EXIF_IFD, GPS_IFD
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
from .tiff import BYTE, LONG, UNDEFINED, Directory, Entry, Tiff, Value

XMP, IPTC, PHOTOSHOP = 700, 33723, 34377
SUBFILE, WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC, SUB_IFDS, INTEROP_IFD, DNG = (
    254,
    256,
    257,
    259,
    262,
    330,
    40965,
    50706,
)
OFFSETS = {273: 279, 324: 325}  # strips and tiles: where, how long
WRITABLE_COMPRESSIONS = {
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    32773,
    32946,
    34712,
    34887,
    34925,
    50000,
    50001,
    50002,
}
WRITABLE_PHOTOMETRICS = {*range(7), 8, 9, 10}
MAX_DIRECTORIES, MAX_ENTRIES = 1000, 100_000


class TiffFile:
    """A TIFF file, or a RAW file that is one inside."""

    carries_iptc = True
    max_xmp: int | None = None
    max_exif: int | None = None
    own_tags = frozenset({XMP, IPTC, PHOTOSHOP})

    def __init__(self, source: Source) -> None:
        self.source = source
        self.tiff = Tiff(source)

    def integer(self, directory: Directory, tag: int, default: int) -> int:
        """The first number of an entry, `default` where there is none."""
        entry = directory.by_tag.get(tag)
        values = self.tiff.integers(entry) if entry and entry.count <= 16 else ()
        return values[0] if values else default

    @cached_property
    def directories(self) -> list[Directory]:
        """Every page and every directory below one, each once."""
        found: dict[int, Directory] = {self.tiff.first.offset: self.tiff.first}
        waiting, entries = [self.tiff.first], 0
        while waiting:
            directory = waiting.pop(0)
            for offset in self._offsets(directory):
                if offset not in found:
                    if len(found) >= MAX_DIRECTORIES or entries > MAX_ENTRIES:
                        raise MetadataError("TIFF: too many pages")
                    found[offset] = self.tiff.directory(offset)
                    entries += len(found[offset].entries)
                    waiting.append(found[offset])
        return list(found.values())

    def _offsets(self, directory: Directory) -> Iterator[int]:
        if directory.next:
            yield directory.next
        for tag in (SUB_IFDS, EXIF_IFD, GPS_IFD, INTEROP_IFD):
            entry = directory.by_tag.get(tag)
            if entry is not None:
                yield from (offset for offset in self.tiff.integers(entry) if offset)

    @cached_property
    def writable(self) -> bool:
        """Whether this is a plain TIFF: no RAW data in any directory, no vendor's compression, not
        a DNG.
        """
        first = self.tiff.first
        if (
            DNG in first.by_tag
            or self.source.read(8, 2) == b"CR"
            or self.tiff.magic not in (42, 43)
        ):
            return False
        if self.integer(first, SUBFILE, 0) & 1:
            return False
        return all(
            self.integer(directory, COMPRESSION, 1) in WRITABLE_COMPRESSIONS
            and self.integer(directory, PHOTOMETRIC, 2) in WRITABLE_PHOTOMETRICS
            for directory in self.directories
            if WIDTH in directory.by_tag and PHOTOMETRIC in directory.by_tag
        )

    @cached_property
    def size(self) -> tuple[int, int] | None:
        """Width and height of the first page; of a RAW file, of its largest picture."""
        try:
            pages = [self.tiff.first] if self.writable else self.directories
            sizes = [
                (self.integer(page, WIDTH, 0), self.integer(page, HEIGHT, 0)) for page in pages
            ]
        except MetadataError:
            return None
        width, height = max(sizes, key=lambda size: size[0] * size[1])
        return (width, height) if width and height else None

    @cached_property
    def blocks(self) -> Blocks:
        """The directories themselves as EXIF, IPTC from its own entry or Photoshop's, XMP."""
        problems, broken = [], set()
        xmp, iptc, digest = None, None, None
        try:
            xmp = self._data(XMP)
        except MetadataError as error:
            problems.append(f"XMP: {error}")
            broken.add("xmp")
        try:
            found = self._resources()
            iptc, digest = self._data(IPTC), resource(found, DIGEST_RESOURCE)
            iptc = resource(found, IPTC_RESOURCE) if iptc is None else iptc
        except MetadataError as error:
            problems.append(f"IPTC: {error}")
            broken.add("iptc")
        return Blocks(self.tiff, iptc, digest, xmp, None, tuple(problems), frozenset(broken))

    def _data(self, tag: int) -> bytes | None:
        entry = self.tiff.first.by_tag.get(tag)
        return self.tiff.data(entry) if entry else None

    def _resources(self) -> tuple[Resource, ...]:
        return resources(self._data(PHOTOSHOP) or b"")

    def splices(self, changes: Changes) -> list[Splice]:
        """The edited first directory and its new values."""
        entries: dict[int, Value | None] = dict(changes.exif)
        if changes.xmp is not None:
            entries[XMP] = Value(BYTE, len(changes.xmp), changes.xmp)
        if changes.iptc is not None:
            entries[IPTC] = self._iptc(changes.iptc)
            found = self._resources()
            if found:
                found = (
                    with_resource(found, DIGEST_RESOURCE, changes.iptc_digest)
                    if changes.iptc_digest
                    else found
                )
                if resource(found, IPTC_RESOURCE) is not None:
                    found = with_resource(found, IPTC_RESOURCE, changes.iptc)
                block = build_resources(found)
                entries[PHOTOSHOP] = Value(BYTE, len(block), block)
        return self.tiff.edit(entries)

    def _iptc(self, block: bytes) -> Value:
        """IPTC in the type that the file has it in; as LONG, which Adobe writes, filled up to four
        bytes.
        """
        old = self.tiff.first.by_tag.get(IPTC)
        if old is not None and old.type == LONG:
            block += b"\0" * (-len(block) % 4)
            return Value(LONG, len(block) // 4, block)
        return Value(UNDEFINED, len(block), block)

    def untouched(self) -> list[Range]:
        """Strips, tiles and every value of every directory that is not metadata of ours."""
        ranges: list[Range] = []
        for directory in self.directories:
            for entry in sorted(directory.entries, key=lambda entry: entry.tag):
                place = self.tiff.storage(entry)
                if place is not None and not (
                    directory is self.tiff.first and entry.tag in self._ours()
                ):
                    ranges.append(self._inside(place))
                if entry.tag in OFFSETS:
                    ranges += self.pieces(directory, entry)
        if sum(place.end - place.start for place in ranges) > 4 * self.source.size:
            raise MetadataError("TIFF: its values overlap")
        return ranges

    def _ours(self) -> frozenset[int]:
        return self.own_tags | {0x9C9E, 18246, 18249}

    def pieces(self, directory: Directory, entry: Entry) -> Iterator[Range]:
        """Where the strips or tiles lie that an entry of OFFSETS lists."""
        sizes = directory.by_tag.get(OFFSETS[entry.tag])
        lengths = self.tiff.integers(sizes) if sizes else ()
        for start, length in zip(self.tiff.integers(entry), lengths, strict=False):
            yield self._inside(Range(start, start + length))

    def _inside(self, place: Range) -> Range:
        """A range cut to the file, since broken files claim more than they have."""
        return Range(min(place.start, self.source.size), min(place.end, self.source.size))
