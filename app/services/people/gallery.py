"""The faces of a library as a process of the worker knows them, caught up by what was said since.

Which faces were spoken of stands in `PeopleModel.touched`, so that after an answer a few rows are
read in place of all. Nothing of it is kept on disk.
"""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, Select, extract, func, select, type_coerce
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
    def of(cls, rows: list[Row[Any]], width: int) -> Self:
        """Make it of rows of `_query`, sorted here: a database would move the vectors about."""
        ids, blobs, quality, person, state, confidence, stack, year, month = (
            list(column) for column in (zip(*rows, strict=True) if rows else [()] * 9)
        )
        taken = np.array([year, month], np.float64)  # None becomes nan
        order = np.argsort(np.array(ids, np.int64))
        return cls(
            np.array(ids, np.int64)[order],
            np.frombuffer(b"".join(blobs), "<f4").reshape(len(ids), width)[order],
            np.array(quality, np.float64)[order],
            np.array([p or 0 for p in person], np.int64)[order],
            np.array([s == "named" for s in state], np.bool_)[order],
            np.array([np.nan if c is None else c for c in confidence], np.float64)[order],
            np.array([-1 if s is None else s for s in stack], np.int64)[order],
            (12 * taken[0] + taken[1])[order],
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
    width = chosen().dimensions
    query = _query(library_id)
    if ids is not None:
        query = query.where(among(Face.id, ids.tolist()))
    return Known.of(list(session.connection().execute(query)), width)


def width_of_vectors() -> int:
    """Return how many bytes a face's vector of the chosen embedder has."""
    return chosen().dimensions * np.dtype(np.float32).itemsize


def _query(library_id: int) -> Select[*tuple[Any, ...]]:
    vector = type_coerce(Face.embedding, NullType())  # as it is stored: there may be 100,000
    taken = (extract("year", Photo.taken_at), extract("month", Photo.taken_at))
    columns = (Face.id, vector, Face.quality, Face.person_id, Face.state)
    return (
        select(*columns, Face.confidence, Face.stack, *taken)
        .join(Photo, Photo.id == Face.photo_id)
        .where(
            Photo.library_id == library_id,
            *HERE,
            func.length(Face.embedding) == width_of_vectors(),
            Face.state.in_(KEPT),
        )
        .execution_options(yield_per=_READ)
    )
