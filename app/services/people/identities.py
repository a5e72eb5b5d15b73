"""What is said of a face: who it is, or that nobody is to be asked; kept, and put back by undo."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.models import Face, FaceRejection, Library, PeopleModel, Person, Photo
from app.services.rows import among, batches, insert_missing
from app.services.tagging.tags import key_of
from app.services.work import jobs

KIND = "people"  # of job
WORDS = ("named", "unsure", "stranger", "not_face")  # a person's or a file's; the machine's are not
OPEN = ("open", "suggested")
TOLD = 4000  # changes of faces that are told one by one
Entry = Sequence[Any]


def kept(face: Face) -> list[Any]:
    """Return what is said of a face as a list that JSON holds, its id first."""
    return [face.id, face.person_id, face.state, face.source, face.confidence]


def owned(session: Session, library: Library, face_ids: Iterable[int]) -> dict[int, Face]:
    """Return those of these faces that are the library's, by id."""
    query = select(Face).join(Photo, Photo.id == Face.photo_id)
    query = query.where(Photo.library_id == library.id, among(Face.id, face_ids))
    return {face.id: face for face in session.scalars(query)}


def restore_faces(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    """Put back what was said of faces, as `kept` has it. The caller commits."""
    for some in batches(entries):
        there = owned(session, library, [entry[0] for entry in some])
        for face_id, person_id, *said in some:
            face = there.get(face_id)
            if face is None:
                continue
            gone = person_id is not None and session.get(Person, person_id) is None
            face.person_id = None if gone else person_id
            face.state, face.source, face.confidence = ("open", None, None) if gone else tuple(said)
    session.flush()
    if entries:
        ask(session, library.id, [entry[0] for entry in entries])


def restore_rejections(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    """Put rejections back as [face, person, whether it stood] says. The caller commits."""
    there = owned(session, library, [entry[0] for entry in entries])
    for face_id, person_id, stood in entries:
        row = session.get(FaceRejection, (face_id, person_id))
        if row is not None and not stood:
            session.delete(row)
        elif row is None and stood and face_id in there and session.get(Person, person_id):
            session.add(FaceRejection(face_id=face_id, person_id=person_id))
    session.flush()


def restore_people(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    """Put back [person, what (name, private, cover_id), value]. The caller commits."""
    for person_id, what, value in entries:
        person = session.get(Person, person_id)
        if person is None or person.library_id != library.id:
            continue
        setattr(person, what, value)
        if what == "name":
            person.key = key_of(value)
            taken = select(Person.id).where(
                Person.library_id == library.id, Person.key == person.key, Person.id != person.id
            )
            with session.no_autoflush:
                if session.scalar(taken) is not None:
                    raise Conflict(f"Somebody else is called “{value}” now. Rename them first.")


def ask(session: Session, library_id: int, faces: Iterable[int] | None = None) -> None:
    """Note that something was said of these faces (None: of any), and have it learned in the
    background. The caller commits.

    What comes while it is learned is learned in a further round: one job, however much is said.
    """
    insert_missing(session, PeopleModel, [{"library_id": library_id}], ("library_id",))
    model = session.get_one(PeopleModel, library_id, populate_existing=True, with_for_update=True)
    model.asked += 1
    touch(model, faces)
    session.flush()
    again(session, library_id)


def touch(model: PeopleModel, faces: Iterable[int] | None) -> int:
    """Note which faces changed (None: any), so that not all are read again; returns the number of
    the change.
    """
    log = model.touched or {"n": 0, "since": 0, "faces": []}
    n, since = log["n"] + 1, log["since"]
    told = [*log["faces"], *([n, face] for face in faces or ())]
    if faces is None or len(told) > TOLD:
        since, told = n, []
    model.touched = {"n": n, "since": since, "faces": told}
    return int(n)


def again(session: Session, library_id: int) -> None:
    """Queue the learning of a library's people, once. The caller commits."""
    jobs.ask(session, library_id, KIND, subject=f"library:{library_id}", again=True)
