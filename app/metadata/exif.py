"""The EXIF fields that the library shows, decoded; a value that makes no sense is left out.

Source: CIPA DC-008 (EXIF 2.32).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from .dates import exif_date
from .model import Gps, MetadataError, clean
from .tiff import ASCII, Directory, Tiff

DESCRIPTION, MAKE, MODEL, ORIENTATION, SOFTWARE, ARTIST, COPYRIGHT = (
    270,
    271,
    272,
    274,
    305,
    315,
    33432,
)
EXIF_IFD, GPS_IFD, XP_TITLE, XP_KEYWORDS, RATING = 34665, 34853, 0x9C9B, 0x9C9E, 18246
TAKEN, DIGITISED, TAKEN_OFFSET, DIGITISED_OFFSET, TAKEN_SUBSEC, DIGITISED_SUBSEC = (
    36867,
    36868,
    36881,
    36882,
    37521,
    37522,
)
EXPOSURE, APERTURE, ISO, FOCAL_LENGTH, LENS, WIDTH, HEIGHT = (
    33434,
    33437,
    34855,
    37386,
    42036,
    40962,
    40963,
)


def _bytes(tiff: Tiff, directory: Directory | None, tag: int) -> bytes:
    entry = directory.by_tag.get(tag) if directory else None
    if entry is None:
        return b""
    try:
        return tiff.data(entry)
    except MetadataError:
        return b""


def text(tiff: Tiff, directory: Directory | None, tag: int) -> str | None:
    """A text, UTF-8 or Windows Latin-1, without padding; None where it is blank."""
    data = _bytes(tiff, directory, tag).split(b"\0")[0]
    try:
        found = data.decode("utf-8")
    except UnicodeDecodeError:
        found = data.decode("cp1252", "replace")
    return found.strip() or None


def utf16(tiff: Tiff, tag: int) -> str:
    """A text of Windows' own XP fields."""
    return _bytes(tiff, tiff.first, tag).decode("utf-16-le", "ignore").split("\0")[0]


def xp_keywords(tiff: Tiff) -> list[str]:
    """The keywords that Windows wrote."""
    return [name for part in utf16(tiff, XP_KEYWORDS).split(";") if (name := clean(part))]


def numbers(tiff: Tiff, directory: Directory | None, tag: int) -> tuple[Fraction | None, ...]:
    """A value as fractions; empty where it is missing or unreadable."""
    entry = directory.by_tag.get(tag) if directory else None
    if entry is None or entry.type == ASCII or entry.count > 1024:
        return ()
    try:
        return tiff.fractions(entry)
    except MetadataError:
        return ()


def number(tiff: Tiff, directory: Directory | None, tag: int) -> Fraction | None:
    """The first number of a value if it is positive."""
    found = numbers(tiff, directory, tag)
    return found[0] if found and found[0] is not None and found[0] > 0 else None


def orientation(tiff: Tiff | None) -> int:
    """1 to 8; 1 where nothing sensible is said."""
    found = number(tiff, tiff.first, ORIENTATION) if tiff else None
    return int(found) if found is not None and found in range(1, 9) else 1


def below(tiff: Tiff, tag: int, parts: Mapping[int, Tiff]) -> tuple[Tiff, Directory | None]:
    """The directory that belongs under a tag of the first one, and the block in which it stands.

    It is a block of its own in `parts`, or the tag points to it; None where there is none.
    """
    if tag in parts:
        return parts[tag], parts[tag].first
    offset = number(tiff, tiff.first, tag)
    try:
        return tiff, tiff.directory(int(offset)) if offset is not None else None
    except MetadataError:
        return tiff, None


def gps(block: Tiff, parts: Mapping[int, Tiff]) -> Gps | None:
    """The place, None where it is incomplete or outside the Earth."""
    tiff, directory = below(block, GPS_IFD, parts)
    latitude = _degrees(tiff, directory, 2, "S")
    longitude = _degrees(tiff, directory, 4, "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    metres = numbers(tiff, directory, 6)
    altitude = None
    if metres and metres[0] is not None:
        below_sea = _bytes(tiff, directory, 5)[:1] == b"\x01"
        altitude = round(float(metres[0]), 2) * (-1 if below_sea else 1)
    return Gps(latitude, longitude, altitude)


def _degrees(tiff: Tiff, directory: Directory | None, tag: int, negative: str) -> float | None:
    parts = numbers(tiff, directory, tag)[:3]
    if not parts or parts[0] is None:
        return None
    total = sum((part or Fraction(0)) / 60**power for power, part in enumerate(parts))
    sign = -1 if (text(tiff, directory, tag - 1) or "").upper().startswith(negative) else 1
    return round(sign * float(total), 7)


@dataclass(frozen=True)
class Exif:
    """What an EXIF block says; None where it says nothing."""

    taken_at: datetime | None = None
    digitised_at: datetime | None = None
    make: str | None = None
    model: str | None = None
    lens: str | None = None
    exposure: float | None = None
    aperture: float | None = None
    iso: int | None = None
    focal_length: float | None = None
    gps: Gps | None = None
    rating: int | None = None
    title: str | None = None
    description: str | None = None
    creator: str | None = None
    copyright: str | None = None
    software: str | None = None
    orientation: int = 1
    size: tuple[int, int] | None = None


def decode(tiff: Tiff, parts: Mapping[int, Tiff]) -> Exif:
    """All fields of a block and of the parts that stand in blocks of their own."""
    first = tiff.first
    camera, inner = below(tiff, EXIF_IFD, parts)

    def real(tag: int) -> float | None:
        value = number(camera, inner, tag)
        return None if value is None else float(value)

    def moment(tag: int, subsec: int, offset: int) -> datetime | None:
        return exif_date(
            text(camera, inner, tag), text(camera, inner, subsec), text(camera, inner, offset)
        )

    iso, width, height = (
        number(camera, inner, ISO),
        number(camera, inner, WIDTH),
        number(camera, inner, HEIGHT),
    )
    rating = numbers(tiff, first, RATING)[:1]
    return Exif(
        taken_at=moment(TAKEN, TAKEN_SUBSEC, TAKEN_OFFSET),
        digitised_at=moment(DIGITISED, DIGITISED_SUBSEC, DIGITISED_OFFSET),
        make=text(tiff, first, MAKE),
        model=text(tiff, first, MODEL),
        lens=text(camera, inner, LENS),
        exposure=real(EXPOSURE),
        aperture=real(APERTURE),
        iso=None if iso is None else int(iso),
        focal_length=real(FOCAL_LENGTH),
        gps=gps(tiff, parts),
        rating=int(rating[0]) if rating and rating[0] is not None and 0 <= rating[0] <= 5 else None,
        title=utf16(tiff, XP_TITLE).strip() or None,
        description=text(tiff, first, DESCRIPTION),
        creator=text(tiff, first, ARTIST),
        copyright=text(tiff, first, COPYRIGHT),
        software=text(tiff, first, SOFTWARE),
        orientation=orientation(tiff),
        size=(int(width), int(height)) if width and height else None,
    )
