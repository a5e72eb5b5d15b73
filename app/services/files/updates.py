"""Changes that other programs made: noted so that they can be taken back, and seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Action, Library, Photo, PhotoTag
from app.services.rows import batches
from app.services.tagging import tags

Entry = list[Any]


@dataclass(frozen=True)
class Before:
    """How a photo was before its file changed: its tags, its current file, its mark."""

    owner: int
    tags: dict[int, list[Any]]
    file: Entry

    @classmethod
    def of(cls, session: Session, photo: Photo) -> Self:
        """Remember a photo as it is now."""
        owner = photo.stack_id or photo.id
        rows = {row.tag_id: _kept(row) for row, _ in tags.of_photo(session, owner)}
        return cls(owner, rows, _file(photo))


def _kept(row: PhotoTag) -> list[Any]:
    return [row.source, row.state, row.confidence, row.boxes, row.network, row.in_file]


def _file(photo: Photo) -> Entry:
    edited = photo.edited_at.isoformat() if photo.edited_at else None
    return [photo.id, photo.sha256, edited]


def note(session: Session, photo: Photo, before: Before) -> Action:
    """Note what another program changed on a photo since `before`. The caller commits."""
    session.flush()
    after = {row.tag_id: _kept(row) for row, _ in tags.of_photo(session, before.owner)}
    entries: list[Entry] = [
        [before.owner, tag_id, before.tags.get(tag_id)]
        for tag_id in sorted(before.tags.keys() | after.keys())
        if before.tags.get(tag_id) != after.get(tag_id)
    ]
    label = f"Took over what another program changed: {photo.name}"
    inverse = {"tags": entries, "files": [before.file]}
    action = Action(library_id=photo.library_id, label=label, inverse=inverse)
    session.add(action)
    return action


def seen(session: Session, library: Library, photo_ids: Sequence[int]) -> tuple[Action, int]:
    """Take the mark "edited elsewhere" off photos; commits. Can be undone."""
    entries: list[Entry] = []
    for ids in batches(photo_ids):
        query = select(Photo).where(
            Photo.library_id == library.id, Photo.id.in_(ids), Photo.edited_at.is_not(None)
        )
        for photo in session.scalars(query):
            entries.append(_file(photo))
            photo.edited_at = None
    plural = "s" if len(entries) != 1 else ""
    label = f"Seen what other programs changed: {len(entries):,} photo{plural}"
    action = Action(library_id=library.id, label=label, inverse={"files": entries})
    session.add(action)
    session.commit()
    return action, len(entries)
