"""People of a library: who there is, their faces, their names."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.metadata.model import clean
from app.models import Action, Face, FaceRejection, Library, Person, Photo
from app.services import actions
from app.services.library.listed import HERE
from app.services.people import face_lists
from app.services.rows import insert_missing
from app.services.tagging.tags import MAX_NAME, key_of

ENOUGH = 10  # labels towards which the page counts
TABS = ("suggested", "named", "rejected")


@dataclass(frozen=True)
class Known:
    """A person with how many faces are named and suggested, and the face to show."""

    person: Person
    named: int
    suggested: int
    cover: tuple[Face, Photo] | None


def spelling(name: str) -> str:
    """Return a name without control characters and doubled spaces; AppError if unusable."""
    spelt = " ".join(clean(name).split())
    if not spelt or len(spelt) > MAX_NAME:
        raise AppError(f"A name has 1 to {MAX_NAME} letters.")
    return spelt


def named(session: Session, library: Library, name: str) -> Person:
    """Return the person of that name, made where there is none; the caller commits."""
    spelt = spelling(name)
    row = {"library_id": library.id, "name": spelt, "key": key_of(spelt)}
    insert_missing(session, Person, [row], ("library_id", "key"))
    query = select(Person).where(Person.library_id == library.id, Person.key == row["key"])
    return session.scalars(query).one()


def get(session: Session, library: Library, person_id: int) -> Person:
    """Return a person of the library; NotFound otherwise."""
    person = session.get(Person, person_id)
    if person is None or person.library_id != library.id:
        raise NotFound("There is no such person.")
    return person


def known(session: Session, library: Library, person_id: int) -> tuple[Known, int]:
    """Return a person, with how many faces are said not to be theirs; NotFound otherwise."""
    person = get(session, library, person_id)
    query = (
        select(Face.state, func.count())
        .join(Photo, Photo.id == Face.photo_id)
        .where(Face.person_id == person.id, *HERE)
        .group_by(Face.state)
    )
    counted = {state: int(n) for state, n in session.execute(query)}
    refused = (
        select(func.count())
        .select_from(FaceRejection)
        .join(Face, Face.id == FaceRejection.face_id)
        .join(Photo, Photo.id == Face.photo_id)
        .where(FaceRejection.person_id == person.id, *HERE)
    )
    cover = _covers(session, [person]).get(person.id)
    found = Known(person, counted.get("named", 0), counted.get("suggested", 0), cover)
    return found, session.scalar(refused) or 0


def listing(session: Session, library: Library, q: str = "", limit: int = 1000) -> list[Known]:
    """List people who are on photos, by name; `q` is the beginning of a word of the name."""
    named_here = func.sum(case((Face.state == "named", 1), else_=0))
    suggested = func.sum(case((Face.state == "suggested", 1), else_=0))
    mine = select(Person.id).where(Person.library_id == library.id)
    here = select(Photo.id).where(Photo.library_id == library.id, *HERE)
    counted = (  # from an index alone
        select(Face.person_id, named_here.label("named"), suggested.label("suggested"))
        .where(Face.person_id.in_(mine), (Face.photo_id + 0).in_(here))
        .group_by(Face.person_id)
        .subquery()
    )
    query = (
        select(Person, counted.c.named, counted.c.suggested)
        .join(counted, counted.c.person_id == Person.id)
        .order_by(Person.key)
        .limit(limit)
    )
    if q:
        begin = key_of(q)
        query = query.where(
            or_(
                Person.key.startswith(begin, autoescape=True),
                Person.key.contains(f" {begin}", autoescape=True),
            )
        )
    rows = session.execute(query).all()
    covers = _covers(session, [person for person, _, _ in rows])
    return [Known(p, n or 0, s or 0, covers.get(p.id)) for p, n, s in rows]


def _covers(session: Session, people: Sequence[Person]) -> dict[int, tuple[Face, Photo]]:
    """Return each person's face to show: the chosen one, else the best named one."""
    ids = [person.id for person in people]
    order = func.row_number().over(
        partition_by=Face.person_id, order_by=(Face.state != "named", Face.quality.desc(), Face.id)
    )
    best = select(Face.person_id, Face.id, order.label("place")).where(Face.person_id.in_(ids))
    ranked = best.subquery()
    chosen = {person.cover_id for person in people if person.cover_id}
    query = (
        select(Face, Photo)
        .join(ranked, ranked.c.id == Face.id)
        .join(Photo, Photo.id == Face.photo_id)
        .where(or_(ranked.c.place == 1, Face.id.in_(chosen)))
        .order_by(Face.id.in_(chosen))
    )
    return {face.person_id or 0: (face, photo) for face, photo in session.execute(query)}


def suggested(session: Session, library: Library, person_id: int, above: float) -> list[int]:
    """Return the faces that the machine takes for this person from that confidence on."""
    get(session, library, person_id)
    query = select(Face.id).where(
        Face.person_id == person_id, Face.state == "suggested", Face.confidence >= above
    )
    return list(session.scalars(query))


def faces(
    session: Session,
    library: Library,
    person_id: int,
    tab: str,
    *,
    order: str = "most",
    after: tuple[float, int] | None = None,
    limit: int = 60,
) -> list[tuple[Face, Photo]]:
    """List a person's faces: suggested by confidence (`most` or `least` certain first, `teach`: the
    least certain that the machine learns from), named, or rejected. `after` is confidence and id
    of the last one seen.
    """
    get(session, library, person_id)
    if tab not in TABS or order not in face_lists.ORDERS:
        raise AppError("Faces are suggested, named or rejected, the most or least certain first.")
    query = select(Face, Photo).join(Photo, Photo.id == Face.photo_id).where(*HERE)
    if tab == "rejected":
        query = query.join(FaceRejection, FaceRejection.face_id == Face.id)
        query = query.where(FaceRejection.person_id == person_id)
    else:
        query = query.where(Face.person_id == person_id, Face.state == tab)
    query = face_lists.in_order(query, order, after).limit(limit)
    return [(face, photo) for face, photo in session.execute(query)]


def twice(session: Session, person_id: int, photo_ids: Sequence[int]) -> set[int]:
    """Return which of these photos show the person on several faces, by name or by proposal."""
    query = (
        select(Face.photo_id)
        .where(
            Face.photo_id.in_(photo_ids),
            Face.person_id == person_id,
            Face.state.in_(["named", "suggested"]),
        )
        .group_by(Face.photo_id)
        .having(func.count() > 1)
    )
    return set(session.scalars(query))


def change(
    session: Session,
    library: Library,
    person_id: int,
    *,
    private: bool | None = None,
    cover: int | None = None,
) -> Action:
    """Mark a person private or not, or choose the face to show; commits. Can be undone."""
    person = get(session, library, person_id)
    before: list[list[object]] = []
    if cover is not None:
        face = session.get(Face, cover)
        if face is None or face.person_id != person.id:
            raise AppError("That face is not this person's.")
        before.append([person.id, "cover_id", person.cover_id])
        person.cover_id = cover
    if private is not None:
        before.append([person.id, "private", person.private])
        person.private = private
    action = actions.begin(session, library, f"Changed “{person.name}”", people=before)
    session.commit()
    return action
