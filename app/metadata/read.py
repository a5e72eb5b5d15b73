"""Everything known about a photo, from its EXIF, IPTC and XMP and from its sidecar.

Where blocks disagree, the Metadata Working Group's guidance decides: EXIF first for what the camera
knows, then IPTC if its digest shows that it was changed after the XMP was written, then XMP, then
IPTC. A sidecar beats the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from . import exif, iptc, keywords, regions
from .blocks import Blocks
from .dates import iptc_date, xmp_date
from .model import Gps, Keyword, Metadata, MetadataError, Region
from .opening import Size, opened
from .places import rational, xmp_gps
from .source import Source
from .summary import summarise
from .xmp import MAX_PACKET, Packet

T = TypeVar("T")
# What cameras write into the description of every photo.
NO_DESCRIPTION = {
    "OLYMPUS DIGITAL CAMERA",
    "SONY DSC",
    "DCIM",
    "SAMSUNG",
    "MINOLTA DIGITAL CAMERA",
    "Default",
}


def read(path: Path, sidecar: Path | None = None) -> Metadata:
    """What a photo and its sidecar say about it; what is broken in them is named in `problems`.

    Raises OSError where the photo itself cannot be opened.
    """
    found, _ = photo(path, sidecar)
    return replace(found, summary=summarise(found))


def photo(path: Path, sidecar: Path | None = None) -> tuple[Metadata, tuple[Size | None, int]]:
    """As `read`, without the summary, with what regions need: size as stored and orientation still
    to be applied.
    """
    with Source(path) as source:
        blocks, size, turns = opened(path, source)
        reading = _Reading(blocks, _sidecar(sidecar))
        found = reading.metadata(size, turns)
    return found, (size, found.orientation if turns else 1)


def _sidecar(path: Path | None) -> bytes | str | None:
    """The sidecar's bytes, or in words why there are none."""
    if path is None:
        return None
    try:
        return (
            path.read_bytes() if path.stat().st_size <= MAX_PACKET else "sidecar: more than 32 MB"
        )
    except OSError as error:
        return f"sidecar: {error.strerror}"


class _Reading:
    """The parsed blocks of one photo; what cannot be parsed is noted and left out."""

    def __init__(self, blocks: Blocks, sidecar: bytes | str | None) -> None:
        self.problems = list(blocks.problems)
        self.blocks = blocks
        self.exif = exif.decode(blocks.exif, blocks.parts) if blocks.exif else exif.Exif()
        self.datasets = self._try(iptc.parse, blocks.iptc or b"") or ()
        self.xmp = self._try(Packet.parse, blocks.xmp or b"") or Packet.new()
        if blocks.extended is not None and (more := self._try(Packet.parse, blocks.extended)):
            self.xmp.absorb(more)
        self.side = Packet.new()
        if isinstance(sidecar, bytes):
            self.side = self._try(Packet.parse, sidecar) or self.side
        elif sidecar is not None:
            self.problems.append(sidecar)
        digest = blocks.iptc_digest
        self.stale = bool(blocks.iptc and digest and digest != iptc.digest(blocks.iptc))

    def _try(self, parse: Callable[[bytes], T], data: bytes) -> T | None:
        try:
            return parse(data)
        except MetadataError as error:
            self.problems.append(str(error))
            return None

    def metadata(self, size: tuple[int, int] | None, turns: bool) -> Metadata:
        """All fields; `turns`: EXIF's orientation is still to be applied to `size`."""
        camera = self.exif
        found_keywords = self._keywords()
        orientation = self._orientation()
        return Metadata(
            taken_at=self._taken_at(),
            make=_first(camera.make, self._text("tiff:Make")),
            model=_first(camera.model, self._text("tiff:Model")),
            lens=_first(camera.lens, self._text("exifEX:LensModel"), self._text("aux:Lens")),
            exposure=_first(camera.exposure, rational(self._text("exif:ExposureTime"))),
            aperture=_first(camera.aperture, rational(self._text("exif:FNumber"))),
            iso=_first(camera.iso, _whole(self._first_item("exif:ISOSpeedRatings"))),
            focal_length=_first(camera.focal_length, rational(self._text("exif:FocalLength"))),
            gps=self._gps(),
            rating=self._rating(),
            label=self._text("xmp:Label"),
            title=_first(self._reconciled(None, 5, "dc:title"), camera.title),
            description=self._reconciled(self._description(), 120, "dc:description"),
            creator=self._reconciled(camera.creator, 80, "dc:creator"),
            copyright=self._reconciled(camera.copyright, 116, "dc:rights"),
            software=_first(camera.software, self._text("xmp:CreatorTool")),
            orientation=orientation,
            keywords=found_keywords,
            regions=tuple(self._regions(size, orientation if turns else 1)),
            people=tuple(self._people()),
            problems=tuple(dict.fromkeys(self.problems)),
        )

    def _text(self, name: str) -> str | None:
        return self.side.text(name) or self.xmp.text(name)

    def _first_item(self, name: str) -> str | None:
        return next(iter(self.side.items(name) or self.xmp.items(name)), None)

    def _description(self) -> str | None:
        text = self.exif.description
        return None if text in NO_DESCRIPTION else text

    def _reconciled(self, camera: str | None, number: int, name: str) -> str | None:
        """A text that EXIF, IPTC and XMP share."""
        own = ", ".join(iptc.texts(self.datasets, number)) or None
        return _first(
            _joined(self.side, name),
            camera,
            own if self.stale else None,
            _joined(self.xmp, name),
            own,
        )

    def _taken_at(self) -> datetime | None:
        camera = self.exif.taken_at
        own = iptc_date(
            *(next(iter(iptc.texts(self.datasets, number)), None) for number in (55, 60))
        )
        sides = _dates(self.side)
        if camera and sides and _second(camera) == _second(sides):
            sides = None  # the same moment; EXIF may know the offset and parts of a second
        stated = (own if self.stale else None, _dates(self.xmp), own)
        late = (self.exif.digitised_at, xmp_date(self._text("xmp:CreateDate")))
        return _with_zone(_first(sides, camera, *stated, *late), stated)

    def _gps(self) -> Gps | None:
        camera = self.exif.gps
        return _first(xmp_gps(self.side), camera, xmp_gps(self.xmp))

    def _rating(self) -> int | None:
        stated = rating(self.side.text("xmp:Rating"))
        own = rating(self.xmp.text("xmp:Rating"))
        return _first(stated, own, self.exif.rating)

    def _orientation(self) -> int:
        if self.blocks.exif is not None and exif.ORIENTATION in self.blocks.exif.first.by_tag:
            return self.exif.orientation
        stated = _whole(self.xmp.text("tiff:Orientation"))
        return stated if stated is not None and stated in range(1, 9) else 1

    def _keywords(self) -> tuple[Keyword, ...]:
        """The sidecar's keywords if it has any field of them, so that what was removed there stays
        away.
        """
        found = keywords.Found()
        try:
            if keywords.says_keywords(self.side):
                keywords.from_xmp(self.side, found)
                return found.merged()
            keywords.from_xmp(self.xmp, found)
        except MetadataError as error:
            self.problems.append(str(error))
        found.iptc += iptc.keywords(self.datasets)
        if self.blocks.exif is not None:
            found.paths += [((name,), ";") for name in exif.xp_keywords(self.blocks.exif)]
        return found.merged()

    def _people(self) -> Iterable[str]:
        name = "Iptc4xmpExt:PersonInImage"
        return dict.fromkeys((self.side if self.side.has(name) else self.xmp).items(name))

    def _regions(self, size: tuple[int, int] | None, orientation: int) -> list[Region]:
        packets = (self.side, self.xmp)
        packet = next(
            (p for p in packets if p.has("mwg-rs:Regions") or p.has("MP:RegionInfo")), None
        )
        if packet is None:
            return []
        size = size or regions.applied_to(packet)
        if size is None:
            self.problems.append("regions: the size of the picture is not known")
            return []
        return regions.read(packet, size, orientation)


def _first(*values: T | None) -> T | None:
    """The first value that is there."""
    return next((value for value in values if value is not None), None)


def _second(moment: datetime) -> datetime:
    """A moment on the clock, without its offset and parts of a second."""
    return moment.replace(tzinfo=None, microsecond=0)


def _with_zone(taken: datetime | None, others: Iterable[datetime | None]) -> datetime | None:
    """The moment with the offset that another block knows for the same time on the clock."""
    if taken is None or taken.tzinfo is not None:
        return taken
    same = (o for o in others if o and o.tzinfo and _second(o) == _second(taken))
    zoned = next(same, None)
    return taken if zoned is None else taken.replace(tzinfo=zoned.tzinfo)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None


def rating(text: str | None) -> int | None:
    """-1 to 5; None for anything else."""
    try:
        value = round(float(text or ""))
    except (ValueError, OverflowError):
        return None
    return value if -1 <= value <= 5 else None


def _joined(packet: Packet, name: str) -> str | None:
    """A text, or the names of a list with commas between."""
    if name == "dc:creator":
        return ", ".join(packet.items(name)) or None
    return packet.text(name)


def _dates(packet: Packet) -> datetime | None:
    """When a packet says that the photo was taken."""
    return _first(
        xmp_date(packet.text("photoshop:DateCreated")),
        xmp_date(packet.text("exif:DateTimeOriginal")),
    )
