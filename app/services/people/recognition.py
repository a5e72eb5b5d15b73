"""Learning a library's people in the background: names proposed, look-alikes stacked."""

from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Table, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Face, FaceRejection, PeopleModel, Photo, now
from app.services.people import identities
from app.services.people.gallery import Ids, Known, Mark, load, width_of_vectors
from app.services.people.ranking import Ranking, Refused
from app.services.work import leases
from app.services.work.leases import Claim
from ml.faces.embed import chosen
from ml.faces.quality import POOR
from ml.people.stacks import grown, stacks
from ml.people.whitening import shipped_whitening

SUGGEST = 0.5  # probability from which a name is proposed
FRESH = 0.3  # share of faces without a stack from which all are stacked anew


@dataclass
class Learned:
    """What this process has learned of a library, up to a mark, with that embedder's vectors."""

    database: str
    embedder: str
    mark: Mark
    known: Known
    ranking: Ranking


_learned: dict[int, Learned] = {}  # of one library at a time: 100,000 faces are 100 MB


def learn(core: Core, claim: Claim) -> None:
    """Learn people from the named faces, propose names for the open ones, stack what is left."""
    with core.db.read() as session:
        model = session.get(PeopleModel, claim.library_id)
        asked = model.asked if model else 0
        state = _caught_up(session, str(core.db.engine.url), claim.library_id)
    values = propose(state.known, state.ranking)
    with core.db.write() as session:
        if not leases.finish(session, claim):
            _learned.pop(claim.library_id, None)
            return
        _keep(session, values)
        model = session.get(PeopleModel, claim.library_id, with_for_update=True)
        if model is not None:
            _leave_other_stacks(session, model, state.embedder)
            model.learned, model.trained_at = asked, now()
            n = identities.touch(model, [int(str(value["face"])) for value in values])
            if n == state.mark.n + 1:  # nothing was said meanwhile
                state.mark.n = n
            if model.asked > asked:
                session.flush()
                identities.again(session, claim.library_id)
        session.commit()


def _caught_up(session: Session, database: str, library_id: int) -> Learned:
    """Return what is learned of a library as it is now: a little more than before, or all."""
    mark, refused = Mark.of(session, library_id), _refused(session, library_id)
    before, embedder = _learned.get(library_id), chosen().name
    if before is not None and (before.database, before.embedder) == (database, embedder):
        ids = mark.since_then(before.mark)
        if ids is not None and _update(session, before, library_id, ids, refused):
            before.mark = mark
            return before
    known = load(session, library_id)
    _learned.clear()
    found = Learned(database, embedder, mark, known, Ranking(known, refused))
    _learned[library_id] = found
    return found


def _update(session: Session, state: Learned, library_id: int, ids: Ids, refused: Refused) -> bool:
    """Take over what was said of these faces; False where there are some that were not known."""
    known, fresh = state.known, load(session, library_id, ids)
    if len(known.rows(fresh.ids)) < len(fresh.ids):
        return False
    rows = known.rows(ids)
    named, person, months = known.named[rows], known.person[rows], known.months[rows]
    known.named[rows], known.person[rows] = True, 0  # of nobody, unless it is said who they are
    known.put(fresh)
    same = (known.named[rows] == named) & (known.person[rows] == person)
    same &= np.isclose(known.months[rows], months, rtol=0, equal_nan=True)
    moved = {*person[named & ~same].tolist(), *known.person[rows][known.named[rows] & ~same]}
    state.ranking.update(known, {int(one) for one in moved} - {0}, rows, refused)
    return True


def propose(known: Known, ranking: Ranking) -> list[dict[str, object]]:
    """Return the new values of the faces that nobody named, only of those that change; they are
    known from then on.
    """
    open_ = np.flatnonzero(~known.named)
    likely = ranking.probability[open_] >= SUGGEST
    person = np.where(likely, ranking.person[open_], 0)
    sure = np.round(np.where(likely, ranking.probability[open_], np.nan), 4)
    stack = _stacked(known, open_, person == 0)
    before = known.confidence[open_]
    same = (
        (known.person[open_] == person)
        & ((before == sure) | (np.isnan(sure) & np.isnan(before)))
        & (known.stack[open_] == stack)
    )
    known.person[open_], known.confidence[open_], known.stack[open_] = person, sure, stack
    return [
        {
            "face": int(known.ids[open_[place]]),
            "who": int(person[place]) or None,
            "what": "suggested" if person[place] else "open",
            "by": "machine" if person[place] else None,
            "sure": float(sure[place]) if person[place] else None,
            "where": int(stack[place]) if stack[place] >= 0 else None,
        }
        for place in np.flatnonzero(~same)
    ]


def _stacked(known: Known, open_: Ids, nameless: NDArray[np.bool_]) -> Ids:
    """Return the stack of each open face, -1 for those with a proposal and for poor ones.

    Where few are new they join the stacks that stand; otherwise all are stacked anew.
    """
    stack = np.full(len(open_), -1, np.int64)
    some = np.flatnonzero(nameless & (known.quality[open_] >= POOR))
    if not len(some):
        return stack
    if (known.stack[open_[some]] >= 0).all():
        stack[some] = known.stack[open_[some]]
        return stack
    white = shipped_whitening().apply(known.vectors[open_[some]])
    before = known.stack[open_[some]]
    fresh = before < 0
    if fresh.mean() > FRESH:
        stack[some] = stacks(white)
    else:
        before[fresh] = grown(white[~fresh], before[~fresh], white[fresh])
        stack[some] = before
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


def _leave_other_stacks(session: Session, model: PeopleModel, embedder: str) -> None:
    """Take faces out of the stacks of the embedder that was chosen before: the first stacks of this
    one have the same numbers.
    """
    if model.network == embedder:
        return
    photos = select(Photo.id).where(Photo.library_id == model.library_id)
    other = func.length(Face.embedding) != width_of_vectors()
    session.execute(
        update(Face)
        .where(Face.photo_id.in_(photos), Face.stack.is_not(None), other)
        .values(stack=None)
        .execution_options(synchronize_session=False)
    )
    model.network = embedder


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
