"""What a container of a picture hands over to be read, and takes back to be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from .source import Range, Source, Splice, spliced
from .tiff import Tiff, Value, new_block


@dataclass(frozen=True)
class Blocks:
    """The metadata of a file: EXIF as directories, IPTC with the digest beside it, XMP.

    `extended` is the second packet of a JPEG whose XMP does not fit one segment. `parts` holds
    directories below EXIF's first one that stand in blocks of their own, by the tag that would
    point to them. `problems` says what is unreadable; `broken` names those blocks among them:
    exif, iptc, xmp.
    """

    exif: Tiff | None = None
    iptc: bytes | None = None
    iptc_digest: bytes | None = None
    xmp: bytes | None = None
    extended: bytes | None = None
    problems: tuple[str, ...] = ()
    broken: frozenset[str] = frozenset()
    parts: Mapping[int, Tiff] = field(default_factory=dict)


@dataclass(frozen=True)
class Changes:
    """What to write: entries of the first EXIF directory (None deletes one), new IPTC and XMP
    (None: as it was).
    """

    exif: Mapping[int, Value | None] = field(default_factory=dict)
    iptc: bytes | None = None
    iptc_digest: bytes | None = None
    xmp: bytes | None = None
    extended: bytes | None = None

    def __bool__(self) -> bool:
        return bool(self.exif) or self.iptc is not None or self.xmp is not None


class Container(Protocol):
    """A file of one format, parsed as far as its metadata need it."""

    @property
    def source(self) -> Source:
        """The file."""

    @property
    def blocks(self) -> Blocks:
        """Its metadata."""

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height as stored; None where the file does not say."""

    @property
    def carries_iptc(self) -> bool:
        """Whether the format has a place for IPTC."""

    @property
    def writable(self) -> bool:
        """Whether the file may be written into at all."""

    @property
    def max_xmp(self) -> int | None:
        """The most bytes of a packet; None where there is no limit."""

    @property
    def max_exif(self) -> int | None:
        """The most bytes of an EXIF block; None where there is no limit."""

    @property
    def own_tags(self) -> frozenset[int]:
        """Tags of the first EXIF directory that stand for whole blocks of metadata."""

    def splices(self, changes: Changes) -> list[Splice]:
        """What to replace in the file; MetadataError where the changes do not fit."""

    def untouched(self) -> list[Range]:
        """The bytes that no change of metadata may alter: the picture and everything that is not
        ours.
        """


def exif_block(old: Tiff | None, changes: Mapping[int, Value | None]) -> bytes | None:
    """The EXIF block with the changes made; None when nothing is left in it."""
    if old is None:
        values = {tag: value for tag, value in changes.items() if value is not None}
        return new_block(values) if values else None
    left = [entry for entry in old.first.entries if changes.get(entry.tag, ...) is not None]
    if not left and not old.first.next and not any(changes.values()):
        return None
    return b"".join(spliced(old.source, old.edit(changes)))
