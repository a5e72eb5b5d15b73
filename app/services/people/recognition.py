"""Learning a library's people in the background: names proposed, look-alikes stacked."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Face, FaceRejection, PeopleModel, Photo, now
from app.services.library.listed import HERE
from app.services.people import identities
from app.services.work import leases
from app.services.work.leases import Claim
from ml.people.classifier import PeopleClassifier
from ml.people.stacks import grown, stacks
from ml.people.whitening import shipped_whitening

SUGGEST = 0.5  # probability from which a name is proposed
COHORT = 2000  # faces of others that the mean is taken from
POOR = 0.25  # quality below which a face is put into no stack
FRESH = 0.3  # share of faces without a stack from which all are stacked anew
_READ = 5000  # rows at a time

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Known:
    """A library's faces: ids (N,), vectors (N, D), quality (N,), person (N,) or 0, whether named
    (N,), confidence (N,) or nan, stack (N,) or -1.
    """

    ids: NDArray[np.int64]
    vectors: Vectors
    quality: NDArray[np.float64]
    person: NDArray[np.int64]
    named: NDArray[np.bool_]
    confidence: NDArray[np.float64]
    stack: NDArray[np.int64]


def learn(core: Core, claim: Claim) -> None:
    """Learn people from the named faces, propose names for the open ones, stack what is left."""
    with core.db.read() as session:
        model = session.get(PeopleModel, claim.library_id)
        asked = model.asked if model else 0
        known = load(session, claim.library_id)
        refused = _refused(session, claim.library_id)
    values = propose(known, refused)
    with core.db.write() as session:
        if not leases.finish(session, claim):
            return
        _keep(session, values)
        model = session.get(PeopleModel, claim.library_id, with_for_update=True)
        if model is not None:
            model.learned, model.trained_at = asked, now()
            if model.asked > asked:  # something was said meanwhile
                session.flush()
                identities.again(session, claim.library_id)
        session.commit()


def load(session: Session, library_id: int) -> Known:
    """Read the faces that have a vector and about which nobody said that they are nobody.

    A vector of another length is of another network: its photo is to be looked at again.
    """
    width = len(shipped_whitening().mean)
    columns = (Face.id, Face.embedding, Face.quality, Face.person_id, Face.state)
    query = (
        select(*columns, Face.confidence, Face.stack)
        .join(Photo, Photo.id == Face.photo_id)
        .where(
            Photo.library_id == library_id,
            *HERE,
            func.length(Face.embedding) == width * np.dtype(np.float32).itemsize,
            Face.state.in_(["open", "suggested", "named"]),
        )
        .order_by(Face.id)
        .execution_options(yield_per=_READ)
    )
    rows = [tuple(row) for row in session.execute(query)]
    ids, blobs, quality, person, state, confidence, stack = (
        list(column) for column in (zip(*rows, strict=True) if rows else [()] * 7)
    )
    vectors = np.frombuffer(b"".join(blobs), "<f4").reshape(len(ids), width)
    return Known(
        np.array(ids, np.int64),
        vectors,
        np.array(quality, np.float64),
        np.array([p or 0 for p in person], np.int64),
        np.array([s == "named" for s in state], np.bool_),
        np.array([np.nan if c is None else c for c in confidence], np.float64),
        np.array([-1 if s is None else s for s in stack], np.int64),
    )


def propose(known: Known, refused: dict[int, set[int]]) -> list[dict[str, object]]:
    """Return the new values of the faces that nobody named, only of those that change."""
    open_ = np.flatnonzero(~known.named)
    taught = np.flatnonzero(known.named & (known.person > 0))
    person = np.zeros(len(open_), np.int64)
    sure = np.full(len(open_), np.nan)
    if len(taught) and len(open_):
        model = _model(known, taught, open_)
        barred = [refused.get(int(face), set()) for face in known.ids[open_]]
        guess = model.guess(known.vectors[open_], known.quality[open_], barred)
        likely = guess.probability >= SUGGEST
        person = np.where(likely, guess.person, 0)
        sure = np.where(likely, guess.probability, np.nan)
    stack = _stacked(known, open_, person == 0)
    sure = np.round(sure, 4)
    same = (
        (known.person[open_] == person)
        & ((known.confidence[open_] == sure) | (np.isnan(sure) & np.isnan(known.confidence[open_])))
        & (known.stack[open_] == stack)
    )
    return [
        {
            "face": int(known.ids[row]),
            "who": int(person[place]) or None,
            "what": "suggested" if person[place] else "open",
            "by": "machine" if person[place] else None,
            "sure": float(sure[place]) if person[place] else None,
            "where": int(stack[place]) if stack[place] >= 0 else None,
        }
        for place, row in enumerate(open_)
        if not same[place]
    ]


def _model(known: Known, taught: NDArray[np.int64], others: NDArray[np.int64]) -> PeopleClassifier:
    rng = np.random.default_rng(0)
    cohort = rng.choice(others, min(COHORT, len(others)), replace=False)
    return PeopleClassifier.fit(
        known.vectors[taught],
        known.person[taught],
        known.vectors[cohort],
        known.quality[taught],
    )


def _stacked(
    known: Known, open_: NDArray[np.int64], nameless: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Return the stack of each open face, -1 for those with a proposal and for poor ones.

    Where few are new they join the stacks that stand; otherwise all are stacked anew.
    """
    stack = np.full(len(open_), -1, np.int64)
    chosen = np.flatnonzero(nameless & (known.quality[open_] >= POOR))
    if not len(chosen):
        return stack
    white = shipped_whitening().apply(known.vectors[open_[chosen]])
    before = known.stack[open_[chosen]]
    fresh = before < 0
    if fresh.mean() > FRESH:
        stack[chosen] = stacks(white)
    else:
        before[fresh] = grown(white[~fresh], before[~fresh], white[fresh])
        stack[chosen] = before
    return stack


def _refused(session: Session, library_id: int) -> dict[int, set[int]]:
    query = (
        select(FaceRejection.face_id, FaceRejection.person_id)
        .join(Face, Face.id == FaceRejection.face_id)
        .join(Photo, Photo.id == Face.photo_id)
        .where(Photo.library_id == library_id)
    )
    found: dict[int, set[int]] = {}
    for face_id, person_id in session.execute(query):
        found.setdefault(face_id, set()).add(person_id)
    return found


def _keep(session: Session, values: list[dict[str, object]]) -> None:
    """Write proposals where nobody has said anything meanwhile."""
    if not values:
        return
    table = cast("Table", Face.__table__)
    statement = (
        update(table)
        .where(
            table.c.id == bindparam("face"),
            or_(*(table.c.state == state for state in identities.OPEN)),
        )
        .values(
            person_id=bindparam("who"),
            state=bindparam("what"),
            source=bindparam("by"),
            confidence=bindparam("sure"),
            stack=bindparam("where"),
        )
    )
    session.connection().execute(statement, values)
