"""A person's changes to tags: one answer, many photos at once, a new name."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import Action, Library, Photo, PhotoTag, Tag
from app.services.actions import record
from app.services.rows import batches
from app.services.tags import checked, named, refresh


def answer(session: Session, library: Library, photo_id: int, tag_id: int, state: str) -> Action:
    """Confirm or reject a tag on a photo, or open the question again; commits."""
    if state not in ("confirmed", "rejected", "suggested"):
        raise AppError("A tag is confirmed, rejected or suggested.")
    row = session.get(PhotoTag, (photo_id, tag_id))
    if row is None or row.library_id != library.id:
        raise NotFound("This photo does not have this tag.")
    tag = session.get_one(Tag, tag_id)
    verb = {"confirmed": "Confirmed", "rejected": "Rejected", "suggested": "Reopened"}[state]
    action = record(session, library, f"{verb} “{tag.name}”", [row], [])
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
                Tag.library_id == library.id, Tag.key.in_([checked(n).casefold() for n in remove])
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
            if row.state != target:
                before.append(row)
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
    return action, len(before) + len(fresh)


def rename(session: Session, library: Library, tag_id: int, name: str) -> Action:
    """Rename a tag; where the new name exists already, the two become one. Commits."""
    name = checked(name)
    tag = session.get(Tag, tag_id)
    if tag is None or tag.library_id != library.id:
        raise NotFound("There is no such tag.")
    other = session.scalar(
        select(Tag).where(Tag.library_id == library.id, Tag.key == name.casefold())
    )
    if other is None or other.id == tag.id:
        inverse = {"rename": [tag.id, tag.name, tag.kind]}
        action = Action(
            library_id=library.id, label=f"Renamed “{tag.name}” to “{name}”", inverse=inverse
        )
        tag.name, tag.key = name, name.casefold()
        session.add(action)
        session.commit()
        return action
    photo_ids = list(
        session.scalars(
            select(PhotoTag.photo_id).where(
                PhotoTag.tag_id == tag.id, PhotoTag.state == "confirmed"
            )
        )
    )
    action, _ = apply(session, library, photo_ids, add=[other.name], remove=[tag.name])
    action.label = f"Merged “{tag.name}” into “{other.name}”"
    session.commit()
    return action


def _label(add: Sequence[str], remove: Sequence[str], photos: int) -> str:
    said = [f"Added “{name}”" for name in add] + [f"Removed “{name}”" for name in remove]
    return f"{', '.join(said) or 'Nothing'} on {photos:,} photo{'s' if photos != 1 else ''}"
