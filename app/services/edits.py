"""A person's changes to tags: one answer, many photos at once."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import Action, Library, Photo, PhotoTag, Tag
from app.services.actions import record
from app.services.rows import batches
from app.services.tags import checked, key_of, named, refresh, take_back


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
    photo_ids: Sequence[int],
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
) -> tuple[Action, int]:
    """Add and remove tags on many photos at once; commits. Returns the action and the changes."""
    removing = _known(session, library, remove)
    adding = {tag.id for tag in named(session, library.id, add).values()} - removing
    before: list[PhotoTag] = []
    fresh: list[tuple[int, int]] = []
    for ids in batches(photo_ids):
        owned, rows = _standing(session, library, ids, adding | removing)
        before += rows.values()  # also where it says so already: it is the person's word from now
        fresh += [(p, t) for p in sorted(owned) for t in adding if (p, t) not in rows]
    action = record(session, library, _label(add, remove, len(photo_ids)), before, fresh)
    changes = len(fresh)
    for row in before:
        target = "rejected" if row.tag_id in removing else "confirmed"
        changes += row.state != target
        row.state = target
    session.add_all(
        PhotoTag(
            photo_id=photo_id,
            tag_id=tag_id,
            library_id=library.id,
            source="person",
            state="confirmed",
        )
        for photo_id, tag_id in fresh
    )
    session.flush()
    touched = {row.photo_id for row in before} | {photo_id for photo_id, _ in fresh}
    refresh(session, sorted(touched))
    session.commit()
    return action, changes


def _known(session: Session, library: Library, names: Sequence[str]) -> set[int]:
    keys = [key_of(checked(name)) for name in names]
    query = select(Tag.id).where(Tag.library_id == library.id, Tag.key.in_(keys))
    return set(session.scalars(query))


def _standing(
    session: Session, library: Library, photo_ids: Sequence[int], tag_ids: set[int]
) -> tuple[set[int], dict[tuple[int, int], PhotoTag]]:
    """Return which of these photos are the library's, and what they say about these tags."""
    query = select(Photo.id).where(Photo.library_id == library.id, Photo.id.in_(photo_ids))
    owned = set(session.scalars(query))
    said = select(PhotoTag).where(PhotoTag.photo_id.in_(owned), PhotoTag.tag_id.in_(tag_ids))
    return owned, {(row.photo_id, row.tag_id): row for row in session.scalars(said)}


def _label(add: Sequence[str], remove: Sequence[str], photos: int) -> str:
    said = [f"Added “{name}”" for name in add] + [f"Removed “{name}”" for name in remove]
    return f"{', '.join(said) or 'Nothing'} on {photos:,} photo{'s' if photos != 1 else ''}"
