"""What is to be shown: the query string of lists, as conditions on photos."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select

from app.errors import AppError
from app.models import MAX_ID, Job, Library, Photo, Reference, Repair, Verdict
from app.services.library import search
from app.services.library.listed import AWAY, HERE
from app.services.rows import among

MOST_TEXT = 1000  # characters of one value
MOST_IDS = 500
SINGLE = ("q", "category", "folder", "people", "person", "from", "to", "state", "camera", "rating")
# Written out, not bound: SQLite takes an index of some rows only for a condition that it can read.
_NONE: ColumnElement[int] = literal_column("0")
STATES: dict[str, ColumnElement[bool]] = {
    "new": Photo.analysed_at.is_(None),
    "review": Photo.to_review > _NONE,
    "tagged": Photo.confirmed > _NONE,
    "edited": Photo.edited_at.is_not(None),
}

# States of photos that were looked at for authenticity, and the outcomes they stand for.
VERDICTS = {
    "photograph": "photograph",
    "generated": "generated",
    "altered": "edited",
    "undecided": "inconclusive",
}

MATCHES: dict[str, Callable[[Library, str], ColumnElement[bool]]] = {
    "category": search.tagged,
    "folder": search.in_folder,
    "people": lambda _, count: search.people(count),
    "person": search.exactly,
    "camera": lambda _, name: Photo.camera == name,
    "rating": lambda _, stars: search.rating(stars),
    "from_": lambda _, day: Photo.day >= search.day(day),
    "to": lambda _, day: Photo.day <= search.day(day),
}


@dataclass(frozen=True)
class Filter:
    """What to show; the keys are those of the query string."""

    q: str = ""
    tag: tuple[str, ...] = ()
    category: str = ""
    folder: str = ""
    people: str = ""
    person: str = ""
    from_: str = ""
    to: str = ""
    state: str = ""
    camera: str = ""
    rating: str = ""
    id: tuple[int, ...] = field(default=())


def conditions(library: Library, wanted: Filter) -> list[ColumnElement[bool]]:
    """Translate a filter into conditions on Photo; AppError for values that make no sense."""
    rules: list[ColumnElement[bool]] = [Photo.library_id == library.id]
    rules += AWAY if wanted.state == "trash" else HERE
    rules += [search.tagged(library, name) for name in wanted.tag]
    rules += [
        make(library, value) for name, make in MATCHES.items() if (value := getattr(wanted, name))
    ]
    if wanted.id:
        rules.append(Photo.id.in_(wanted.id))
    if wanted.state and wanted.state != "trash":
        rules.append(state(library, wanted.state))
    return rules + search.conditions(library, wanted.q)


def state(library: Library, name: str) -> ColumnElement[bool]:
    """A condition on Photo: it is new, to review, tagged, edited elsewhere, failed, has open
    repairs or a verdict, or its file on the server's disk is missing or changed.
    """
    if name in STATES:
        return STATES[name]
    if name == "missing":
        return Photo.id.in_(
            select(Reference.photo_id).where(
                Reference.library_id == library.id, Reference.trouble.is_not(None)
            )
        )
    if name == "repairs":
        open_ = (Repair.library_id == library.id, Repair.state == "suggested")
        return Photo.id.in_(select(Repair.photo_id).where(*open_))
    if name in VERDICTS:
        holds = func.coalesce(Verdict.said, Verdict.found) == VERDICTS[name]
        return Photo.id.in_(select(Verdict.photo_id).where(Verdict.library_id == library.id, holds))
    if name != "failed":
        known = ", ".join([*STATES, "missing", "repairs", *VERDICTS, "failed", "trash"])
        raise AppError(f"A state is one of {known}.")
    return Photo.id.in_(
        select(Job.photo_id).where(
            Job.library_id == library.id, Job.state == "failed", Job.photo_id.is_not(None)
        )
    )


def chosen(library: Library, selection: dict[str, Any]) -> Select[int]:
    """Return the query for the ids of {"ids": [...]} or {"filter": {...}, "except": [...]}.

    A photo that lies unseen in a stack stands for the stack: its lead is meant.
    """
    if "ids" in selection:
        own, lead = Photo.library_id == library.id, func.coalesce(Photo.stack_id, Photo.id)
        leads = select(lead).where(own, among(Photo.id, selection["ids"]))
        rules = [own, Photo.id.in_(leads)]
        if selection.get("state") == "trash":
            rules.append(Photo.trashed_at.is_not(None))
    else:
        rules = conditions(library, parse(selection["filter"]))
    if selection.get("except"):
        rules.append(~among(Photo.id, selection["except"]))
    return select(Photo.id).where(*rules)


def parse(values: dict[str, Any]) -> Filter:
    """Make a filter of a query string's or a selection's values; AppError if they are none."""
    if not isinstance(values, dict):
        raise AppError("A filter is an object.")
    texts = {key: _text(values.get(key, "")) for key in SINGLE}
    texts["from_"] = texts.pop("from")
    tags = tuple(_text(tag) for tag in _several(values.get("tag", []), search.MOST_WORDS))
    ids = tuple(_id(i) for i in _several(values.get("id", []), MOST_IDS))
    return Filter(**texts, tag=tags, id=ids)


def _text(value: Any) -> str:
    """Return a filter's value as text; a number of people may come as a number."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise AppError("This filter cannot be read.")
    return text


def _several(value: Any, most: int) -> list[Any]:
    """Return a filter's value that may be given more than once as a list."""
    items = value if isinstance(value, list) else [value]
    if len(items) > most:
        raise AppError(f"A filter has at most {most} of one kind.")
    return items


def _id(value: Any) -> int:
    text = _text(value)
    if not re.fullmatch(r"[0-9]{1,10}", text) or not 0 < int(text) <= MAX_ID:
        raise AppError("A filter's ids are whole numbers.")
    return int(text)
