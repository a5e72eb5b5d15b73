"""Stacks made and taken apart by a person, one selection or a whole library at a time."""

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import Action, Library, Location, Photo
from app.services.actions import record
from app.services.files import stacks
from app.services.library.listed import SHOWN
from app.services.rows import batches


def unstack(session: Session, library: Library, photo_ids: Sequence[int]) -> tuple[Action, int]:
    """Show every file of these photos by itself from now; commits. Can be undone."""
    below = stacks.members(session, photo_ids)
    apart = [photo_id for lead, ids in below.items() for photo_id in (lead, *ids)]
    copies = [
        (photo_id, row.tag_id)
        for row in stacks.said(session, list(below))
        if stacks.is_persons(row)
        for photo_id in below[row.photo_id]
    ]
    action = record(
        session, library, _label("Unstacked", len(below)), stacks.said(session, list(below)), copies
    )
    _note_places(session, action, apart)
    stacks.leave(session, [photo_id for ids in below.values() for photo_id in ids])
    _set_apart(session, apart, True)
    session.commit()
    return action, len(below)


def stack(session: Session, library: Library, photo_ids: Sequence[int]) -> tuple[Action, int]:
    """Put these photos with what belongs to them by name, also what was unstacked; commits.

    Returns the action and how many stacks were made. Can be undone.
    """
    groups: list[list[int]] = []
    for photo_id in photo_ids:
        if not any(photo_id in group for group in groups):
            group = stacks.group_of(session, session.get_one(Photo, photo_id))
            if len(group) > 1:
                groups.append(group)
    every = [photo_id for group in groups for photo_id in group]
    fresh: list[tuple[int, int]] = []
    for lead, *others in groups:
        new = {row.tag_id for row in stacks.said(session, others) if stacks.is_persons(row)}
        new -= {row.tag_id for row in stacks.said(session, [lead])}
        fresh += [(lead, tag_id) for tag_id in sorted(new)]
    label = _label("Stacked", len(groups))
    action = record(session, library, label, stacks.said(session, every), fresh)
    _note_places(session, action, every)
    _set_apart(session, every, False)
    for lead, *others in groups:
        stacks.join(session, lead, others)
    session.commit()
    return action, len(groups)


def arrange(session: Session, library: Library, wanted: bool) -> None:
    """Stack all that belongs together, or show everything by itself; commits as it goes.

    What a person took apart stays apart.
    """
    if not wanted:
        hidden = select(Photo.id).where(Photo.library_id == library.id, Photo.stack_id.is_not(None))
        for ids in batches(session.scalars(hidden).all()):
            stacks.leave(session, ids)
            session.commit()
        return
    query = (
        select(Location.folder, Location.name)
        .join(Photo, Photo.id == Location.photo_id)
        .where(Location.library_id == library.id, SHOWN)
        .order_by(Location.folder, Location.name)
    )
    raws = [(f, n) for f, n in session.execute(query) if stacks.is_raw(n)]
    for some in batches(raws):
        for folder, name in some:
            stacks.arrived(session, library.id, folder, name)
        session.commit()


def _note_places(session: Session, action: Action, photo_ids: Sequence[int]) -> None:
    """Note in which stacks photos lie before a change."""
    places = [
        [photo.id, photo.stack_id, photo.apart]
        for some in batches(photo_ids)
        for photo in session.scalars(select(Photo).where(Photo.id.in_(some)))
    ]
    action.inverse = action.inverse | {"stacks": places}


def _set_apart(session: Session, photo_ids: Sequence[int], apart: bool) -> None:
    for some in batches(photo_ids):
        session.execute(update(Photo).where(Photo.id.in_(some)).values(apart=apart))


def _label(verb: str, n: int) -> str:
    return f"{verb} {n:,} photo{'s' if n != 1 else ''}"
