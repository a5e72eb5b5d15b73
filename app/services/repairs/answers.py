"""What people say of repairs: yes, no, other parameters, how much; each can be taken back."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import AppError, NotFound
from app.models import Action, Library, Photo, Repair
from app.services import actions
from app.services.repairs import wanted
from app.services.repairs.said import BY_HAND, kept
from app.services.work import dispatch
from ml.errors import MLError
from ml.repair.recipe import STAGES, Step

MOST = 20
"""Repairs that a person accepts on one photo: each takes its time."""
STATES = ("suggested", "accepted", "rejected")
_LABELS = {"accepted": "Repaired", "rejected": "Not repaired", "suggested": "Repair left open"}


def answer(
    session: Session,
    core: Core,
    library: Library,
    repair_id: int,
    state: str,
    *,
    params: dict[str, Any] | None = None,
    strength: float | None = None,
) -> Action:
    """Keep a person's word about a repair: whether, with which parameters, how much, and have the
    photo's version made as it says; commits.

    AppError for parameters that are none, NotFound where there is no such repair.
    """
    row = get(session, library, repair_id)
    action = word(session, library, row, state, params=params, strength=strength)
    make(session, core, library, row.photo_id)
    return action


def make(session: Session, core: Core, library: Library, photo_id: int) -> None:
    """Have a photo's version made as what is accepted says; commits."""
    wanted.version(session, library.id, [photo_id])
    session.commit()
    dispatch.publish(core)


def word(
    session: Session,
    library: Library,
    row: Repair,
    state: str,
    *,
    params: dict[str, Any] | None = None,
    strength: float | None = None,
) -> Action:
    """Keep a person's word about a repair alone, without a version. The caller commits."""
    if state not in STATES:
        raise AppError(f"A repair is one of {', '.join(STATES)}.")
    if row.network == BY_HAND and state == "suggested":
        raise AppError("What a person added is accepted or rejected.")
    if state == "accepted" != row.state and _done(session, row.photo_id) >= MOST:
        raise AppError(f"A photo has {MOST} repairs at most. Leave one of them first.")
    if params is not None:
        check(Step(row.stage, row.kind, params))
    if strength is not None and not 0 < strength <= 1:
        raise AppError("The strength is a number above 0 and at most 1.")
    photo = session.get_one(Photo, row.photo_id)
    label = f"{_LABELS[state]}: {row.kind} on {photo.name}"
    action = actions.begin(session, library, label, repairs=[kept(row)])
    row.state = state
    row.source = "machine" if state == "suggested" else "person"
    if params is not None:
        row.changed = None if params == row.params else params
    if strength is not None:
        row.strength = strength
    session.flush()
    return action


def _done(session: Session, photo_id: int) -> int:
    """How many repairs of a photo are accepted."""
    return sum(row.state == "accepted" for row in of_photo(session, photo_id))


def answer_all(
    session: Session, core: Core, library: Library, state: str, *, kind: str, least: float
) -> tuple[Action, int]:
    """Answer all open repairs of a kind that are at least so sure; commits."""
    if state not in ("accepted", "rejected"):
        raise AppError("Repairs are accepted or rejected.")
    query = select(Repair).where(
        Repair.library_id == library.id,
        Repair.state == "suggested",
        Repair.kind == kind,
        Repair.confidence >= least,
    )
    rows = session.scalars(query.order_by(Repair.id)).all()
    n = len(rows)
    label = f"{_LABELS[state]}: {kind} on {n:,} photo{'s' if n != 1 else ''}"
    action = actions.begin(session, library, label, repairs=[kept(row) for row in rows])
    for row in rows:
        row.state, row.source = state, "person"
    session.flush()
    wanted.version(session, library.id, sorted({row.photo_id for row in rows}))
    session.commit()
    dispatch.publish(core)
    return action, n


def get(session: Session, library: Library, repair_id: int) -> Repair:
    """Find a repair of this library; NotFound otherwise."""
    row = session.get(Repair, repair_id)
    if row is None or row.library_id != library.id:
        raise NotFound("This repair is no longer proposed. Load the page again.")
    return row


def of_photo(session: Session, photo_id: int) -> list[Repair]:
    """List the repairs of a photo in the order in which they are done."""
    rows = session.scalars(select(Repair).where(Repair.photo_id == photo_id))
    return sorted(rows, key=lambda row: (STAGES.index(row.stage), row.place, row.id))


def check(step: Step) -> None:
    """AppError in words where a step cannot be done."""
    try:
        step.check()
    except MLError as error:
        raise AppError(f"This repair cannot be: {error}.") from None
