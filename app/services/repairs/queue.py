"""The queue of proposed repairs, for a person to answer one after the other."""

import re

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from app.errors import AppError
from app.models import MAX_ID, Library, Photo, Repair
from app.services.library.listed import HERE

ORDERS = ("least", "most")


def proposals(
    session: Session, library: Library, *, order: str, kind: str, after: str, limit: int
) -> list[tuple[Photo, Repair]]:
    """List open repairs, least (or most) certain first; `after` is the last one's cursor."""
    if order not in ORDERS:
        raise AppError("Review goes by the least or the most certain.")
    keys = (Repair.confidence, Repair.id)
    rules = _open(library, kind)
    if after:
        last = _position(after)
        rules.append(tuple_(*keys) > last if order == "least" else tuple_(*keys) < last)
    by = [key.asc() if order == "least" else key.desc() for key in keys]
    query = select(Photo, Repair).join(Repair, Repair.photo_id == Photo.id).where(*rules)
    found = session.execute(query.order_by(*by).limit(min(limit, 100)))
    return [(photo, row) for photo, row in found]


def cursor(row: Repair) -> str:
    """Return where the list goes on after this proposal."""
    return f"{row.confidence!r}:{row.id}"


def kinds(session: Session, library: Library) -> dict[str, int]:
    """Count the open repairs by kind, the most frequent first."""
    query = (
        select(Repair.kind, func.count().label("n"))
        .join(Photo, Photo.id == Repair.photo_id)
        .where(*_open(library, ""))
        .group_by(Repair.kind)
        .order_by(func.count().desc(), Repair.kind)
    )
    return {row.kind: row.n for row in session.execute(query)}


def _open(library: Library, kind: str) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = [
        Repair.library_id == library.id,
        Repair.state == "suggested",
        *HERE,
    ]
    return [*rules, Repair.kind == kind] if kind else rules


def _position(text: str) -> tuple[float, int]:
    found = re.fullmatch(r"(\d[\d.e-]{0,30}):(\d{1,10})", text, re.ASCII)
    try:
        if found and int(found[2]) <= MAX_ID:
            return float(found[1]), int(found[2])
    except ValueError:
        pass  # digits and dots that are no number
    raise AppError("The list has changed. Load the page again.")
