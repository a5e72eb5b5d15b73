"""Tags renamed, and two tags made one."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.models import Action, Library, PhotoTag, Tag, TagWord
from app.services.actions import record
from app.services.rows import batches
from app.services.tags import checked, is_open, key_of, refresh


def rename(session: Session, library: Library, tag_id: int, name: str) -> Action:
    """Rename a tag; where the new name exists already, the two become one. Commits."""
    name = checked(name)
    tag = session.get(Tag, tag_id)
    if tag is None or tag.library_id != library.id:
        raise NotFound("There is no such tag.")
    other = session.scalar(select(Tag).where(Tag.library_id == library.id, Tag.key == key_of(name)))
    if other is not None and other.id != tag.id:
        return _merge(session, library, tag, other)
    inverse = {"names": [[tag.id, tag.name]]}
    label = f"Renamed “{tag.name}” to “{name}”"
    action = Action(library_id=library.id, label=label, inverse=inverse)
    tag.name, tag.key = name, key_of(name)
    session.add(action)
    session.commit()
    return action


def _merge(session: Session, library: Library, tag: Tag, other: Tag) -> Action:
    """Give everything that is said about `tag` to `other`, the networks' words for it too; commits.

    Where the file itself has the old word it stays as rejected, so that copies lose it.
    """
    rows = session.scalars(
        select(PhotoTag).where(PhotoTag.tag_id == tag.id).order_by(PhotoTag.photo_id)
    ).all()
    theirs: dict[int, PhotoTag] = {}
    for some in batches(rows):
        query = select(PhotoTag).where(
            PhotoTag.tag_id == other.id, PhotoTag.photo_id.in_([row.photo_id for row in some])
        )
        theirs |= {row.photo_id: row for row in session.scalars(query)}
    fresh = [(row.photo_id, other.id) for row in rows if row.photo_id not in theirs]
    label = f"Merged “{tag.name}” into “{other.name}”"
    action = record(session, library, label, [*rows, *theirs.values()], fresh)
    words = session.scalars(select(TagWord).where(TagWord.tag_id == tag.id)).all()
    action.inverse = action.inverse | {"words": [[w.kind, w.word, tag.id] for w in words]}
    for word in words:
        word.tag_id = other.id
    for row in rows:
        if row.photo_id in theirs:
            _unite(theirs[row.photo_id], row)
        else:
            session.add(PhotoTag(tag_id=other.id, **_moved(row)))
        if row.in_file:
            row.state = "rejected"
        else:
            session.delete(row)
    session.flush()
    refresh(session, [row.photo_id for row in rows])
    session.commit()
    return action


def _moved(row: PhotoTag) -> dict[str, Any]:
    """Return what a row says, for another tag; a file's word becomes a person's."""
    machine = row.source == "machine"
    return {
        "photo_id": row.photo_id,
        "library_id": row.library_id,
        "source": "machine" if machine else "person",
        "state": row.state,
        "confidence": row.confidence if machine else None,
        "boxes": row.boxes if machine else [],
        "network": row.network if machine else None,
    }


def _unite(kept: PhotoTag, row: PhotoTag) -> None:
    """Let a row say what another one of the same photo says too: a yes wins over a no."""
    if row.state == "confirmed":
        kept.state = "confirmed"
    elif is_open(row) and is_open(kept):
        kept.confidence = max(kept.confidence or 0, row.confidence or 0)
        kept.boxes = [*kept.boxes, *row.boxes]
