"""The log of changes, each of which can be taken back."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import Action, Library, Photo, PhotoTag, Tag, now
from app.services.rows import batches
from app.services.tags import refresh


def record(
    session: Session,
    library: Library,
    label: str,
    before: Iterable[PhotoTag],
    fresh: Iterable[tuple[int, int]],
) -> Action:
    """Note how to take a change of tags back: rows as they were, rows to remove."""
    inverse = {
        "restore": [[row.photo_id, row.tag_id, row.source, row.state] for row in before],
        "remove": [list(key) for key in fresh],
    }
    action = Action(library_id=library.id, label=label, inverse=inverse)
    session.add(action)
    return action


def undo(session: Session, library: Library, action_id: int) -> Action:
    """Take an action back, row by row; commits. AppError when that was done already."""
    action = session.get(Action, action_id)
    if action is None or action.library_id != library.id:
        raise NotFound("There is no such change.")
    if action.undone_at is not None:
        raise AppError("This change has been undone already.")
    touched = _restore_tags(session, action.inverse)
    if "rename" in action.inverse:
        _restore_name(session, *action.inverse["rename"])
    if "trash" in action.inverse:
        _restore_place(session, library, **action.inverse["trash"])
    action.undone_at = now()
    session.flush()
    refresh(session, sorted(touched))
    session.commit()
    return action


def _restore_tags(session: Session, inverse: dict[str, Any]) -> set[int]:
    touched: set[int] = set()
    for photo_id, tag_id, source, state in inverse.get("restore", []):
        row = session.get(PhotoTag, (photo_id, tag_id))
        if row is not None:
            row.source, row.state = source, state
            touched.add(photo_id)
    for photo_id, tag_id in inverse.get("remove", []):
        row = session.get(PhotoTag, (photo_id, tag_id))
        if row is not None:
            session.delete(row)
            touched.add(photo_id)
    return touched


def _restore_name(session: Session, tag_id: int, name: str, kind: str) -> None:
    tag = session.get(Tag, tag_id)
    if tag is not None:
        tag.name, tag.key, tag.kind = name, name.casefold(), kind


def _restore_place(session: Session, library: Library, ids: list[int], state: bool) -> None:
    for some in batches(ids):
        session.execute(
            update(Photo)
            .where(Photo.id.in_(some), Photo.library_id == library.id)
            .values(trashed_at=now() if state else None)
        )


def recent(session: Session, library_id: int, limit: int = 50) -> list[Action]:
    """List the latest changes, the newest first."""
    query = select(Action).where(Action.library_id == library_id)
    return list(session.scalars(query.order_by(Action.id.desc()).limit(limit)))
