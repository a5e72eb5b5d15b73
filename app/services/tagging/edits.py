"""A person's changes to tags: one answer, many photos at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import JSON, Select, case, exists, func, insert, literal, select, update
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import Action, ActionTag, Library, Photo, PhotoTag, Tag
from app.services import before
from app.services.actions import begin, record
from app.services.rows import changed
from app.services.tagging.tags import (
    OPEN,
    branch,
    checked,
    key_of,
    named,
    recount,
    refresh,
    take_back,
)


def answer(session: Session, library: Library, photo_id: int, tag_id: int, state: str) -> Action:
    """Confirm or reject a tag on a photo, or take that word back ("suggested"); commits."""
    if state not in ("confirmed", "rejected", "suggested"):
        raise AppError("A tag is confirmed, rejected or suggested.")
    row = session.get(PhotoTag, (photo_id, tag_id))
    if row is None or row.library_id != library.id:
        raise NotFound("This photo does not have this tag.")
    tag = session.get_one(Tag, tag_id)
    verb = {"confirmed": "Confirmed", "rejected": "Rejected", "suggested": "Took back"}[state]
    action = record(session, library, f"{verb} “{tag.name}”", [row], [])
    if state == "suggested":
        take_back(session, row)
    else:
        row.state = state
        if state == "confirmed" and row.source == "file":
            row.source = "person"  # said here too: it stays when the file no longer says it
    session.flush()
    refresh(session, [photo_id])
    session.commit()
    return action


def apply(
    session: Session,
    library: Library,
    photos: Select[int],
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> tuple[Action, int]:
    """Add and remove tags on many photos at once; commits. Returns the action and the changes.

    The database does it: no photo of the query `photos` is read.
    """
    removing = _known(session, library, remove)
    adding = {tag.id for tag in named(session, library.id, add).values()} - removing
    n = session.scalar(select(func.count()).select_from(photos.subquery())) or 0
    action = begin(session, library, _label(add, remove, n))
    for tag_id in adding:
        pairs = select(Photo.id, literal(tag_id)).where(Photo.id.in_(photos))
        before.keep_tags(session, action, pairs)
    said = PhotoTag.photo_id.in_(photos), PhotoTag.tag_id.in_(removing)
    before.keep_tags(session, action, select(PhotoTag.photo_id, PhotoTag.tag_id).where(*said))
    changes = _say(session, action, removing, "rejected")
    changes += _say(session, action, adding, "confirmed")
    changes += _begin_to_say(session, library, action, adding)
    return _finished(session, action), changes


def answer_all(
    session: Session, library: Library, photos: Select[int], tag: str, state: str
) -> tuple[Action, int]:
    """Confirm or reject the open proposals of many photos, of one tag or (without) of all; commits.

    Returns the action and the number of proposals.
    """
    if state not in ("confirmed", "rejected"):
        raise AppError("Proposals are confirmed or rejected.")
    open_ = [*OPEN, PhotoTag.library_id == library.id, PhotoTag.photo_id.in_(photos)]
    if tag:
        open_.append(PhotoTag.tag_id.in_(branch(library.id, tag)))
    verb = "Confirmed" if state == "confirmed" else "Rejected"
    action = begin(session, library, "")
    before.keep_tags(session, action, select(PhotoTag.photo_id, PhotoTag.tag_id).where(*open_))
    mine = select(ActionTag.tag_id).where(ActionTag.action_id == action.id)
    n = _say(session, action, mine, state)
    what = f"“{tag}”" if tag else "every proposal"
    action.label = f"{verb} {what}: {n:,} proposal{'s' if n != 1 else ''}"
    return _finished(session, action), n


def _finished(session: Session, action: Action) -> Action:
    """Bring what the touched photos count up to date; commits."""
    recount(session, before.touched(action))
    session.commit()
    return action


def _say(session: Session, action: Action, tags: Any, state: str) -> int:
    """Let a person's word stand for the tags that photos of the action have; counts the changes."""
    kept = [ActionTag.action_id == action.id, ActionTag.tag_id.in_(tags)]
    other = [ActionTag.state.is_not(None), ActionTag.state != state]
    n = session.scalar(select(func.count()).select_from(ActionTag).where(*kept, *other)) or 0
    said: dict[str, Any] = {"state": state}
    if state == "confirmed":  # said here too: it stays when the file no longer says it
        said["source"] = case((PhotoTag.source == "file", "person"), else_=PhotoTag.source)
    there = exists().where(before.standing(action), ActionTag.tag_id.in_(tags))
    changed(session, update(PhotoTag).where(there).values(said))
    return n


def _begin_to_say(session: Session, library: Library, action: Action, tags: set[int]) -> int:
    """Add tags to the photos of the action that do not have them; returns how many were added."""
    plain = {"source": "person", "state": "confirmed", "in_file": False}
    rows = select(
        ActionTag.photo_id,
        ActionTag.tag_id,
        literal(library.id),
        *(literal(value) for value in plain.values()),
        literal([], JSON()),
    ).where(ActionTag.action_id == action.id, ActionTag.tag_id.in_(tags), ActionTag.state.is_(None))
    columns = ["photo_id", "tag_id", "library_id", *plain, "boxes"]
    n = session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    session.execute(insert(PhotoTag).from_select(columns, rows, include_defaults=False))
    return n


def _known(session: Session, library: Library, names: Sequence[str]) -> set[int]:
    keys = [key_of(checked(name)) for name in names]
    query = select(Tag.id).where(Tag.library_id == library.id, Tag.key.in_(keys))
    return set(session.scalars(query))


def _label(add: Sequence[str], remove: Sequence[str], photos: int) -> str:
    said = [f"Added “{name}”" for name in add] + [f"Removed “{name}”" for name in remove]
    return f"{', '.join(said) or 'Nothing'} on {photos:,} photo{'s' if photos != 1 else ''}"
