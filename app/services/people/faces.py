"""A person's answers about faces: names, rejections, strangers; each can be taken back."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import Action, Face, FaceRejection, Library, Person
from app.services import actions
from app.services.people import identities, people
from app.services.rows import among, insert_missing

MOST = 20_000  # faces in one answer
SAID = {
    "unsure": "Not sure",
    "stranger": "Stranger",
    "not_face": "Not a face",
    "open": "Took back",
}


def name(
    session: Session, library: Library, face_ids: Sequence[int], spelt: str
) -> tuple[Action, Person]:
    """Say who faces are; commits. Who it is not any more is not remembered as a rejection."""
    person = people.named(session, library, spelt)
    chosen = _chosen(session, library, face_ids)
    action = _begin(session, library, f"Named {_count(chosen)} “{person.name}”", chosen.values())
    _forget(session, action, chosen, person.id)
    for face in chosen.values():
        face.person_id, face.state, face.source, face.confidence = (
            person.id,
            "named",
            "person",
            None,
        )
    return _end(session, library, action, chosen), person


def answer(session: Session, library: Library, face_ids: Sequence[int], state: str) -> Action:
    """Say that faces are strangers, not faces, not sure, or (open) take a word back; commits."""
    if state not in SAID:
        raise AppError(f"A face is one of {', '.join(SAID)}, or gets a name.")
    chosen = _chosen(session, library, face_ids)
    action = _begin(session, library, f"{SAID[state]}: {_count(chosen)}", chosen.values())
    for face in chosen.values():
        face.person_id, face.state, face.confidence = None, state, None
        face.source = None if state == "open" else "person"
    return _end(session, library, action, chosen)


def confirm(session: Session, library: Library, face_ids: Sequence[int]) -> Action:
    """Say that the machine's names of faces are right; commits. Others of them are left alone."""
    chosen = {
        face_id: face
        for face_id, face in _chosen(session, library, face_ids).items()
        if face.state == "suggested"
    }
    action = _begin(session, library, f"Confirmed {_count(chosen)}", chosen.values())
    for face in chosen.values():
        face.state, face.source = "named", "person"
    return _end(session, library, action, chosen)


def reject(session: Session, library: Library, face_ids: Sequence[int], person_id: int) -> Action:
    """Say that faces are not this person: remembered for ever; commits."""
    person = people.get(session, library, person_id)
    chosen = _chosen(session, library, face_ids)
    action = _begin(session, library, f"Not “{person.name}”: {_count(chosen)}", chosen.values())
    known = _rejected(session, chosen, person_id)
    fresh = [face_id for face_id in chosen if face_id not in known]
    rows = [{"face_id": face_id, "person_id": person_id} for face_id in fresh]
    insert_missing(session, FaceRejection, rows, ("face_id", "person_id"))
    entries = [[face_id, person_id, False] for face_id in fresh]
    action.inverse = action.inverse | {"rejections": entries}
    for face in chosen.values():
        if face.person_id == person_id:
            face.person_id, face.state, face.source, face.confidence = None, "open", None, None
    return _end(session, library, action, chosen)


def rename(session: Session, library: Library, person_id: int, spelt: str) -> Action:
    """Rename a person, or merge with the one who has the name; commits."""
    person = people.get(session, library, person_id)
    other = people.named(session, library, spelt)
    if other.id != person.id and _has_faces(session, other.id):
        return merge(session, library, person, other)
    before = [[person.id, "name", person.name]]
    label = f"Renamed “{person.name}” to “{spelt}”"
    action = actions.begin(session, library, label, people=before)
    if other.id != person.id:
        session.delete(other)
        session.flush()
    person.name, person.key = people.spelling(spelt), other.key
    session.commit()
    return action


def merge(session: Session, library: Library, person: Person, into: Person) -> Action:
    """Make two people one: faces and rejections of `person` become those of `into`; commits."""
    ids = select(Face.id).where(Face.person_id == person.id)
    moved = identities.owned(session, library, session.scalars(ids).all())
    action = _begin(session, library, f"Merged “{person.name}” into “{into.name}”", moved.values())
    theirs = select(FaceRejection.face_id).where(FaceRejection.person_id == person.id)
    refused = set(session.scalars(theirs)) - _rejected(session, moved, into.id)
    named = set(session.scalars(select(Face.id).where(Face.person_id == into.id)))
    rows = [{"face_id": i, "person_id": into.id} for i in sorted(refused - named)]
    insert_missing(session, FaceRejection, rows, ("face_id", "person_id"))
    entries = [[row["face_id"], into.id, False] for row in rows]
    action.inverse = action.inverse | {"rejections": entries}
    session.execute(update(Face).where(Face.person_id == person.id).values(person_id=into.id))
    return _end(session, library, action, [*moved, *sorted(refused - named)])


def _chosen(session: Session, library: Library, face_ids: Sequence[int]) -> dict[int, Face]:
    if len(face_ids) > MOST:
        raise AppError(f"At most {MOST:,} faces can be answered at once.")
    found = identities.owned(session, library, face_ids)
    if not found:
        raise NotFound("There are no such faces.")
    return found


def _begin(session: Session, library: Library, label: str, faces: Iterable[Face]) -> Action:
    kept = [identities.kept(face) for face in faces]
    return actions.begin(session, library, label, faces=kept)


def _forget(session: Session, action: Action, chosen: dict[int, Face], person_id: int) -> None:
    """A face that gets a name is no longer refused to the one who has it."""
    known = _rejected(session, chosen, person_id)
    for face_id in known:
        session.delete(session.get_one(FaceRejection, (face_id, person_id)))
    entries = [[face_id, person_id, True] for face_id in sorted(known)]
    action.inverse = action.inverse | {"rejections": entries}


def _rejected(session: Session, chosen: Iterable[int], person_id: int) -> set[int]:
    query = select(FaceRejection.face_id).where(FaceRejection.person_id == person_id)
    return set(session.scalars(query.where(among(FaceRejection.face_id, chosen))))


def _has_faces(session: Session, person_id: int) -> bool:
    return session.scalar(select(Face.id).where(Face.person_id == person_id).limit(1)) is not None


def _end(session: Session, library: Library, action: Action, faces: Iterable[int]) -> Action:
    session.flush()
    identities.ask(session, library.id, faces)
    session.commit()
    return action


def _count(faces: dict[int, Face]) -> str:
    return f"{len(faces):,} face{'s' if len(faces) != 1 else ''}"
