"""Unnamed faces in stacks that look alike, the largest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from app.models import Face, Library, Photo
from app.services.library.listed import HERE

SHOWN = 8  # faces of a stack in the list


@dataclass(frozen=True)
class Stack:
    """A stack: its number, how many faces lie in it, and its best faces with their photos."""

    number: int
    count: int
    faces: list[tuple[Face, Photo]]


def listing(
    session: Session, library: Library, after: tuple[int, int] | None = None, limit: int = 30
) -> list[Stack]:
    """List stacks, the largest first; `after` is size and number of the last one seen."""
    size = func.count().label("size")
    here = select(Photo.id).where(Photo.library_id == library.id, *HERE)
    query = (  # from an index alone
        select(Face.stack, size)
        .where(Face.stack.is_not(None), Face.state == "open", (Face.photo_id + 0).in_(here))
        .group_by(Face.stack)
        .order_by(size.desc(), Face.stack)
        .limit(limit)
    )
    if after is not None:
        smaller = and_(func.count() == after[0], Face.stack > after[1])
        query = query.having(or_(func.count() < after[0], smaller))
    rows = [(int(number or 0), int(count)) for number, count in session.execute(query)]
    best = _best(session, library, [number for number, _ in rows])
    return [Stack(number, count, best.get(number, [])) for number, count in rows]


def faces(
    session: Session, library: Library, number: int, after: int = 0, limit: int = 200
) -> list[tuple[Face, Photo]]:
    """List the faces of one stack by id; `after` is the last one seen."""
    query = (
        select(Face, Photo)
        .join(Photo, Photo.id == Face.photo_id)
        .where(Photo.library_id == library.id, *HERE)
        .where(Face.state == "open", Face.stack == number, Face.id > after)
        .order_by(Face.id)
        .limit(limit)
    )
    return [(face, photo) for face, photo in session.execute(query)]


def members(session: Session, library: Library, number: int) -> list[int]:
    """Return the ids of all faces of a stack."""
    query = (
        select(Face.id)
        .join(Photo, Photo.id == Face.photo_id)
        .where(Photo.library_id == library.id, *HERE)
        .where(Face.state == "open", Face.stack == number)
    )
    return list(session.scalars(query))


def _best(
    session: Session, library: Library, numbers: Sequence[int]
) -> dict[int, list[tuple[Face, Photo]]]:
    place = func.row_number().over(partition_by=Face.stack, order_by=(Face.quality.desc(), Face.id))
    here = select(Photo.id).where(Photo.library_id == library.id, *HERE)
    ranked = (
        select(Face.id, place.label("place"))
        .where(Face.stack.in_(numbers), Face.state == "open", (Face.photo_id + 0).in_(here))
        .subquery()
    )
    query = (
        select(Face, Photo)
        .join(ranked, ranked.c.id == Face.id)
        .join(Photo, Photo.id == Face.photo_id)
        .where(ranked.c.place <= SHOWN)
        .order_by(ranked.c.place)
    )
    found: dict[int, list[tuple[Face, Photo]]] = {}
    for face, photo in session.execute(query):
        found.setdefault(face.stack or 0, []).append((face, photo))
    return found
