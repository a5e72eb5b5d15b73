"""Places and numbers as XMP spells them."""

from __future__ import annotations

import re

from .model import Gps
from .xmp import Packet

_COORDINATE = re.compile(
    r"(\d{1,3})(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEW])", re.IGNORECASE
)


def rational(text: str | None) -> float | None:
    """A positive number written as `28/10` or `2.8`; None for anything else."""
    top, _, bottom = (text or "").partition("/")
    try:
        value = float(top) / float(bottom or 1)
    except (ValueError, ZeroDivisionError):
        return None
    return value if 0 < value < 1e12 else None


def coordinate(text: str | None, negative: str) -> float | None:
    """`39,6.9N` or `39,6,54N` as signed degrees."""
    match = _COORDINATE.fullmatch(text.strip()) if text else None
    if match is None:
        return None
    degrees = float(match[1]) + float(match[2] or 0) / 60 + float(match[3] or 0) / 3600
    return round(-degrees if match[4].upper() == negative else degrees, 7)


def xmp_gps(packet: Packet) -> Gps | None:
    """The place that a packet states."""
    latitude = coordinate(packet.text("exif:GPSLatitude"), "S")
    longitude = coordinate(packet.text("exif:GPSLongitude"), "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return None
    metres = rational(packet.text("exif:GPSAltitude"))
    below = packet.text("exif:GPSAltitudeRef") == "1"
    return Gps(
        latitude, longitude, None if metres is None else round(-metres if below else metres, 2)
    )
