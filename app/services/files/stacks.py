"""Stacks: RAW and JPEG (or HEIC) of one name in one folder are one photo with one set of tags.

The lead, a JPEG where there is one, is shown and analysed and holds everything that is said about
tags; the others name it in `Photo.stack_id` and lie unseen. Trash, deletion and downloads take the
whole stack.
"""

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Any

from sqlalchemy import delete, literal, or_, select, update
from sqlalchemy.orm import Session

from app.metadata.containers import RAW
from app.models import Embedding, Face, Library, Location, Photo, PhotoTag
from app.services import settings
from app.services.files import keywords
from app.services.rows import batches
from app.services.tagging import tags
from app.services.work import jobs

# Shown in this order; RAW after all of them.
RENDERED = (".jpg", ".jpeg", ".heic", ".heif", ".hif")
_SPELT = [case(suffix) for suffix in (*RENDERED, *sorted(RAW)) for case in (str.lower, str.upper)]


def arrived(session: Session, library_id: int, folder: str, name: str) -> None:
    """Stack a photo that has come with those of its name in this folder. The caller commits."""
    if settings.values(session.get_one(Library, library_id))["stacks"]:
        lead, *others = _beside(session, library_id, folder, name) or [0]
        below = members(session, [lead]).get(lead, ())
        if new := [photo_id for photo_id in others if photo_id not in below]:
            join(session, lead, new)


def members(session: Session, photo_ids: Sequence[int]) -> dict[int, list[int]]:
    """Return the unseen members of stacks by their lead; a photo that stands alone is left out."""
    found: dict[int, list[int]] = {}
    for some in batches(photo_ids):
        query = select(Photo.stack_id, Photo.id).where(Photo.stack_id.in_(some))
        for lead, photo_id in session.execute(query.order_by(Photo.id)):
            found.setdefault(lead or 0, []).append(photo_id)
    return found


def files(session: Session, photo: Photo) -> list[Photo]:
    """Return the other photos of a stack, whichever of it is asked for."""
    lead = photo.stack_id or photo.id
    query = select(Photo).where(or_(Photo.id == lead, Photo.stack_id == lead))
    return [row for row in session.scalars(query.order_by(Photo.id)) if row.id != photo.id]


def leads(session: Session, photo_ids: Iterable[int]) -> list[int]:
    """Return photos with every member of a stack replaced by its lead, each once, in order."""
    ids = list(dict.fromkeys(photo_ids))
    led: dict[int, int] = {}
    for some in batches(ids):
        query = select(Photo.id, Photo.stack_id).where(
            Photo.id.in_(some), Photo.stack_id.is_not(None)
        )
        led |= {photo_id: lead for photo_id, lead in session.execute(query) if lead}
    return list(dict.fromkeys(led.get(photo_id, photo_id) for photo_id in ids))


def whole(session: Session, photo_ids: Iterable[int]) -> list[int]:
    """Return photos with all that lies in their stacks, every lead followed by its members."""
    ids = leads(session, photo_ids)
    below = members(session, ids)
    return [photo_id for lead in ids for photo_id in (lead, *below.get(lead, ()))]


def join(session: Session, lead: int, photo_ids: Sequence[int]) -> None:
    """Put photos, and what lies in their stacks, into the stack of `lead`. The caller commits.

    What a person said about their tags is said about the lead from now; a yes wins over a no. What
    the machine saw on them goes: it looks at the lead alone.
    """
    below = members(session, photo_ids)
    joining = [i for photo_id in photo_ids for i in (photo_id, *below.get(photo_id, ()))]
    session.execute(update(Photo).where(Photo.id == lead).values(stack_id=None))
    standing = {row.tag_id: row for row in said(session, [lead])}
    for row in said(session, joining):
        if is_persons(row):
            own = standing.get(row.tag_id)
            if own is None:
                own = tags.statement(session.get_one(Photo, lead), row.tag_id, source="person")
                standing[row.tag_id] = own
                session.add(own)
            elif is_persons(own) and own.state == "confirmed":
                continue
            elif own.source == "file":
                own.source = "person"
            own.state = row.state
    session.flush()
    for model in (PhotoTag, Embedding):
        session.execute(delete(model).where(model.photo_id.in_(joining)))
    unsaid = Face.state.in_(["open", "suggested"])  # what a person said of a face is kept
    session.execute(delete(Face).where(Face.photo_id.in_(joining), unsaid))
    seen = {"stack_id": lead, "networks": {}, "analysed_at": None, "face_count": None}
    session.execute(update(Photo).where(Photo.id.in_(joining)).values(seen))
    tags.refresh(session, joining)
    keywords.reconcile(session, lead)


def leave(session: Session, photo_ids: Sequence[int]) -> None:
    """Show members of stacks by themselves, each with what people said. The caller commits."""
    for photo in session.scalars(select(Photo).where(Photo.id.in_(photo_ids))).all():
        lead, photo.stack_id = photo.stack_id, None
        if lead is None:
            continue
        for row in said(session, [lead]):
            if is_persons(row):
                own = tags.statement(photo, row.tag_id, source="person", state=row.state)
                session.add(own)
        session.flush()
        for photo_id in (photo.id, lead):
            keywords.reconcile(session, photo_id)
        _look_at(session, session.get_one(Library, photo.library_id), photo)


def _look_at(session: Session, library: Library, photo: Photo) -> None:
    """Let the machine look at a photo that left its stack."""
    if settings.values(library)["analyse_on_upload"] and photo.state == "ready":
        jobs.ask(session, library.id, "analyse", photo_ids=[photo.id], again=True)


def back(session: Session, photo: Photo) -> None:
    """Take a photo that was dropped again from the trash, with its stack. The caller commits."""
    if photo.trashed_at is not None:
        ids = whole(session, [photo.id])
        photo.trashed_at = None
        session.execute(update(Photo).where(Photo.id.in_(ids)).values(trashed_at=None))


def restore(session: Session, library: Library, entries: Iterable[Sequence[Any]]) -> None:
    """Put photos back into stacks, or out of them, as [id, lead, apart] says. The caller commits.

    What was said about them is put back by itself.
    """
    for photo_id, lead, apart in entries:
        photo = session.get(Photo, photo_id)
        if photo is None or photo.library_id != library.id:
            continue
        photo.apart = apart
        if lead is not None and lead != photo.stack_id and session.get(Photo, lead) is not None:
            join(session, lead, [photo_id])
        elif lead is None and photo.stack_id is not None:
            left, photo.stack_id = photo.stack_id, None
            session.flush()
            keywords.reconcile(session, photo_id)
            keywords.reconcile(session, left)
            _look_at(session, library, photo)


def is_raw(name: str) -> bool:
    """Tell whether a file is RAW by its name."""
    return PurePosixPath(name).suffix.lower() in RAW


def group_of(session: Session, photo: Photo) -> list[int]:
    """Return the photos that belong with one by their names, also unstacked, the lead first."""
    query = select(Location.folder, Location.name).where(Location.photo_id == photo.id)
    for folder, name in session.execute(query.order_by(Location.id)):
        group = _beside(session, photo.library_id, folder, name, unstacked=True)
        if len(group) > 1:
            return group
    return [photo.id]


def _beside(
    session: Session, library_id: int, folder: str, name: str, *, unstacked: bool = False
) -> list[int]:
    """Return RAW and rendered photos of this name in a folder, the lead first; [] without both."""
    path = PurePosixPath(name)
    if not is_raw(name) and path.suffix.lower() not in RENDERED:
        return []
    # Exact names, so that the index finds them: cameras spell both files alike.
    query = (
        select(Location.photo_id, Location.name)
        .join(Photo, Photo.id == Location.photo_id)
        .where(
            Location.library_id == library_id,
            Location.folder == folder,
            Location.name.in_([path.stem + suffix for suffix in _SPELT]),
            or_(Photo.apart.is_(False), literal(unstacked)),
            Photo.trashed_at.is_(None),
        )
        .order_by(Location.id)
    )
    ranks: dict[int, tuple[int, int]] = {}
    for photo_id, other in session.execute(query):
        suffix = PurePosixPath(other).suffix.lower()
        rank = RENDERED.index(suffix) if suffix in RENDERED else len(RENDERED)
        ranks.setdefault(photo_id, (rank, len(ranks)))
    ordered = sorted(ranks, key=ranks.__getitem__)
    both = len({rank == len(RENDERED) for rank, _ in ranks.values()}) == 2
    return ordered if both else []


def said(session: Session, photo_ids: Sequence[int]) -> list[PhotoTag]:
    """Return everything that is said about tags on these photos."""
    found: list[PhotoTag] = []
    for some in batches(photo_ids):
        query = select(PhotoTag).where(PhotoTag.photo_id.in_(some))
        found += session.scalars(query.order_by(PhotoTag.photo_id, PhotoTag.tag_id))
    return found


def is_persons(row: PhotoTag) -> bool:
    """Tell whether a person said this here: what files say is read from them again."""
    return row.state == "rejected" or (row.state == "confirmed" and row.source != "file")
