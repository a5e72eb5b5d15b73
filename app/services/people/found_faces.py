"""Faces that a network found on a photo take the place of those it found before; words stay."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Face, Library, Photo
from app.services.people import identities, people
from ml.results import Face as Found

SAME = 0.35  # overlap (intersection over union) from which two boxes are one face
LOOSE = 0.15  # of a region that another program drew: heads, circles, whole portraits
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
    take_regions(session, photo)
    if found or before:
        identities.ask(session, photo.library_id)


def take_regions(session: Session, photo: Photo) -> None:
    """Make the names in a photo's file labels of its faces; what a person said stays. The caller
    commits.

    A named region goes to the face that it covers, or becomes a face of its own. A name without a
    region goes to the one face of a photo of one person.
    """
    if photo.analysed_at is None and not photo.face_count:
        return  # faces come first: analysis calls this again
    library = session.get_one(Library, photo.library_id)
    faces = list(session.scalars(select(Face).where(Face.photo_id == photo.id).order_by(Face.id)))
    regions = [
        (name, box)
        for name, kind, *box in photo.metadata_.get("regions", [])
        if kind == "Face" and name and box[2] > 0 and box[3] > 0
    ]
    free = [f for f in faces if f.state in identities.OPEN or f.source == "file"]
    pairs = matched([box for _, box in regions], [f.box for f in free], LOOSE)
    everyone = matched([box for _, box in regions], [f.box for f in faces], LOOSE)
    for place, (name, box) in enumerate(regions):
        if place in pairs:
            _label(free[pairs[place]], people.named(session, library, name).id)
        elif place not in everyone:
            row = Face(photo_id=photo.id, box=box, landmarks=[], score=0.0, quality=0.0)
            row.network = BY_FILE
            _label(row, people.named(session, library, name).id)
            session.add(row)
    names = photo.metadata_.get("people", [])
    if not regions and len(names) == len(faces) == len(free) == 1:
        _label(faces[0], people.named(session, library, names[0]).id)
    session.flush()


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
    for name, value in values.items():
        setattr(row, name, value)


def _label(face: Face, person_id: int) -> None:
    face.person_id, face.state, face.source, face.confidence = person_id, "named", "file", None
