"""The log of changes, each of which can be taken back, in any order.

`Action.inverse` has, by section, what each thing was before: [key..., before...]. Taking a change
back never overwrites a newer one: where a newer change that still stands has the same key, that one
inherits what was before, and puts it back when it is undone itself.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import select, tuple_, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.errors import AppError, Conflict, NotFound
from app.models import Action, Library, Photo, PhotoTag, Tag, TagWord, now
from app.services import stacks
from app.services.rows import batches
from app.services.tags import key_of, refresh, settle, take_back

Entry = list[Any]


def record(
    session: Session,
    library: Library,
    label: str,
    before: Iterable[PhotoTag],
    fresh: Iterable[tuple[int, int]],
) -> Action:
    """Note how to take a change of tags back: rows as they are before it, rows that it makes."""
    entries = [[row.photo_id, row.tag_id, _kept(row)] for row in before]
    entries += [[photo_id, tag_id, None] for photo_id, tag_id in fresh]
    action = Action(library_id=library.id, label=label, inverse={"tags": entries})
    session.add(action)
    return action


def undo(session: Session, library: Library, action_id: int) -> Action:
    """Take an action back; commits. AppError when that was done already."""
    action = session.get(Action, action_id, with_for_update=True)
    if action is None or action.library_id != library.id:
        raise NotFound("There is no such change.")
    if action.undone_at is not None:
        raise AppError("This change has been undone already.")
    newer = session.scalars(
        select(Action)
        .where(Action.library_id == library.id, Action.id > action.id, Action.undone_at.is_(None))
        .order_by(Action.id)
    ).all()
    for section, (width, restore) in SECTIONS.items():
        entries = action.inverse.get(section, [])
        restore(session, library, _bequeath(entries, newer, section, width))
    action.undone_at = now()
    session.commit()
    return action


def _bequeath(
    entries: Sequence[Entry], newer: Sequence[Action], section: str, width: int
) -> list[Entry]:
    """Hand each entry on to the next change of the same thing; returns those that have none."""
    left = {tuple(entry[:width]): entry for entry in entries}
    for action in newer:
        heirs = [e for e in action.inverse.get(section, []) if tuple(e[:width]) in left]
        for heir in heirs:
            heir[width:] = left.pop(tuple(heir[:width]))[width:]
        if heirs:
            flag_modified(action, "inverse")
    return list(left.values())


def _kept(row: PhotoTag) -> list[Any]:
    return [row.source, row.state, row.confidence, row.boxes, row.network, row.in_file]


def _restore_tags(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    touched: set[int] = set()
    for some in batches(entries):
        keys = [(photo_id, tag_id) for photo_id, tag_id, _ in some]
        query = select(PhotoTag).where(tuple_(PhotoTag.photo_id, PhotoTag.tag_id).in_(keys))
        rows = {(row.photo_id, row.tag_id): row for row in session.scalars(query)}
        photos = set(session.scalars(select(Photo.id).where(Photo.id.in_({p for p, _ in keys}))))
        for photo_id, tag_id, before in some:
            if photo_id in photos:
                touched.add(photo_id)
                row = rows.get((photo_id, tag_id))
                _restore_tag(session, library, (photo_id, tag_id), row, before)
    session.flush()
    refresh(session, sorted(touched))


def _restore_tag(
    session: Session,
    library: Library,
    key: tuple[int, int],
    row: PhotoTag | None,
    before: list[Any] | None,
) -> None:
    if before is None:
        if row is not None and row.source == "machine" and not row.in_file:
            session.delete(row)
        elif row is not None:
            take_back(session, row)
        return
    source, state, confidence, boxes, network, in_file = before
    if row is None:
        row = PhotoTag(photo_id=key[0], tag_id=key[1], library_id=library.id)
        row.in_file = in_file
        session.add(row)
    if row.network in (None, network):  # else another network has spoken since
        row.confidence, row.boxes, row.network = confidence, boxes, network
    row.source, row.state = source, state
    settle(row)


def _restore_names(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    for tag_id, name in entries:
        tag, key = session.get(Tag, tag_id), key_of(name)
        taken = select(Tag.id).where(Tag.library_id == library.id, Tag.key == key, Tag.id != tag_id)
        if session.scalar(taken) is not None:
            raise Conflict(f"There is another tag “{name}” now. Rename that one first.")
        if tag is not None:
            tag.name, tag.key = name, key


def _restore_words(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    for kind, word, tag_id in entries:
        row = session.get(TagWord, (library.id, kind, word))
        if row is not None and session.get(Tag, tag_id) is not None:
            row.tag_id = tag_id


def _restore_places(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    for trashed in (True, False):
        ids = [photo_id for photo_id, before in entries if before is trashed]
        for some in batches(ids):
            session.execute(
                update(Photo)
                .where(Photo.id.in_(some), Photo.library_id == library.id)
                .values(trashed_at=now() if trashed else None)
            )


def recent(session: Session, library_id: int, limit: int = 50) -> list[Action]:
    """List the latest changes, the newest first."""
    query = select(Action).where(Action.library_id == library_id)
    return list(session.scalars(query.order_by(Action.id.desc()).limit(limit)))


# section -> how many values are the key of its entries, and what puts the others back
SECTIONS: dict[str, tuple[int, Callable[[Session, Library, Sequence[Entry]], None]]] = {
    "names": (1, _restore_names),
    "words": (2, _restore_words),
    "tags": (2, _restore_tags),
    "places": (1, _restore_places),
    "stacks": (1, stacks.restore),
}
