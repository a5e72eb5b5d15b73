"""The log of changes, each of which can be taken back, in any order.

Of photos' tags and places, what was before stands in rows (services.before); of all else in
`Action.inverse`, by section, as [key..., before...]. Taking a change back never overwrites a newer
one: where a newer change that still stands has the same key, that one inherits what was before, and
puts it back when it is undone itself.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.errors import AppError, Conflict, NotFound
from app.folding import folded
from app.models import Action, Library, PhotoTag, Tag, TagWord, now
from app.services import before
from app.services.authenticity import said as verdicts
from app.services.files import revisions, stacks
from app.services.people import identities
from app.services.repairs import said
from app.services.tagging import heads, vocabulary
from app.services.tagging.tags import key_of

Entry = list[Any]
KEEP, KEPT = timedelta(days=90), 1000
"""How long every change can be taken back, and how many can longer than that."""
_AT_ONCE = 20  # forgotten at a time: each may have rows by the ten thousand


def record(
    session: Session,
    library: Library,
    label: str,
    rows: Iterable[PhotoTag],
    fresh: Iterable[tuple[int, int]],
) -> Action:
    """Note how to take a change of tags back: rows as they are before it, rows that it makes."""
    action = begin(session, library, label)
    before.keep_rows(session, action, rows, fresh)
    return action


def begin(session: Session, library: Library, label: str, **inverse: Sequence[Entry]) -> Action:
    """Make an action under which what stands before a change is kept; the caller commits."""
    action = Action(library_id=library.id, label=label, inverse=inverse)
    session.add(action)
    session.flush()
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
    for known in (action, *newer):
        if entries := known.inverse.get("tags"):
            before.keep_entries(session, known, entries)
            known.inverse = {name: kept for name, kept in known.inverse.items() if name != "tags"}
    for section, (width, restore) in SECTIONS.items():
        if section == "stacks":  # what was said about tags stands again before stacks part or meet
            before.take_back(session, library, action)
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


def kept(row: PhotoTag) -> list[Any]:
    """Return what is said about a tag on a photo as a list that JSON holds."""
    return [row.source, row.state, row.confidence, row.boxes, row.network, row.in_file]


def _restore_names(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    for tag_id, name in reversed(entries):  # one may have made room for another
        tag, key = session.get(Tag, tag_id), key_of(name)
        taken = select(Tag.id).where(Tag.library_id == library.id, Tag.key == key, Tag.id != tag_id)
        if session.scalar(taken) is not None:
            raise Conflict(f"There is another tag “{name}” now. Rename that one first.")
        if tag is not None:
            tag.name, tag.key, tag.words = name, key, folded([name])


def _restore_words(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    for kind, word, tag_id in entries:
        row = session.get(TagWord, (library.id, kind, word))
        if row is not None and session.get(Tag, tag_id) is not None:
            row.tag_id = tag_id


def _restore_hidden(session: Session, library: Library, entries: Sequence[Entry]) -> None:
    for tag_id, hidden in entries:
        tag = session.get(Tag, tag_id)
        if tag is not None and tag.library_id == library.id:
            tag.hidden = hidden


def recent(session: Session, library_id: int, limit: int = 50) -> list[Action]:
    """List the latest changes, the newest first."""
    query = select(Action).where(Action.library_id == library_id)
    return list(session.scalars(query.order_by(Action.id.desc()).limit(limit)))


def sweep(session: Session) -> None:
    """Forget some changes of KEEP ago beyond the latest KEPT of each library, whose masks and rows
    would grow for ever; commits, so that nobody waits for long.
    """
    old = now() - KEEP
    for library_id in session.scalars(select(Library.id)).all():
        mine = select(Action.id).where(Action.library_id == library_id)
        last = session.scalar(mine.order_by(Action.id.desc()).offset(KEPT).limit(1))
        if last is not None:
            gone = mine.where(Action.id <= last, Action.created_at < old)
            some = session.scalars(gone.order_by(Action.id).limit(_AT_ONCE)).all()
            session.execute(delete(Action).where(Action.id.in_(some)))
        session.commit()


# section -> how many values are the key of its entries, and what puts the others back
SECTIONS: dict[str, tuple[int, Callable[[Session, Library, Sequence[Entry]], None]]] = {
    "names": (1, _restore_names),
    "words": (2, _restore_words),
    "hidden": (1, _restore_hidden),
    "files": (1, revisions.restore),
    "stacks": (1, stacks.restore),
    "writing": (1, vocabulary.restore),
    "concepts": (1, heads.restore),
    "people": (2, identities.restore_people),
    "faces": (1, identities.restore_faces),
    "rejections": (2, identities.restore_rejections),
    "repairs": (1, said.restore),
    "verdicts": (1, verdicts.restore),
}
