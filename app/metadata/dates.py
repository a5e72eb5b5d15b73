"""Moments as EXIF, XMP and IPTC spell them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_EXIF = re.compile(r"(\d{4})[:\-/.](\d{1,2})[:\-/.](\d{1,2})[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2}))?")
_XMP = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?)?)?)?"
    r"(Z|[+-]\d\d:?\d\d)?$"
)
_IPTC_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)$")
_IPTC_TIME = re.compile(r"(\d\d)(\d\d)(\d\d)([+-]\d{4})?$")


def zone(text: str | None) -> timezone | None:
    """An offset such as +02:00, -0430 or Z; None for anything else."""
    if text is None:
        return None
    text = text.strip()
    if text == "Z":
        return UTC
    match = re.fullmatch(r"([+-])(\d\d):?(\d\d)", text)
    if match is None or int(match[2]) > 15 or int(match[3]) > 59:
        return None
    offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return timezone(-offset if match[1] == "-" else offset)


def _moment(parts: list[int], fraction: str | None, offset: timezone | None) -> datetime | None:
    year, month, day, hour, minute, second = parts
    digits = (
        fraction.strip()
        if fraction and fraction.strip().isascii() and fraction.strip().isdigit()
        else "0"
    )
    try:
        return datetime(
            year, month, day, hour, minute, min(second, 59), int(digits[:6].ljust(6, "0")), offset
        )
    except ValueError:
        return None


def exif_date(
    text: str | None, subsec: str | None = None, offset: str | None = None
) -> datetime | None:
    """`YYYY:MM:DD HH:MM:SS` with its parts of a second and its offset; None where blank or
    impossible.
    """
    match = _EXIF.match(text.strip()) if text else None
    return (
        _moment([int(part or 0) for part in match.groups()], subsec, zone(offset))
        if match
        else None
    )


def xmp_date(text: str | None) -> datetime | None:
    """An ISO 8601 date, which may end after the year, the month or the day."""
    match = _XMP.match(text.strip()) if text else None
    if match is None:
        return exif_date(text)
    year, month, day, hour, minute, second = match.groups()[:6]
    parts = [
        int(year),
        int(month or 1),
        int(day or 1),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
    ]
    return _moment(parts, match[7], zone(match[8]))


def iptc_date(date: str | None, time: str | None) -> datetime | None:
    """`CCYYMMDD` and `HHMMSS±HHMM`."""
    day = _IPTC_DATE.match(date.strip()) if date else None
    if day is None:
        return None
    clock = _IPTC_TIME.match(time.strip()) if time else None
    hours = [int(clock[i]) for i in (1, 2, 3)] if clock else [0, 0, 0]
    return _moment(
        [int(day[i]) for i in (1, 2, 3)] + hours, None, zone(clock[4]) if clock else None
    )
