"""What is known about a photo from its file, and what is to be changed in the delivered copy."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

Keyword = tuple[str, ...]
"""A keyword as its path from the top: ("Places", "Paris"); a flat one has one part."""

PEOPLE = "People"
"""The keyword below which names stand."""
_NOBODY = frozenset({"Unknown", "Unconfirmed", "Ignored"})  # digiKam's, of faces without a name

Box = tuple[float, float, float, float]
"""x, y of the top-left corner, width, height in pixels of the upright photo."""


class Gps(NamedTuple):
    """A place: degrees north and east, metres above the sea where known."""

    latitude: float
    longitude: float
    altitude: float | None = None


@dataclass(frozen=True)
class Region:
    """A named rectangle; `type` is Face, Pet, Focus or BarCode as the Metadata Working Group has
    them.
    """

    name: str
    type: str
    box: Box


@dataclass(frozen=True)
class Metadata:
    """Everything that a photo's file and its sidecar say about it; None where they say nothing.

    exposure is in seconds, focal_length in millimetres, rating -1 (rejected) to 5, orientation 1 to
    8 as stored. `summary` holds (label, value) pairs in plain words, `problems` what could not be
    read and why.
    """

    taken_at: datetime | None = None
    make: str | None = None
    model: str | None = None
    lens: str | None = None
    exposure: float | None = None
    aperture: float | None = None
    iso: int | None = None
    focal_length: float | None = None
    gps: Gps | None = None
    rating: int | None = None
    label: str | None = None
    title: str | None = None
    description: str | None = None
    creator: str | None = None
    copyright: str | None = None
    software: str | None = None
    orientation: int = 1
    keywords: tuple[Keyword, ...] = ()
    regions: tuple[Region, ...] = ()
    people: tuple[str, ...] = ()
    summary: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()


def names_person(path: Sequence[str]) -> bool:
    """Tell whether a keyword stands below “People”: it is somebody's name, and no tag."""
    return len(path) > 1 and path[0] == PEOPLE


def names_in(keywords: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Return the names among keywords."""
    named = (path[-1] for path in keywords if names_person(path))
    return tuple(dict.fromkeys(name for name in named if name not in _NOBODY))


def clean(text: str) -> str:
    """A keyword or name as every format can hold it: no control characters, no surrogates, spaces
    trimmed.
    """
    kept = (
        " " if character in "\t\n\r" else character
        for character in text
        if character in "\t\n\r" or unicodedata.category(character) not in ("Cc", "Cs")
    )
    return "".join(c for c in kept if c not in "\ufffe\uffff").strip()


def _paths(keywords: Iterable[Keyword | str]) -> tuple[Keyword, ...]:
    paths = []
    for keyword in keywords:
        parts = (keyword,) if isinstance(keyword, str) else keyword
        path = tuple(part for part in (clean(part) for part in parts) if part)
        if path and path not in paths:
            paths.append(path)
    return tuple(paths)


@dataclass(frozen=True)
class Edits:
    """What to change in the delivered copy.

    add, remove: keyword paths (a plain string is a flat keyword). A one-part path in `remove` takes
    the keyword out wherever it is the last part of a path. rating: -1 to 5, None leaves it. people,
    remove_people: names of PersonInImage. regions: to be added, in pixels of the upright photo.
    remove_regions: faces of these names at these places are taken out, in whatever program's words
    they stand. flat_people: names below the keyword “People” stand in flat fields, too. provenance:
    (name, value) pairs for our own namespace, names as XML has them. Raises ValueError for a rating
    outside the range and for names that are none.
    """

    add: tuple[Keyword, ...] = ()
    remove: tuple[Keyword, ...] = ()
    rating: int | None = None
    people: tuple[str, ...] = ()
    remove_people: tuple[str, ...] = ()
    regions: tuple[Region, ...] = ()
    remove_regions: tuple[Region, ...] = ()
    flat_people: bool = False
    provenance: tuple[tuple[str, str], ...] = ()
    when: datetime | None = None

    def __post_init__(self) -> None:
        if self.rating is not None and not -1 <= self.rating <= 5:
            raise ValueError(f"a rating runs from -1 to 5, not {self.rating}")
        for name, _ in self.provenance:
            if not name.isascii() or not name.isidentifier():
                raise ValueError(f"{name!r} cannot be the name of a property")
        object.__setattr__(self, "add", _paths(self.add))
        object.__setattr__(self, "remove", _paths(self.remove))
        regions = tuple(Region(clean(r.name), clean(r.type), r.box) for r in self.regions)
        if any(not all(map(math.isfinite, r.box)) or min(r.box[2:]) <= 0 for r in regions):
            raise ValueError("a region needs a width and a height")
        object.__setattr__(self, "regions", regions)
        names = (clean(name) for name in self.people)
        object.__setattr__(self, "people", tuple(dict.fromkeys(name for name in names if name)))

    @property
    def empty(self) -> bool:
        """Whether nothing is to be changed."""
        lists = (self.add, self.remove, self.people, self.remove_people, self.provenance)
        return not any((*lists, self.regions, self.remove_regions)) and self.rating is None


@dataclass(frozen=True)
class Delivered:
    """What was written: the copy first, then its sidecar if there is one; `note` says what a user
    should know.
    """

    files: tuple[Path, ...]
    how: Literal["embedded", "sidecar", "unchanged"]
    note: str = ""


class MetadataError(Exception):
    """A block of metadata cannot be read or written; the message says why in plain words."""
