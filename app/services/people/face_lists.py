"""Faces in lists that are no one person's: proposals of all people, and what was set aside."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from app.errors import AppError
from app.models import Face, Job, Library, Person, Photo
from app.services.library.listed import HERE
from app.services.people import identities
from ml.faces.quality import POOR

ORDERS = ("most", "least", "teach")
STATES = ("suggested", "unsure", "stranger", "not_face", "poor")
Row = tuple[Face, Photo]


def of_state(
    session: Session,
    library: Library,
    state: str,
    *,
    order: str = "teach",
    after: tuple[float, int] | None = None,
    limit: int = 60,
) -> list[Row]:
    """List the library's faces of a state; `after` is confidence and id of the last one seen.

    `teach`: the least certain first of those that the machine learns from; faces that are `poor`
    come in the order in which they were found.
    """
    if state not in STATES or order not in ORDERS:
        raise AppError(f"Faces are {', '.join(STATES)}, in the order {', '.join(ORDERS)}.")
    query = select(Face.id).where(*_in_state(library, state))
    query = in_order(query, order if state != "poor" else "most", after)
    ids = list(session.scalars(query.limit(limit)))  # first alone: rows of faces are wide
    there = select(Face, Photo).join(Photo, Photo.id == Face.photo_id).where(Face.id.in_(ids))
    rows = {face.id: (face, photo) for face, photo in session.execute(there)}
    return [rows[face_id] for face_id in ids if face_id in rows]


def _in_state(library: Library, state: str) -> list[ColumnElement[bool]]:
    """Conditions on Face; proposals are looked up by person, as the index has them.

    `poor`: open, and too small or blurred to be stacked with others.
    """
    mine = Photo.library_id == library.id
    here: ColumnElement[bool] = exists().where(Photo.id == Face.photo_id, mine, *HERE)
    rules = [here]
    if state == "poor":
        blurred = or_(Face.quality < POOR, Face.embedding.is_(None))
        return [*rules, Face.state == "open", Face.stack.is_(None), blurred]
    rules.append(Face.state == state)
    if state == "suggested":
        rules.append(Face.person_id.in_(select(Person.id).where(Person.library_id == library.id)))
    return rules


def in_order(query: Any, order: str, after: tuple[float, int] | None) -> Any:
    """Sort a query of faces by how sure the machine is, from after that confidence and id on."""
    sure, most = func.coalesce(Face.confidence, 1.0), order == "most"
    if order == "teach":
        query = query.where(Face.quality >= POOR)
    if after is not None:
        value, last = after
        beyond: ColumnElement[bool] = sure < value if most else sure > value
        query = query.where(or_(beyond, and_(sure == value, Face.id > last)))
    return query.order_by(sure.desc() if most else sure.asc(), Face.id)


def of_photo(session: Session, photo_id: int) -> list[tuple[Face, str | None]]:
    """List the faces on a photo, from left to right, with the names of whom they are taken for."""
    query = (
        select(Face, Person.name)
        .outerjoin(Person, Person.id == Face.person_id)
        .where(Face.photo_id == photo_id)
    )
    rows = [(face, name) for face, name in session.execute(query)]
    return sorted(rows, key=lambda row: (row[0].box[0], row[0].id))


def names(session: Session, rows: Sequence[Row]) -> dict[int, str]:
    """Return the names of the people of these faces, by the people's ids."""
    ids = {face.person_id for face, _ in rows if face.person_id}
    query = select(Person.id, Person.name).where(Person.id.in_(ids))
    return {row.id: row.name for row in session.execute(query)}


def count(session: Session, library: Library, state: str) -> int:
    """Count the library's faces of a state."""
    query = select(func.count()).select_from(Face).where(*_in_state(library, state))
    return session.scalar(query) or 0


def any_found(session: Session, library: Library) -> bool:
    """Tell whether any face was found on the library's photos."""
    query = select(Face.id).join(Photo, Photo.id == Face.photo_id)
    return session.scalar(query.where(Photo.library_id == library.id, *HERE).limit(1)) is not None


def learning(session: Session, library: Library) -> bool:
    """Tell whether something was said that the machine is about to learn."""
    query = select(Job.id).where(
        Job.subject == f"library:{library.id}",
        Job.kind == identities.KIND,
        Job.state.in_(["queued", "running"]),
    )
    return session.scalar(query.limit(1)) is not None
