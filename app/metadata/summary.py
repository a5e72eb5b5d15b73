"""What a file says about its photo, in plain words for the page."""

from __future__ import annotations

from .model import Gps, Metadata, names_in


def summarise(photo: Metadata) -> tuple[tuple[str, str], ...]:
    """(label, value) pairs in the order in which the page shows them; what is not known is left
    out.
    """
    pairs = (
        ("Title", photo.title),
        ("Description", photo.description),
        ("Taken", _moment(photo)),
        ("Camera", _camera(photo)),
        ("Lens", photo.lens),
        ("Exposure", _exposure(photo)),
        ("Focal length", f"{photo.focal_length:.4g} mm" if photo.focal_length else None),
        ("Rating", _rating(photo.rating)),
        ("Label", photo.label),
        ("Keywords", ", ".join(" › ".join(path) for path in photo.keywords)),
        ("People", ", ".join(dict.fromkeys([*photo.people, *names_in(photo.keywords)]))),
        ("Faces", ", ".join(dict.fromkeys(region.name for region in photo.regions if region.name))),
        ("Place", _place(photo.gps)),
        ("Creator", photo.creator),
        ("Copyright", photo.copyright),
        ("Software", photo.software),
        ("Not readable", "; ".join(photo.problems)),
    )
    return tuple((label, value) for label, value in pairs if value)


def _moment(photo: Metadata) -> str | None:
    if photo.taken_at is None:
        return None
    text = f"{photo.taken_at:%Y-%m-%d %H:%M:%S}"
    zone = photo.taken_at.strftime("%z")
    return f"{text} {zone[:3]}:{zone[3:5]}" if zone else text


def _camera(photo: Metadata) -> str | None:
    make, model = photo.make or "", photo.model or ""
    first = make.split(" ")[0].lower()
    return (
        model if first and model.lower().startswith(first) else f"{make} {model}".strip()
    ) or None


def shutter(seconds: float) -> str:
    """An exposure time as cameras show it: 1/250 s, 2.5 s."""
    return f"1/{round(1 / seconds)} s" if seconds < 0.4 else f"{seconds:.3g} s"


def _exposure(photo: Metadata) -> str:
    parts = (
        shutter(photo.exposure) if photo.exposure else "",
        f"ƒ/{photo.aperture:.2g}" if photo.aperture else "",
        f"ISO {photo.iso}" if photo.iso else "",
    )
    return ", ".join(part for part in parts if part)


def _rating(rating: int | None) -> str | None:
    if rating is None:
        return None
    return "rejected" if rating < 0 else f"{rating} of 5 stars" if rating else "none"


def _place(place: Gps | None) -> str | None:
    if place is None:
        return None
    north, east = "N" if place.latitude >= 0 else "S", "E" if place.longitude >= 0 else "W"
    text = f"{abs(place.latitude):.5f}° {north}, {abs(place.longitude):.5f}° {east}"
    return text if place.altitude is None else f"{text}, {place.altitude:.0f} m"
