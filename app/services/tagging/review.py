"""The queue of the machine's proposals, for a person to answer one after the other."""

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from app.errors import AppError
from app.models import MAX_ID, Action, Library, Photo, PhotoTag, Tag
from app.services.library.listed import HERE
from app.services.tagging import edits
from app.services.tagging.tags import OPEN, branch

ANSWERS = {"yes": "confirmed", "no": "rejected"}


@dataclass(frozen=True)
class Question:
    """One proposal: this tag on this photo."""

    photo: Photo
    tag: Tag
    proposal: PhotoTag

    @property
    def cursor(self) -> str:
        """Where the list goes on after this question."""
        return f"{self.proposal.confidence!r}:{self.photo.id}:{self.tag.id}"


def questions(
    session: Session,
    library: Library,
    *,
    order: str = "least",
    tag: str = "",
    after: str = "",
    limit: int = 20,
) -> list[Question]:
    """List open proposals, least (or most) certain first; `after` is the last one's cursor."""
    if order not in ("least", "most"):
        raise AppError("Review goes by the least or the most certain.")
    keys = (PhotoTag.confidence, PhotoTag.photo_id, PhotoTag.tag_id)
    rules = _open(library, tag)
    if after:
        last = _position(after)
        rules.append(tuple_(*keys) > last if order == "least" else tuple_(*keys) < last)
    by = [key.asc() if order == "least" else key.desc() for key in keys]
    query = (
        select(Photo, Tag, PhotoTag)
        .join(PhotoTag, PhotoTag.photo_id == Photo.id)
        .join(Tag, Tag.id == PhotoTag.tag_id)
        .where(*rules)
        .order_by(*by)
        .limit(min(limit, 100))
    )
    return [Question(photo, found, row) for photo, found, row in session.execute(query)]


def left(session: Session, library: Library, tag: str = "") -> int:
    """Count the open proposals."""
    if not tag:  # photos carry their number
        total = select(func.sum(Photo.to_review)).where(
            Photo.library_id == library.id, *HERE, Photo.to_review > 0
        )
        return session.scalar(total) or 0
    query = (
        select(func.count())
        .select_from(PhotoTag)
        .join(Photo, Photo.id == PhotoTag.photo_id)
        .where(*_open(library, tag))
    )
    return session.scalar(query) or 0


def answer(session: Session, library: Library, photo_id: int, tag_id: int, said: str) -> Action:
    """Keep a person's yes or no about a proposal; commits."""
    if said not in ANSWERS:
        raise AppError("Answer yes or no.")
    return edits.answer(session, library, photo_id, tag_id, ANSWERS[said])


def _open(library: Library, tag: str) -> list[ColumnElement[bool]]:
    rules: list[ColumnElement[bool]] = [
        PhotoTag.library_id == library.id,
        *OPEN,
        *HERE,
    ]
    if tag:
        rules.append(PhotoTag.tag_id.in_(branch(library.id, tag)))
    return rules


def _position(cursor: str) -> tuple[float, int, int]:
    found = re.fullmatch(r"(\d[\d.e-]{0,30}):(\d{1,10}):(\d{1,10})", cursor, re.ASCII)
    try:
        if found and max(int(found[2]), int(found[3])) <= MAX_ID:
            return float(found[1]), int(found[2]), int(found[3])
    except ValueError:
        pass  # digits and dots that are no number
    raise AppError("The list has changed. Load the page again.")
