"""The library as pages see it: filtered, sorted, cut into sections, a page at a time."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Float, and_, cast, exists, func, or_, select, tuple_
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import MAX_ID, Job, Library, Location, Photo, PhotoTag, Tag, Upload
from app.services import stacks
from app.services.listed import AWAY, HERE
from app.services.rows import BATCH
from app.services.tags import key_of

MAX_PAGE = 500
MOST_WORDS = 20  # words or tags in one search
MOST_TEXT = 1000  # characters of one value
MOST_IDS = 500
LISTED = PhotoTag.state != "rejected"


@dataclass(frozen=True)
class Filter:
    """What to show; the keys are those of the query string."""

    q: str = ""
    tag: tuple[str, ...] = ()
    category: str = ""
    folder: str = ""
    people: str = ""
    from_: str = ""
    to: str = ""
    state: str = ""
    id: tuple[int, ...] = field(default=())


@dataclass(frozen=True)
class Order:
    """A sort order: the column of its sections, its keyset columns."""

    section: Any
    keys: tuple[Any, ...]


_initial = func.substr(Photo.sort_name, 1, 1)  # as it is: sections and photos sort the same way
ORDERS = {
    "date": Order(Photo.day, (Photo.day, Photo.sort_at, Photo.id)),
    "name": Order(_initial, (Photo.sort_name, Photo.id)),
    "uncertain": Order(Photo.band, (Photo.certainty, Photo.id)),
}


def conditions(library: Library, wanted: Filter) -> list[ColumnElement[bool]]:
    """Translate a filter into conditions on Photo; AppError for values that make no sense."""
    rules: list[ColumnElement[bool]] = [Photo.library_id == library.id]
    rules += AWAY if wanted.state == "trash" else HERE
    rules += [_tagged(library, name) for name in wanted.tag]
    if wanted.category:
        rules.append(_tagged(library, wanted.category))
    if wanted.folder:
        rules.append(_in_folder(library, wanted.folder))
    if wanted.people:
        rules.append(_people(wanted.people))
    if wanted.from_:
        rules.append(Photo.day >= _day(wanted.from_))
    if wanted.to:
        rules.append(Photo.day <= _day(wanted.to))
    if wanted.id:
        rules.append(Photo.id.in_(wanted.id))
    if wanted.state and wanted.state != "trash":
        rules.append(_state(wanted.state))
    rules += [_word(library, word) for word in _words(wanted.q)]
    return rules


def sections(
    session: Session, library: Library, wanted: Filter, sort: str, order: str
) -> list[tuple[Any, int, float]]:
    """Return (key, photos, sum of width/height) of every section in order."""
    section = _order(sort).section
    aspect = cast(Photo.width, Float) / func.nullif(Photo.height, 0)
    query = (
        select(section, func.count(), func.sum(func.coalesce(aspect, 1.5)))
        .where(*conditions(library, wanted))
        .group_by(section)
        .order_by(section.desc() if order == "desc" else section)
    )
    return [(key, n, float(total)) for key, n, total in session.execute(query)]


def page(
    session: Session,
    library: Library,
    wanted: Filter,
    sort: str,
    order: str,
    *,
    section: str | None = None,
    after: int | None = None,
    limit: int = 200,
) -> list[Photo]:
    """Return photos in order; `after` is the id of the last one seen, keyset and never OFFSET."""
    keys = _order(sort).keys
    rules = conditions(library, wanted)
    if section is not None:
        rules.append(_order(sort).section == _section(sort, section))
    if after is not None:
        last = session.execute(
            select(*keys).where(Photo.id == after, Photo.library_id == library.id)
        ).one_or_none()
        if last is None:
            raise NotFound("The list has changed. Load the page again.")
        rules.append(
            tuple_(*keys) < tuple_(*last) if order == "desc" else tuple_(*keys) > tuple_(*last)
        )
    by = [key.desc() if order == "desc" else key.asc() for key in keys]
    query = select(Photo).where(*rules).order_by(*by).limit(min(limit, MAX_PAGE))
    return list(session.scalars(query))


def get(session: Session, library: Library, photo_id: int) -> Photo:
    """Find a photo of this library; NotFound otherwise."""
    photo = session.get(Photo, photo_id)
    if photo is None or photo.library_id != library.id:
        raise NotFound("This photo is not in your library.")
    return photo


def ids(session: Session, library: Library, selection: dict[str, Any]) -> list[int]:
    """Resolve {"ids": [...]} or {"filter": {...}, "except": [...]} to photo ids in date order.

    A photo that lies unseen in a stack stands for the stack: its lead is given.
    """
    chosen: set[int] | None = None
    left_out = set(selection.get("except", []))
    if "ids" in selection:
        chosen = set(stacks.leads(session, selection["ids"]))
        rules: list[ColumnElement[bool]] = [Photo.library_id == library.id]
        if len(chosen) <= BATCH:  # more would not fit into one statement: they are sorted out below
            rules.append(Photo.id.in_(chosen))
        if selection.get("state") == "trash":
            rules.append(Photo.trashed_at.is_not(None))
    else:
        rules = conditions(library, parse_filter(selection["filter"]))
    query = select(Photo.id).where(*rules).order_by(Photo.day, Photo.sort_at, Photo.id)
    return [
        photo_id
        for photo_id in session.scalars(query)
        if (chosen is None or photo_id in chosen) and photo_id not in left_out
    ]


def parse_filter(values: dict[str, Any]) -> Filter:
    """Make a filter of a query string's or a selection's values; AppError if they are none."""
    if not isinstance(values, dict):
        raise AppError("A filter is an object.")
    keys = ("q", "category", "folder", "people", "from", "to", "state")
    texts = {key: _text(values.get(key)) for key in keys}
    texts["from_"] = texts.pop("from")
    tags = tuple(_text(tag) for tag in _several(values.get("tag"), MOST_WORDS))
    ids = tuple(_id(i) for i in _several(values.get("id"), MOST_IDS))
    return Filter(**texts, tag=tags, id=ids)


def _text(value: Any) -> str:
    """Return a filter's value as text; a number of people may come as a number."""
    text = "" if value is None else str(value) if type(value) is int else value
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise AppError("This filter cannot be read.")
    return text


def _several(value: Any, most: int) -> list[Any]:
    """Return a filter's value that may be given more than once as a list."""
    items = [] if value is None else value if isinstance(value, list) else [value]
    if len(items) > most:
        raise AppError(f"A filter has at most {most} of one kind.")
    return items


def _id(value: Any) -> int:
    text = _text(value)
    if not re.fullmatch(r"[0-9]{1,10}", text) or int(text) > MAX_ID:
        raise AppError("A filter's ids are whole numbers.")
    return int(text)


def _section(sort: str, key: str) -> int | str:
    if sort != "uncertain":
        return key
    if not re.fullmatch(r"[0-9]{1,3}", key):
        raise AppError("There is no such section.")
    return int(key)


def _order(sort: str) -> Order:
    if sort not in ORDERS:
        raise AppError(f"Sort by {', '.join(ORDERS)}.")
    return ORDERS[sort]


def _tagged(library: Library, name: str) -> ColumnElement[bool]:
    return exists().where(
        PhotoTag.photo_id == Photo.id,
        PhotoTag.tag_id == Tag.id,
        Tag.library_id == library.id,
        Tag.key == key_of(name),
        LISTED,
    )


def _in_folder(library: Library, folder: str) -> ColumnElement[bool]:
    return exists().where(
        Location.photo_id == Photo.id,
        Location.library_id == library.id,
        or_(Location.folder == folder, Location.folder.startswith(folder + "/", autoescape=True)),
    )


def _people(count: str) -> ColumnElement[bool]:
    if not re.fullmatch(r"\d{1,4}\+?", count):
        raise AppError("The number of people is a number, or 3+.")
    n = int(count.rstrip("+"))
    return Photo.face_count >= n if count.endswith("+") else Photo.face_count == n


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise AppError(f"{text} is not a date; write it as 2026-11-21.") from None


def _state(state: str) -> ColumnElement[bool]:
    failed_job = exists().where(Job.photo_id == Photo.id, Job.state == "failed")
    confirmed = exists().where(PhotoTag.photo_id == Photo.id, PhotoTag.state == "confirmed")
    states: dict[str, ColumnElement[bool]] = {
        "new": Photo.analysed_at.is_(None),
        "review": Photo.to_review > 0,
        "tagged": confirmed,
        "failed": failed_job,
    }
    if state not in states:
        raise AppError(f"A state is one of {', '.join([*states, 'trash'])}.")
    return states[state]


def _words(q: str) -> list[tuple[str, str]]:
    """Split a search into (key, word): `tag:dog "two words" before:2020-01-01`."""
    found = re.findall(r'(?:(tag|folder|before|after|category):)?(?:"([^"]*)"|(\S+))', q)
    words = [(key, quoted or plain) for key, quoted, plain in found if quoted or plain]
    if len(words) > MOST_WORDS:
        raise AppError(f"Search for at most {MOST_WORDS} words at a time.")
    return words


def _word(library: Library, item: tuple[str, str]) -> ColumnElement[bool]:
    key, word = item
    if key in ("tag", "category"):
        return _tagged(library, word)
    if key == "folder":
        return _in_folder(library, word)
    if key in ("before", "after"):
        day = _day(word)
        return Photo.day < day if key == "before" else Photo.day > day
    pattern = key_of(word)
    return or_(
        Photo.sort_name.contains(pattern, autoescape=True),
        exists().where(
            Location.photo_id == Photo.id,
            func.lower(Location.folder + "/" + Location.name).contains(pattern, autoescape=True),
        ),
        exists().where(
            and_(PhotoTag.photo_id == Photo.id, PhotoTag.tag_id == Tag.id, LISTED),
            Tag.key.contains(pattern, autoescape=True),
        ),
    )


def states(session: Session, library: Library) -> dict[str, int]:
    """Count the photos of each state that the rail links to."""
    own = [Photo.library_id == library.id]
    here = [*own, *HERE]
    counted = {
        name: session.scalar(select(func.count()).where(*here, _state(name))) or 0
        for name in ("new", "review", "tagged", "failed")
    }
    trash = select(func.count()).where(*own, *AWAY)
    counted["trash"] = session.scalar(trash) or 0
    refused = select(func.count()).where(Upload.library_id == library.id, Upload.state == "refused")
    return counted | {"refused": session.scalar(refused) or 0}
