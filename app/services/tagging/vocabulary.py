"""The tags of a library as a list to go through, and how each is written into files."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import Action, Library, PhotoTag, Tag
from app.services.files.writing import split
from app.services.tagging.tags import JOINER, MAX_NAME, key_of

WRITES = {"write": "as it is", "as": "as another keyword", "never": "never"}


def page(
    session: Session, library: Library, q: str = "", after: str = "", limit: int = 100
) -> list[tuple[Tag, int]]:
    """List tags that hold `q`, by name, with how many photos carry each.

    `after` is the key of the last one seen.
    """
    query = select(Tag).where(Tag.library_id == library.id, Tag.key > after, ~Tag.hidden)
    if q:
        query = query.where(Tag.key.contains(key_of(q), autoescape=True))
    found = list(session.scalars(query.order_by(Tag.key).limit(limit)))
    uses = (
        select(PhotoTag.tag_id, func.count())
        .where(PhotoTag.tag_id.in_([tag.id for tag in found]), PhotoTag.state != "rejected")
        .group_by(PhotoTag.tag_id)
    )
    counts = dict(session.execute(uses).all())
    return [(tag, counts.get(tag.id, 0)) for tag in found]


def set_writing(
    session: Session, library: Library, tag_id: int, write: str, path: str = ""
) -> Action:
    """Choose how a tag is written: "write", "as" (under `path`), "never"; commits. Can be undone.

    AppError for a path that is no keyword.
    """
    tag = session.get(Tag, tag_id)
    if tag is None or tag.library_id != library.id:
        raise NotFound("There is no such tag.")
    if write not in WRITES:
        raise AppError(f"A tag's writing is one of {', '.join(WRITES)}.")
    name = JOINER.join(split(path))
    if write == "as" and not 0 < len(name) <= MAX_NAME:
        raise AppError(f"Say the keyword that is written instead, in 1 to {MAX_NAME} letters.")
    words = f"“{name}”" if write == "as" else WRITES[write]
    action = Action(
        library_id=library.id,
        label=f"“{tag.name}” is written {words}",
        inverse={"writing": [[tag.id, tag.write, tag.write_as]]},
    )
    tag.write, tag.write_as = write, name if write == "as" else None
    session.add(action)
    session.commit()
    return action


def restore(session: Session, library: Library, entries: Iterable[Sequence[Any]]) -> None:
    """Let tags be written as [id, write, write_as] says. The caller commits."""
    for tag_id, write, path in entries:
        tag = session.get(Tag, tag_id)
        if tag is not None and tag.library_id == library.id:
            tag.write, tag.write_as = write, path
