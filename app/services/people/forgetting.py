"""What is known of faces, taken along or deleted for good: it is its owner's and nobody else's."""

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Face, FaceRejection, Library, Person, Photo, Verdict
from app.services.people import crops, identities, people
from app.services.rows import batches

_READ = 500  # rows at a time
Gone = list[tuple[str, str]]
"""Hash of a photo and name of a picture made from it."""


def person(session: Session, core: Core, library: Library, person_id: int) -> int:
    """Delete a person with the faces named so, their vectors and pictures; commits. Cannot be
    taken back. Returns how many faces went.
    """
    found = people.get(session, library, person_id)
    proposed = update(Face).where(Face.person_id == found.id, Face.state == "suggested")
    session.execute(proposed.values(person_id=None, state="open", source=None, confidence=None))
    mine = select(Face.id).where(Face.person_id == found.id)
    gone = _delete(session, session.scalars(mine).all())
    session.execute(delete(FaceRejection).where(FaceRejection.person_id == found.id))
    session.delete(found)
    _end(session, core, library, gone)
    return len(gone)


def everything(session: Session, core: Core, library: Library) -> int:
    """Delete all faces and people of a library, as if nobody had looked for any; commits. Cannot be
    taken back. Returns how many faces went.
    """
    mine = select(Face.id).join(Photo).where(Photo.library_id == library.id)
    gone = _delete(session, session.scalars(mine).all())
    session.execute(delete(Person).where(Person.library_id == library.id))
    ids = session.scalars(select(Photo.id).where(Photo.library_id == library.id)).all()
    for some in batches(ids):
        for photo in session.scalars(select(Photo).where(Photo.id.in_(some))):
            photo.networks = {k: v for k, v in photo.networks.items() if k != "faces"}
            photo.face_count = None
        session.execute(update(Verdict).where(Verdict.photo_id.in_(some)).values(people=[]))
    _end(session, core, library, gone)
    return len(gone)


def told(core: Core, library_id: int) -> Iterator[str]:
    """Tell all that is known of a library's faces, one JSON object a line: first the people, then
    each face with its photo's sha256 and name, box in pixels, state, person and vector (base64 of
    little-endian float32).
    """
    with core.db.read() as session:
        mine = select(Person).where(Person.library_id == library_id).order_by(Person.key)
        names = {}
        for one in session.scalars(mine):
            names[one.id] = one.name
            yield _line({"person": one.name, "private": one.private})
        query = select(Face, Photo.sha256, Photo.name).join(Photo)
        query = query.where(Photo.library_id == library_id)
        last = 0
        while True:
            page = query.where(Face.id > last).order_by(Face.id).limit(_READ)
            rows = session.execute(page).all()
            for face, sha256, name in rows:
                yield _line({"photo": sha256, "name": name} | _face(face, names))
            if len(rows) < _READ:
                return
            last = rows[-1][0].id
            session.expunge_all()


def _face(face: Face, names: dict[int, str]) -> dict[str, Any]:
    vector = base64.b64encode(face.embedding).decode() if face.embedding else None
    return {
        "box": face.box,
        "landmarks": face.landmarks,
        "quality": face.quality,
        "state": face.state,
        "source": face.source,
        "person": names.get(face.person_id or 0),
        "confidence": face.confidence,
        "network": face.network,
        "vector": vector,
    }


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _delete(session: Session, face_ids: Sequence[int]) -> Gone:
    """Delete faces with what was said of them, and count those of their photos anew."""
    gone: Gone = []
    for ids in batches(face_ids):
        query = select(Face, Photo.sha256).join(Photo).where(Face.id.in_(ids))
        rows = session.execute(query).all()
        gone += [(sha256, crops.name_of(face)) for face, sha256 in rows]
        session.execute(delete(FaceRejection).where(FaceRejection.face_id.in_(ids)))
        photos = {face.photo_id for face, _ in rows}
        session.execute(delete(Face).where(Face.id.in_(ids)))
        left = select(func.count()).where(Face.photo_id == Photo.id).scalar_subquery()
        session.execute(update(Photo).where(Photo.id.in_(photos)).values(face_count=left))
        # What was said of each person lies over faces, too.
        session.execute(update(Verdict).where(Verdict.photo_id.in_(photos)).values(people=[]))
    return gone


def _end(session: Session, core: Core, library: Library, gone: Gone) -> None:
    session.flush()
    identities.ask(session, library.id)
    session.commit()
    for sha256, name in gone:
        core.storage.derived(library.id, sha256, name).unlink(missing_ok=True)
