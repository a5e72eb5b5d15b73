"""Faces that a network found on a photo take the place of those it found before; words stay."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.metadata.model import clean, names_in
from app.models import Face, FaceRejection, Library, Person, Photo
from app.services import settings
from app.services.people import identities, people
from app.services.tagging.tags import MAX_NAME, key_of
from ml.results import Face as Found

SAME = 0.35  # overlap (intersection over union) from which two boxes are one face
LOOSE = 0.15  # of a region that another program drew: heads, circles, whole portraits
Box = tuple[float, float, float, float]
BY_FILE = "file"  # stands for the network of a face that only a file knows


def keep(session: Session, photo: Photo, found: Sequence[Found], network: str) -> None:
    """Keep what a network found; a face that was there before stays the same row.

    One with a person's or a file's word stays also where the network does not see it. The caller
    commits.
    """
    query = select(Face).where(Face.photo_id == photo.id).order_by(Face.id)
    before = list(session.scalars(query))
    pairs = matched([f.box for f in found], [f.box for f in before], SAME)
    for place, one in enumerate(found):
        row = before[pairs[place]] if place in pairs else Face(photo_id=photo.id, state="open")
        _describe(row, one, network)
        session.add(row)
    taken = set(pairs.values())
    for place, row in enumerate(before):
        if place not in taken and row.state not in identities.WORDS:
            session.delete(row)
    session.flush()
    photo.face_count = len(found)
    take_regions(session, photo, photo.metadata_)
    if found or before:
        identities.ask(session, photo.library_id)


def take_reading(
    session: Session, photo: Photo, base: dict[str, Any] | None, *, dated: bool
) -> None:
    """Take names over from a new reading of a photo's file, and have learned what changed; `dated`:
    its date did, too. The caller commits.
    """
    query = select(Face).where(Face.photo_id == photo.id)
    before = {face.id: identities.kept(face) for face in session.scalars(query)}
    take_regions(session, photo, base)
    changed = [
        face.id
        for face in session.scalars(query)
        if dated or before.get(face.id) != identities.kept(face)
    ]
    if changed:
        identities.ask(session, photo.library_id, changed)


def take_regions(session: Session, photo: Photo, base: dict[str, Any] | None = None) -> None:
    """Make the names in a photo's file labels of its faces; what a person said stays. The caller
    commits.

    A named region goes to the face that it covers, or becomes a face of its own. A name without a
    region goes to the one face of a photo of one person. `base` is what the file said before: a
    label that stands changes only where the file does, so that a new name given here outlasts the
    next reading.
    """
    library = session.get_one(Library, photo.library_id)
    seen = photo.analysed_at is not None or photo.face_count
    if not seen or not settings.values(library)["faces"]:
        return  # faces come first: analysis calls this again
    faces = list(session.scalars(select(Face).where(Face.photo_id == photo.id).order_by(Face.id)))
    free = [f for f in faces if f.state in identities.OPEN or f.source == "file"]
    told, before = named_regions(photo.metadata_), named_regions(base or {})
    refused = _refused(session, faces)
    regions = [region for region in told if _is_name(region[0])]
    pairs = matched([box for _, box in regions], [f.box for f in free], LOOSE)
    everyone = matched([box for _, box in regions], [f.box for f in faces], LOOSE)
    for place, region in enumerate(regions):
        face = free[pairs[place]] if place in pairs else None
        if face is None and place in everyone:
            continue  # a person's word stands there
        if face is not None and face.state == "named" and region in before:
            continue
        person = people.named(session, library, region[0]).id
        if face is None:
            face = Face(photo_id=photo.id, box=list(region[1]), landmarks=[], score=0.0)
            face.quality, face.network = 0.0, BY_FILE
            session.add(face)
        elif (face.id, person) in refused:
            continue
        _label(face, person)
    _let_go(session, free, [region for region in before if region not in told])
    if not told and len(faces) == len(free) == 1 and faces[0].state != "named":
        _take_name(session, library, photo, faces[0], refused)
    session.flush()


def _take_name(
    session: Session, library: Library, photo: Photo, face: Face, refused: set[tuple[int, int]]
) -> None:
    """Give the only face of a photo the only name that its file has."""
    names = [name for name in names_of(photo.metadata_) if _is_name(name)]
    if len({key_of(name) for name in names}) == 1:
        person = people.named(session, library, names[0]).id
        if (face.id, person) not in refused:
            _label(face, person)


def names_of(said: dict[str, Any]) -> list[str]:
    """Return the names that a reading of a file has without a place: PersonInImage, keywords."""
    return list(dict.fromkeys([*said.get("people", []), *names_in(said.get("keywords", []))]))


def named_regions(said: dict[str, Any]) -> list[tuple[str, Box]]:
    """Return the named faces that a reading of a file has, with their boxes."""
    return [
        (name, (box[0], box[1], box[2], box[3]))
        for name, kind, *box in said.get("regions", [])
        if kind == "Face" and name and box[2] > 0 and box[3] > 0
    ]


def _is_name(name: str) -> bool:
    return 0 < len(" ".join(clean(name).split())) <= MAX_NAME


def _let_go(session: Session, faces: Sequence[Face], gone: Sequence[tuple[str, Box]]) -> None:
    """Open the faces that had a name from regions which the file has no more."""
    pairs = matched([box for _, box in gone], [face.box for face in faces], LOOSE)
    for place, other in pairs.items():
        face = faces[other]
        person = session.get(Person, face.person_id) if face.person_id else None
        if person is not None and face.state == "named" and person.key == key_of(gone[place][0]):
            face.person_id, face.state, face.source = None, "open", None


def _refused(session: Session, faces: Sequence[Face]) -> set[tuple[int, int]]:
    """Return (face, person) of what somebody said these faces are not."""
    query = select(FaceRejection.face_id, FaceRejection.person_id)
    query = query.where(FaceRejection.face_id.in_([face.id for face in faces]))
    return {(face_id, person_id) for face_id, person_id in session.execute(query)}


def matched(
    wanted: Sequence[Sequence[float]], there: Sequence[Sequence[float]], least: float
) -> dict[int, int]:
    """Pair boxes (x, y, width, height), the best overlap first, each at most once."""
    if not wanted or not there:
        return {}
    one, other = np.asarray(wanted, float)[:, None], np.asarray(there, float)[None]
    low = np.maximum(one[..., :2], other[..., :2])
    high = np.minimum(one[..., :2] + one[..., 2:], other[..., :2] + other[..., 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=-1)
    areas = np.prod(one[..., 2:], axis=-1) + np.prod(other[..., 2:], axis=-1)
    overlap = shared / np.maximum(areas - shared, 1e-9)
    pairs: dict[int, int] = {}
    for place in np.argsort(-overlap, axis=None, kind="stable"):
        row, column = divmod(int(place), len(there))
        if overlap[row, column] < least:
            break
        if row not in pairs and column not in pairs.values():
            pairs[row] = column
    return pairs


def _describe(row: Face, found: Found, network: str) -> None:
    values: dict[str, Any] = {
        "box": [float(v) for v in found.box],
        "landmarks": np.asarray(found.landmarks, dtype=float).round(2).tolist(),
        "score": float(found.score),
        "quality": float(found.quality),
        "embedding": None
        if found.embedding is None
        else np.asarray(found.embedding, dtype="<f4").tobytes(),
        "network": network,
    }
    if row.network != network:  # what it looked like to another network says nothing here
        row.stack = None
    for name, value in values.items():
        setattr(row, name, value)


def _label(face: Face, person_id: int) -> None:
    face.person_id, face.state, face.source, face.confidence = person_id, "named", "file", None
