"""The faces of a library as a process of the worker knows them, caught up by what was said since.

Which faces were spoken of stands in `PeopleModel.touched`, so that after an answer a few rows are
read in place of all. Nothing of it is kept on disk.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, func, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from app.models import Face, PeopleModel, Photo
from app.services.library.listed import HERE
from app.services.rows import among
from ml.faces.embed import chosen

KEPT = ("open", "suggested", "named")
_READ = 5000  # rows at a time
Vectors = NDArray[np.float32]
Ids = NDArray[np.int64]


@dataclass
class Known:
    """Faces by id: ids (N,), vectors (N, D), quality (N,), person (N,) or 0, whether named (N,),
    confidence (N,) or nan, stack (N,) or -1, months (N,) since year 0 when taken, or nan.
    """

    ids: Ids
    vectors: Vectors
    quality: NDArray[np.float64]
    person: Ids
    named: NDArray[np.bool_]
    confidence: NDArray[np.float64]
    stack: Ids
    months: NDArray[np.float64]

    @classmethod
    def of(cls, rows: Sequence[Any], photos: Sequence[Any], width: int) -> Self:
        """Make it of rows of `_faces` and of (id, moment) of photos, in the order of their ids.

        They are put together and sorted here: a database would move the vectors about.
        """
        ids, blobs, quality, person, state, confidence, stack, photo = (
            list(column) for column in (zip(*rows, strict=True) if rows else [()] * 8)
        )
        order = np.argsort(np.array(ids, np.int64))
        return cls(
            np.array(ids, np.int64)[order],
            np.frombuffer(b"".join(blobs), "<f4").reshape(len(ids), width)[order],
            np.array(quality, np.float64)[order],
            np.array([p or 0 for p in person], np.int64)[order],
            np.array([s == "named" for s in state], np.bool_)[order],
            np.array(confidence, np.float64)[order],  # None becomes nan
            np.array([-1 if s is None else s for s in stack], np.int64)[order],
            _months(photos, np.array(photo, np.int64))[order],
        )

    def rows(self, ids: Ids) -> Ids:
        """Return the rows of those of these ids that are there."""
        place = np.searchsorted(self.ids, ids)
        there = place < len(self.ids)
        there[there] = self.ids[place[there]] == ids[there]
        return place[there]

    def put(self, other: Self) -> None:
        """Take what another says of faces that are here."""
        rows = self.rows(other.ids)
        for field in fields(self):
            if field.name not in ("ids", "vectors"):
                getattr(self, field.name)[rows] = getattr(other, field.name)


@dataclass
class Mark:
    """Up to where what was said is known: `n` counts changes, `since` is the first that is told,
    `faces` are those changed as (n, id). `total` counts the library's faces.
    """

    n: int
    since: int
    faces: list[list[int]]
    total: int

    @classmethod
    def of(cls, session: Session, library_id: int) -> Self:
        """Read it."""
        model = session.get(PeopleModel, library_id)
        log = (model.touched if model else None) or {"n": 0, "since": 0, "faces": []}
        photos = select(Photo.id).where(Photo.library_id == library_id, *HERE)
        count = select(func.count()).select_from(Face).where(Face.photo_id.in_(photos))
        return cls(log["n"], log["since"], log["faces"], session.scalar(count) or 0)

    def since_then(self, before: "Mark") -> Ids | None:
        """Return the faces that were spoken of since `before`; None where that is not known, or
        faces came or went.
        """
        if before.n < self.since or before.total != self.total:
            return None
        return np.unique(np.array([i for n, i in self.faces if n > before.n], np.int64))


def load(session: Session, library_id: int, ids: Ids | None = None) -> Known:
    """Read the faces that have a vector and about which nobody said that they are nobody: all, or
    some.

    A vector of another length is of another network: its photo is to be looked at again.
    """
    connection, faces = session.connection(), _faces(library_id)
    photos = select(Photo.id, type_coerce(Photo.taken_at, NullType())).order_by(Photo.id)
    if ids is None:
        photos = photos.where(Photo.library_id == library_id)
    else:
        some = among(Face.id, ids.tolist())
        faces = faces.where(some)
        photos = photos.where(Photo.id.in_(select(Face.photo_id).where(some)))
    rows = list(connection.execute(faces))
    return Known.of(rows, list(connection.execute(photos)), chosen().dimensions)


def _months(photos: Sequence[Any], wanted: Ids) -> NDArray[np.float64]:
    """Return the months since year 0 when photos (N,) were taken, nan where that is not known."""
    ids = np.array([photo[0] for photo in photos], np.int64)
    days = np.array([photo[1] and str(photo[1])[:7] for photo in photos], "datetime64[M]")
    told = np.where(np.isnat(days), np.nan, days.astype(np.int64) + (12 * 1970 + 1))
    return np.asarray(told[np.searchsorted(ids, wanted)], np.float64)


def width_of_vectors() -> int:
    """Return how many bytes a face's vector of the chosen embedder has."""
    return chosen().dimensions * np.dtype(np.float32).itemsize


def _faces(library_id: int) -> Select[*tuple[Any, ...]]:
    vector = type_coerce(Face.embedding, NullType())  # as it is stored: there may be 100,000
    mine = select(Photo.id).where(Photo.library_id == library_id, *HERE)
    columns = (Face.id, vector, Face.quality, Face.person_id, Face.state, Face.confidence)
    return (
        select(*columns, Face.stack, Face.photo_id)
        .where(
            (Face.photo_id + 0).in_(mine),  # faces in the order in which they lie on the disk
            func.length(Face.embedding) == width_of_vectors(),
            Face.state.in_(KEPT),
        )
        .execution_options(yield_per=_READ)
    )
