"""Faces and people of a seeded library: vectors round a direction for each person.

Half of the faces are people with names, ten of each said by a person and the rest open; the others
are strangers who are met once to five times.
"""

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, func, insert, select, update

from app.models import Face, FaceRejection, Person, Photo
from app.services.tagging.tags import key_of

SIZE = 128
SPREAD = 0.06  # of each component: two faces of one person have a cosine of about 0.7
LABELS = 10
_BATCH = 5000

Vectors = NDArray[np.float32]


def add(connection: Connection, library_id: int, faces: int, people: int, seed: int) -> None:
    """Put faces onto the library's photos in place of those that are there."""
    rng = np.random.default_rng(seed)
    mine = select(Photo.id).where(Photo.library_id == library_id)
    photos = np.array(connection.execute(mine.order_by(Photo.id)).scalars().all(), np.int64)
    connection.execute(delete(Face).where(Face.photo_id.in_(mine)))
    names = [
        {"library_id": library_id, "name": f"Person {n:03d}", "key": key_of(f"Person {n:03d}")}
        for n in range(people)
    ]
    connection.execute(insert(Person), names)
    ids = connection.execute(
        select(Person.id).where(Person.library_id == library_id).order_by(Person.id)
    )
    known = np.array(ids.scalars().all(), np.int64)
    owner = _owners(rng, faces, people)
    centres = _unit(rng.normal(size=(owner.max() + 1, SIZE)))
    place = rng.choice(photos, faces)
    first = (connection.scalar(select(func.max(Face.id))) or 0) + 1
    seen = np.zeros(people, int)
    for start in range(0, faces, _BATCH):
        some = owner[start : start + _BATCH]
        noise = rng.normal(0, SPREAD, (len(some), SIZE))
        vectors = _unit(centres[some] + noise).astype("<f4")
        rows = []
        for n, one in enumerate(some):
            named = one < people and seen[one] < LABELS
            if named:
                seen[one] += 1
            rows.append(
                {
                    "id": first + start + n,
                    "photo_id": int(place[start + n]),
                    "box": [100.0 + 40 * (n % 50), 80.0, 90.0, 110.0],
                    "landmarks": [],
                    "score": 0.9,
                    "quality": round(float(rng.uniform(0.4, 0.95)), 3),
                    "embedding": vectors[n].tobytes(),
                    "network": "seed",
                    "person_id": int(known[one]) if named else None,
                    "state": "named" if named else "open",
                    "source": "person" if named else None,
                }
            )
        connection.execute(insert(Face), rows)
    rejected = [{"face_id": first + n, "person_id": int(known[n % people])} for n in range(people)]
    connection.execute(insert(FaceRejection), rejected)
    count = select(func.count()).where(Face.photo_id == Photo.id).scalar_subquery()
    connection.execute(update(Photo).where(Photo.library_id == library_id).values(face_count=count))


def _owners(rng: np.random.Generator, faces: int, people: int) -> NDArray[np.int64]:
    """Number whose each face is: first those of people, many of a few and few of the others."""
    weights = 1 / np.arange(3, people + 3)
    named = rng.choice(people, faces // 2, p=weights / weights.sum())
    named[: people * LABELS] = np.repeat(np.arange(people), LABELS)
    strangers = np.repeat(np.arange(faces), rng.integers(1, 6, faces))[: faces - len(named)]
    return np.asarray(np.concatenate([named, strangers + people]), np.int64)


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
