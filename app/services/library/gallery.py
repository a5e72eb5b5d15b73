"""The library as pages see it: filtered, sorted, cut into sections, a page at a time."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, case, cast, func, select, tuple_
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import Library, Photo
from app.services.library import filters
from app.services.library.filters import Filter, conditions
from app.services.library.remembered import remembered

MAX_PAGE = 500
PART = 500  # photos of a part: what a page loads at once
WHOLE = 2 * PART  # photos up to which a section is not cut
ASPECT = 1.5  # of a photo that nobody has looked at


@dataclass(frozen=True)
class Order:
    """A sort order: its sections, the columns by which it goes."""

    section: Any
    keys: tuple[Any, ...]


@dataclass(frozen=True)
class Section:
    """Photos that stand together, or one part of many; `first` is the part's first photo.

    `aspect` is the sum of width/height; `first` is None where the section is whole.
    """

    key: Any
    count: int
    aspect: float
    first: int | None = None


_initial = func.substr(Photo.sort_name, 1, 1)  # as it is: sections and photos sort the same way
ORDERS = {
    "date": Order(Photo.day, (Photo.day, Photo.sort_at, Photo.id)),
    "name": Order(_initial, (Photo.sort_name, Photo.id)),
    "uncertain": Order(Photo.band, (Photo.band, Photo.certainty, Photo.id)),
}
_ASPECT = func.coalesce(cast(Photo.width, Float) / func.nullif(Photo.height, 0), ASPECT)


def sections(
    session: Session, library: Library, wanted: Filter, sort: str, order: str
) -> list[Section]:
    """Return every section in order; those of many photos in parts, each in one place."""
    _order(sort)
    return remembered(
        session,
        ("sections", library.id, wanted, sort, order),
        lambda: _sections(session, library, wanted, sort, order),
    )


def _sections(
    session: Session, library: Library, wanted: Filter, sort: str, order: str
) -> list[Section]:
    section, rules = _order(sort).section, conditions(library, wanted)
    query = (
        select(section, func.count(), func.sum(_ASPECT))
        .where(*rules)
        .group_by(section)
        .order_by(section.desc() if order == "desc" else section)
    )
    found = [Section(key, n, float(total)) for key, n, total in session.execute(query)]
    large = {one.key for one in found if one.count > WHOLE}
    return [
        part
        for one in found
        for part in (_parts(session, rules, sort, order, one.key) if one.key in large else [one])
    ]


def _parts(
    session: Session, rules: Sequence[ColumnElement[bool]], sort: str, order: str, key: Any
) -> list[Section]:
    """Cut a section into parts by counting through it once, as its index has it."""
    place = func.row_number().over(order_by=_by(sort, order)) - 1
    rows = (
        select(Photo.id.label("id"), _ASPECT.label("aspect"), place.label("place"))
        .where(*rules, _within(sort, str(key)))
        .subquery()
    )
    part = rows.c.place - rows.c.place % PART
    first = func.max(case((rows.c.place == part, rows.c.id)))
    query = select(func.count(), func.sum(rows.c.aspect), first).group_by(part).order_by(part)
    return [Section(key, n, float(all_), photo) for n, all_, photo in session.execute(query)]


def page(
    session: Session,
    library: Library,
    wanted: Filter,
    sort: str,
    order: str,
    *,
    section: str | None = None,
    first: int | None = None,
    after: int | None = None,
    limit: int = 200,
) -> list[Photo]:
    """Return photos in order: behind the photo `after`, or from the photo `first` on.

    By the keys of those photos, wherever they are now, and never by OFFSET.
    """
    keys = _order(sort).keys
    rules = conditions(library, wanted)
    if section is not None:
        rules.append(_within(sort, section))
    start = after if after is not None else first
    if start is not None:
        query = select(*keys).where(Photo.id == start, Photo.library_id == library.id)
        last = session.execute(query).one_or_none()
        if last is None:
            raise NotFound("The list has changed. Load the page again.")
        here, there = tuple_(*keys), tuple_(*last)
        rules.append(here < there if order == "desc" else here > there)
        if after is None:
            rules[-1] = here <= there if order == "desc" else here >= there
    listed = select(Photo).where(*rules).order_by(*_by(sort, order)).limit(min(limit, MAX_PAGE))
    return list(session.scalars(listed))


def get(session: Session, library: Library, photo_id: int) -> Photo:
    """Find a photo of this library; NotFound otherwise."""
    photo = session.get(Photo, photo_id)
    if photo is None or photo.library_id != library.id:
        raise NotFound("This photo is not in your library.")
    return photo


def ids(session: Session, library: Library, selection: dict[str, Any]) -> list[int]:
    """Resolve {"ids": [...]} or {"filter": {...}, "except": [...]} to photo ids in date order."""
    query = filters.chosen(library, selection)
    return list(session.scalars(query.order_by(Photo.day, Photo.sort_at, Photo.id)))


def _by(sort: str, order: str) -> list[Any]:
    return [key.desc() if order == "desc" else key.asc() for key in _order(sort).keys]


def _within(sort: str, key: str) -> ColumnElement[bool]:
    """A condition on Photo: it lies in this section; names as a range that an index knows."""
    if sort == "uncertain":
        if not re.fullmatch(r"[0-9]{1,3}", key):
            raise AppError("There is no such section.")
        return Photo.band == int(key)
    found: ColumnElement[bool] = _order(sort).section == key
    if sort == "date" or not key:
        return found
    follows = ord(key[0]) + 1
    follows = 0xE000 if follows == 0xD800 else follows  # no text has what lies between
    if follows <= 0x10FFFF:
        return and_(found, Photo.sort_name >= key, Photo.sort_name < chr(follows))
    return and_(found, Photo.sort_name >= key)


def _order(sort: str) -> Order:
    if sort not in ORDERS:
        raise AppError(f"Sort by {', '.join(ORDERS)}.")
    return ORDERS[sort]
