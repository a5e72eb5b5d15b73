"""What stood before a change: copied, handed on and put back by the database, not by a program.

A change of 50,000 photos is a few statements, and so is taking it back. Only actions that still
stand have rows here.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.orm import Session, aliased

from app.models import Action, ActionPlace, ActionTag, Library, Photo, PhotoTag, now
from app.services.rows import batches
from app.services.tagging.tags import recount

SAID = ("source", "state", "confidence", "boxes", "network", "in_file")
Pair = tuple[int, int]


def keep_tags(session: Session, action: Action, pairs: Select[int, int]) -> None:
    """Keep what is said about (photo, tag) pairs; about some of them it may be nothing."""
    session.flush()
    these = pairs.subquery()
    photo_id, tag_id = these.c
    said = and_(PhotoTag.photo_id == photo_id, PhotoTag.tag_id == tag_id)
    columns = [getattr(PhotoTag, name) for name in SAID]
    rows = select(literal(action.id), photo_id, tag_id, *columns).outerjoin_from(
        these, PhotoTag, said
    )
    session.execute(insert(ActionTag).from_select(["action_id", "photo_id", "tag_id", *SAID], rows))


def keep_rows(
    session: Session, action: Action, before: Iterable[PhotoTag], fresh: Iterable[Pair]
) -> None:
    """Keep rows as they are now, and pairs of which nothing is said yet."""
    entries = [[row.photo_id, row.tag_id, [getattr(row, n) for n in SAID]] for row in before]
    keep_entries(session, action, [*entries, *([p, t, None] for p, t in fresh)])


def keep_entries(session: Session, action: Action, entries: Sequence[Sequence[Any]]) -> None:
    """Keep [photo, tag, what was said or None]; photos that are gone are left out."""
    session.flush()
    for some in batches(entries):
        here = set(session.scalars(select(Photo.id).where(Photo.id.in_([e[0] for e in some]))))
        rows = {
            (photo_id, tag_id): {"action_id": action.id, "photo_id": photo_id, "tag_id": tag_id}
            | dict(zip(SAID, said or [None] * len(SAID), strict=True))
            for photo_id, tag_id, said in some
            if photo_id in here
        }
        if rows:
            session.execute(insert(ActionTag), list(rows.values()))


def keep_places(session: Session, action: Action, photos: Select[Any]) -> int:
    """Keep whether these photos lie in the trash; returns how many they are."""
    session.flush()
    chosen = select(literal(action.id), Photo.id, Photo.trashed_at.is_not(None))
    rows = chosen.where(Photo.id.in_(photos))
    session.execute(insert(ActionPlace).from_select(["action_id", "photo_id", "trashed"], rows))
    mine = select(func.count()).where(ActionPlace.action_id == action.id)
    return session.scalar(mine) or 0


def touched(action: Action) -> ColumnElement[bool]:
    """A condition on Photo: the action has kept something about its tags."""
    return Photo.id.in_(select(ActionTag.photo_id).where(ActionTag.action_id == action.id))


def standing(action: Action) -> ColumnElement[bool]:
    """A condition that joins PhotoTag with what the action has kept of it."""
    return and_(
        ActionTag.action_id == action.id,
        PhotoTag.photo_id == ActionTag.photo_id,
        PhotoTag.tag_id == ActionTag.tag_id,
    )


def take_back(session: Session, library: Library, action: Action) -> None:
    """Put back what the action has kept; a newer change of the same thing inherits it instead."""
    session.flush()
    _hand_on(session, action, ActionTag, ("photo_id", "tag_id"), SAID)
    _hand_on(session, action, ActionPlace, ("photo_id",), ("trashed",))
    _put_back_nothing(session, action)
    _put_back_words(session, library, action)
    recount(session, touched(action))
    for trashed in (True, False):
        photos = select(ActionPlace.photo_id).where(
            ActionPlace.action_id == action.id, ActionPlace.trashed.is_(trashed)
        )
        _run(
            session,
            update(Photo)
            .where(Photo.id.in_(photos), Photo.library_id == library.id)
            .values(trashed_at=now() if trashed else None),
        )
    for model in (ActionTag, ActionPlace):
        _run(session, delete(model).where(model.action_id == action.id))
    session.expire_all()


def _hand_on(
    session: Session,
    action: Action,
    model: type[ActionTag] | type[ActionPlace],
    keys: Sequence[str],
    values: Sequence[str],
) -> None:
    """Let the first newer change of each thing inherit what this action has kept of it."""
    mine, newer = aliased(model), aliased(model)
    same = [getattr(mine, key) == getattr(newer, key) for key in keys]
    heirs = (
        select(*(getattr(newer, key) for key in keys), func.min(newer.action_id).label("heir"))
        .join(mine, and_(*same))
        .where(mine.action_id == action.id, newer.action_id > action.id)
        .group_by(*(getattr(newer, key) for key in keys))
    )
    if session.execute(heirs.limit(1)).first() is None:
        return
    heir = heirs.subquery()
    inherit = update(model).where(
        model.action_id == heir.c.heir,
        mine.action_id == action.id,
        *(getattr(model, key) == heir.c[key] for key in keys),
        *(getattr(model, key) == getattr(mine, key) for key in keys),
    )
    _run(session, inherit.values({name: getattr(mine, name) for name in values}))
    left = tuple_(*(getattr(model, key) for key in keys))
    inherited = left.in_(select(*(heir.c[key] for key in keys)))
    _run(session, delete(model).where(model.action_id == action.id, inherited))


def _put_back_nothing(session: Session, action: Action) -> None:
    """End what the action has begun to say: what file or machine say stands again, or nothing."""
    begun = exists().where(standing(action), ActionTag.state.is_(None))
    machine = PhotoTag.source == "machine"
    nobody = or_(machine, PhotoTag.confidence.is_(None))
    _run(session, delete(PhotoTag).where(begun, ~PhotoTag.in_file, nobody))
    by_file = update(PhotoTag).where(begun, PhotoTag.in_file)
    _run(session, by_file.values(source="file", state="confirmed"))
    by_machine = update(PhotoTag).where(begun, ~PhotoTag.in_file, ~machine)
    _run(session, by_machine.values(source="machine", state="suggested"))


def _put_back_words(session: Session, library: Library, action: Action) -> None:
    """Say again what was said; a file's word stands where only a proposal would."""
    was = ActionTag
    proposal = and_(was.source == "machine", was.state == "suggested")
    known = exists().where(PhotoTag.photo_id == was.photo_id, PhotoTag.tag_id == was.tag_id)
    same = or_(PhotoTag.network.is_(None), PhotoTag.network == was.network)  # else a newer network
    restored = {
        "source": case((and_(proposal, PhotoTag.in_file), "file"), else_=was.source),
        "state": case((and_(proposal, PhotoTag.in_file), "confirmed"), else_=was.state),
    } | {
        name: case((same, getattr(was, name)), else_=getattr(PhotoTag, name))
        for name in ("confidence", "boxes", "network")
    }
    kept = and_(standing(action), was.state.is_not(None))
    _run(session, update(PhotoTag).where(kept).values(restored))
    settled = and_(proposal, was.in_file.is_(True))
    columns = {
        "photo_id": was.photo_id,
        "tag_id": was.tag_id,
        "library_id": Photo.library_id,
        "source": case((settled, "file"), else_=was.source),
        "state": case((settled, "confirmed"), else_=was.state),
        "confidence": was.confidence,
        "boxes": was.boxes,
        "network": was.network,
        "in_file": was.in_file,
    }
    gone = (
        select(*columns.values())
        .join(Photo, Photo.id == was.photo_id)
        .where(was.action_id == action.id, was.state.is_not(None), ~known)
        .where(Photo.library_id == library.id)
    )
    _run(session, insert(PhotoTag).from_select(list(columns), gone))


def _run(session: Session, statement: Any) -> None:
    session.execute(statement.execution_options(synchronize_session=False))
