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
    adding = named(session, library.id, add)
    removing = {
        tag.id
        for tag in session.scalars(
            select(Tag).where(
                Tag.library_id == library.id, Tag.key.in_([key_of(checked(n)) for n in remove])
            )
        )
    }
    adding_ids = {tag.id for tag in adding.values()} - removing
    before: list[PhotoTag] = []
    fresh: list[tuple[int, int]] = []
    changes: list[tuple[PhotoTag, str]] = []
    for ids in batches(photo_ids):
        owned = set(
            session.scalars(
                select(Photo.id).where(Photo.library_id == library.id, Photo.id.in_(ids))
            )
        )
        rows = {
            (row.photo_id, row.tag_id): row
            for row in session.scalars(
                select(PhotoTag).where(
                    PhotoTag.photo_id.in_(owned), PhotoTag.tag_id.in_(adding_ids | removing)
                )
            )
        }
        for key, row in rows.items():
            target = "rejected" if key[1] in removing else "confirmed"
            before.append(row)  # also one that says so already: it is the person's word from now on
            if row.state != target:
                changes.append((row, target))
        fresh += [
            (photo_id, tag_id)
            for photo_id in sorted(owned)
            for tag_id in adding_ids
            if (photo_id, tag_id) not in rows
        ]
    action = record(session, library, _label(add, remove, len(photo_ids)), before, fresh)
    for row, target in changes:
        row.state = target
    for photo_id, tag_id in fresh:
        session.add(
            PhotoTag(
                photo_id=photo_id,
                tag_id=tag_id,
                library_id=library.id,
                source="person",
                state="confirmed",
            )
        )
    session.flush()
    touched = {row.photo_id for row in before} | {photo_id for photo_id, _ in fresh}
    refresh(session, sorted(touched))
    session.commit()
    return action, len(changes) + len(fresh)


def _label(add: Sequence[str], remove: Sequence[str], photos: int) -> str:
    said = [f"Added “{name}”" for name in add] + [f"Removed “{name}”" for name in remove]
    return f"{', '.join(said) or 'Nothing'} on {photos:,} photo{'s' if photos != 1 else ''}"
