"""Tags on photos: the machine proposes, files bring their own, a person decides."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from app.errors import AppError
from app.models import Photo, PhotoTag, Tag
from app.services.rows import batches

SUGGEST = 0.25  # calibrated confidence from which a tag is worth a person's look
JOINER = " > "  # between the parts of a hierarchical keyword
MAX_NAME = 200
OPEN = (PhotoTag.state == "suggested", PhotoTag.source == "machine")


def named(
    session: Session, library_id: int, names: Iterable[str], kind: str = "keyword"
) -> dict[str, Tag]:
    """Return tags by name, made where they are missing; the caller commits."""
    wanted = {name: name.casefold() for name in (checked(name) for name in names)}
    found: dict[str, Tag] = {}
    for keys in batches(sorted(set(wanted.values()))):
        query = select(Tag).where(Tag.library_id == library_id, Tag.key.in_(keys))
        found |= {tag.key: tag for tag in session.scalars(query)}
    for name, key in wanted.items():
        if key not in found:
            found[key] = Tag(library_id=library_id, name=name, key=key, kind=kind)
            session.add(found[key])
        elif kind != "keyword" and found[key].kind == "keyword":
            found[key].kind = kind
    session.flush()
    return {name: found[key] for name, key in wanted.items()}


def take_from_machine(
    session: Session,
    photo: Photo,
    kind: str,
    confidences: Mapping[str, float],
    *,
    boxes: Mapping[str, list[Any]],
    network: str,
) -> None:
    """Replace the open proposals of one network; what a person or a file said is not touched."""
    kept = {name: c for name, c in confidences.items() if c >= SUGGEST}
    wanted = {t.id: n for n, t in named(session, photo.library_id, kept, kind).items()}
    rows = {
        row.tag_id: row
        for row in session.scalars(select(PhotoTag).where(PhotoTag.photo_id == photo.id))
    }
    of_kind = set(session.scalars(select(Tag.id).where(Tag.id.in_(list(rows)), Tag.kind == kind)))
    for tag_id, row in rows.items():
        if is_open(row) and tag_id in of_kind and tag_id not in wanted:
            session.delete(row)
    for tag_id, name in wanted.items():
        opinion = {
            "confidence": kept[name],
            "boxes": boxes.get(name, []),
            "network": network,
        }
        if tag_id in rows:
            for field, value in opinion.items():
                setattr(rows[tag_id], field, value)
        else:
            session.add(_row(photo, tag_id, source="machine", state="suggested", **opinion))
    session.flush()


def take_from_file(session: Session, photo: Photo, keywords: Iterable[Sequence[str]]) -> None:
    """Make a file's keywords tags: they are a person's word, given in another program."""
    names = {JOINER.join(part.strip() for part in path if part.strip()) for path in keywords}
    usable = {name for name in names if name.strip() and len(name) <= MAX_NAME}
    wanted = {tag.id for tag in named(session, photo.library_id, usable).values()}
    rows = {
        row.tag_id: row
        for row in session.scalars(select(PhotoTag).where(PhotoTag.photo_id == photo.id))
    }
    for tag_id in wanted:
        row = rows.get(tag_id)
        if row is None:
            session.add(_row(photo, tag_id, source="file", state="confirmed", in_file=True))
            continue
        row.in_file = True
        if is_open(row):
            row.source, row.state = "file", "confirmed"
    for tag_id, row in rows.items():
        row.in_file = tag_id in wanted
    session.flush()
    refresh(session, [photo.id])


def refresh(session: Session, photo_ids: Sequence[int]) -> None:
    """Bring what photos count of their open proposals up to date; the caller commits."""
    for ids in batches(photo_ids):
        open_ = dict.fromkeys(ids, (0, 2.0))
        query = (
            select(PhotoTag.photo_id, func.count(), func.min(PhotoTag.confidence))
            .where(PhotoTag.photo_id.in_(ids), *OPEN)
            .group_by(PhotoTag.photo_id)
        )
        open_ |= {
            photo_id: (n, low if low is not None else 0.0)
            for photo_id, n, low in session.execute(query)
        }
        session.execute(
            update(Photo)
            .where(Photo.id.in_(ids))
            .values(
                to_review=case({i: n for i, (n, _) in open_.items()}, value=Photo.id),
                certainty=case({i: low for i, (_, low) in open_.items()}, value=Photo.id),
                band=case({i: _band(low) for i, (_, low) in open_.items()}, value=Photo.id),
            )
            .execution_options(synchronize_session=False)
        )


def _band(low: float) -> int:
    """Return the section of a photo by its least certain proposal: 0 to 19, 40 without any."""
    return min(int(low * 20), 19) if low <= 1 else 40


def listing(session: Session, library_id: int, q: str, limit: int) -> list[tuple[Tag, int]]:
    """List tags whose name contains `q` with how many photos carry them, most used first."""
    uses = func.count(PhotoTag.photo_id)
    query = (
        select(Tag, uses)
        .outerjoin(PhotoTag, (PhotoTag.tag_id == Tag.id) & (PhotoTag.state != "rejected"))
        .where(Tag.library_id == library_id)
        .group_by(Tag.id)
        .order_by(uses.desc(), Tag.key)
        .limit(limit)
    )
    if q:
        query = query.where(Tag.key.contains(q.casefold(), autoescape=True))
    return [(tag, n) for tag, n in session.execute(query)]


def of_photo(session: Session, photo_id: int) -> list[tuple[PhotoTag, Tag]]:
    """List everything said about tags on one photo, the most certain first."""
    query = (
        select(PhotoTag, Tag)
        .join(Tag, Tag.id == PhotoTag.tag_id)
        .where(PhotoTag.photo_id == photo_id)
        .order_by(PhotoTag.confidence.desc().nulls_first(), Tag.key)
    )
    return [(row, tag) for row, tag in session.execute(query)]


def _row(photo: Photo, tag_id: int, **values: Any) -> PhotoTag:
    return PhotoTag(photo_id=photo.id, tag_id=tag_id, library_id=photo.library_id, **values)


def is_open(row: PhotoTag) -> bool:
    """Tell whether this is the machine's proposal and nobody has answered it."""
    return row.source == "machine" and row.state == "suggested"


def checked(name: str) -> str:
    """Return a tag's name without control characters and doubled spaces; AppError if unusable."""
    name = " ".join("".join(c if c.isprintable() else " " for c in name).split())
    if not name or len(name) > MAX_NAME:
        raise AppError(f"A tag has 1 to {MAX_NAME} letters.")
    return name
