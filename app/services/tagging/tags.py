"""Tags on photos: the machine proposes, files bring their own, a person decides."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from unicodedata import normalize

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from app.errors import AppError
from app.folding import folded
from app.models import Photo, PhotoTag, Tag, TagWord
from app.services.library.remembered import remembered
from app.services.rows import among, batches, insert_missing

SUGGEST = 0.25  # calibrated confidence from which a tag is worth a person's look
JOINER = " > "  # between the parts of a hierarchical keyword
MAX_NAME = 200
OPEN = (PhotoTag.state == "suggested", PhotoTag.source == "machine")
NOTHING = 2.0  # certainty of a photo without open proposals


def key_of(name: str) -> str:
    """Return what makes two spellings one tag: case and the composition of accents do not count."""
    return normalize("NFC", normalize("NFC", name).casefold())


def named(
    session: Session, library_id: int, names: Iterable[str], kind: str = "keyword"
) -> dict[str, Tag]:
    """Return tags by name, made where they are missing; the caller commits."""
    wanted = {name: key_of(checked(name)) for name in names}
    found = _by_key(session, library_id, wanted.values())
    spelt = {key: checked(name) for name, key in wanted.items()}
    missing = sorted(set(spelt) - set(found))
    if missing:
        rows = [
            {"library_id": library_id, "name": spelt[key], "key": key, "kind": kind}
            | {"words": folded([spelt[key]])}
            for key in missing
        ]
        insert_missing(session, Tag, rows, ("library_id", "key"))
        found |= _by_key(session, library_id, missing)
    for key in wanted.values():
        if kind == "keyword":  # a person or a file uses it
            found[key].hidden = False
        elif found[key].kind == "keyword":
            found[key].kind = kind
    session.flush()
    return {name: found[key] for name, key in wanted.items()}


def branch(library_id: int, name: str) -> Select[int]:
    """Return the query for the ids of a tag and of all that lie under it."""
    key = key_of(name)
    below = Tag.key.startswith(key + JOINER, autoescape=True)
    return select(Tag.id).where(Tag.library_id == library_id, or_(Tag.key == key, below))


def _by_key(session: Session, library_id: int, keys: Iterable[str]) -> dict[str, Tag]:
    found: dict[str, Tag] = {}
    for some in batches(sorted(set(keys))):
        query = select(Tag).where(Tag.library_id == library_id, Tag.key.in_(some))
        found |= {tag.key: tag for tag in session.scalars(query)}
    return found


def meant(session: Session, library_id: int, kind: str, words: Iterable[str]) -> dict[str, int]:
    """Return the ids of the tags that a network's words mean, whatever people call them now.

    Words of tags that a person has deleted are left out.
    """
    asked = sorted(set(words))
    query = select(TagWord.word, TagWord.tag_id).where(
        TagWord.library_id == library_id, TagWord.kind == kind, TagWord.word.in_(asked)
    )
    found: dict[str, int] = {word: tag_id for word, tag_id in session.execute(query)}  # noqa: C416
    missing = [word for word in asked if word not in found]
    if missing:
        fresh = {w: tag.id for w, tag in named(session, library_id, missing, kind).items()}
        rows = [
            {"library_id": library_id, "kind": kind, "word": word, "tag_id": tag_id}
            for word, tag_id in fresh.items()
        ]
        insert_missing(session, TagWord, rows, ("library_id", "kind", "word"))
        found |= fresh
    hidden = select(Tag.id).where(Tag.id.in_(found.values()), Tag.hidden)
    gone = set(session.scalars(hidden))
    return {word: tag_id for word, tag_id in found.items() if tag_id not in gone}


def words_of(session: Session, tag_ids: Iterable[int]) -> dict[int, list[str]]:
    """Return the networks' words for tags; a tag that no network knows is left out."""
    found: dict[int, list[str]] = defaultdict(list)
    for some in batches(sorted(set(tag_ids))):
        query = select(TagWord.tag_id, TagWord.word).where(TagWord.tag_id.in_(some))
        for tag_id, word in session.execute(query):
            found[tag_id].append(word)
    return found


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
    kept = {word: c for word, c in confidences.items() if c >= SUGGEST}
    wanted: dict[int, list[str]] = defaultdict(list)
    for word, tag_id in meant(session, photo.library_id, kind, kept).items():
        wanted[tag_id].append(word)
    rows = {
        row.tag_id: row
        for row in session.scalars(select(PhotoTag).where(PhotoTag.photo_id == photo.id))
    }
    query = select(TagWord.tag_id).where(TagWord.tag_id.in_(list(rows)), TagWord.kind == kind)
    of_kind = set(session.scalars(query))
    for tag_id, row in rows.items():
        if is_open(row) and tag_id in of_kind and tag_id not in wanted:
            session.delete(row)
    for tag_id, words in wanted.items():
        opinion = {
            "confidence": max(kept[word] for word in words),
            "boxes": [box for word in words for box in boxes.get(word, [])],
            "network": network,
        }
        if tag_id in rows:
            for field, value in opinion.items():
                setattr(rows[tag_id], field, value)
        else:
            session.add(statement(photo, tag_id, source="machine", state="suggested", **opinion))
    session.flush()


def refresh(session: Session, photo_ids: Sequence[int]) -> None:
    """Bring what photos count of their tags up to date; the caller commits."""
    recount(session, among(Photo.id, photo_ids))


def recount(session: Session, which: ColumnElement[bool]) -> None:
    """Bring what the photos of a condition count of their tags up to date; the caller commits."""
    session.flush()
    open_, low = and_(*OPEN), func.coalesce(PhotoTag.confidence, 0.0)
    counted = (
        select(
            Photo.id.label("id"),
            func.count().filter(open_).label("open"),
            func.coalesce(func.min(low).filter(open_), NOTHING).label("low"),
            func.count().filter(PhotoTag.state == "confirmed").label("yes"),
        )
        .outerjoin(PhotoTag)
        .where(which)
        .group_by(Photo.id)
        .subquery()
    )
    new = {
        Photo.to_review: counted.c.open,
        Photo.certainty: counted.c.low,
        Photo.confirmed: counted.c.yes,
        Photo.band: case((counted.c.low > 1, 40), *_bands(counted.c.low), else_=0),
    }
    other = or_(*(column != value for column, value in new.items()))
    session.execute(
        update(Photo)
        .where(Photo.id == counted.c.id, other)
        .values({column.key: value for column, value in new.items()})
        .execution_options(synchronize_session=False)
    )


def _bands(low: ColumnElement[float]) -> list[tuple[ColumnElement[bool], int]]:
    """Return the section of each confidence as SQL: 0 to 19, twentieths; 40 is nothing open."""
    return [(low * 20 >= band, band) for band in range(19, 0, -1)]


def uses(session: Session, library_id: int) -> list[tuple[int, int]]:
    """Return (tag, photos) of every tag that photos have, those in the trash with them."""
    own = select(Tag.id).where(Tag.library_id == library_id)
    query = (
        select(PhotoTag.tag_id, func.count())
        .where(PhotoTag.tag_id.in_(own), PhotoTag.state.in_(["suggested", "confirmed"]))
        .group_by(PhotoTag.tag_id)
    )
    return remembered(
        session, ("uses", library_id), lambda: [(tag, n) for tag, n in session.execute(query)]
    )


def listing(session: Session, library_id: int, q: str, limit: int) -> list[tuple[Tag, int]]:
    """List tags whose name contains `q` with how many photos carry them, most used first."""
    query = select(Tag.id, Tag.key).where(Tag.library_id == library_id, ~Tag.hidden)
    if q:
        named = Tag.key.contains(key_of(q), autoescape=True)
        query = query.where(named | Tag.words.contains(folded([q]) or key_of(q), autoescape=True))
    counts = dict(uses(session, library_id))
    rows = session.execute(query)
    ranked = sorted(rows, key=lambda row: (-counts.get(row[0], 0), row[1]))[:limit]
    found: dict[int, Tag] = {}
    for some in batches(ranked):
        ids = [tag_id for tag_id, _ in some]
        found |= {tag.id: tag for tag in session.scalars(select(Tag).where(Tag.id.in_(ids)))}
    return [(found[tag_id], counts.get(tag_id, 0)) for tag_id, _ in ranked]


def of_photo(session: Session, photo_id: int) -> list[tuple[PhotoTag, Tag]]:
    """List everything said about tags on one photo, the most certain first."""
    query = (
        select(PhotoTag, Tag)
        .join(Tag, Tag.id == PhotoTag.tag_id)
        .where(PhotoTag.photo_id == photo_id)
        .order_by(PhotoTag.confidence.desc().nulls_first(), Tag.key)
    )
    return [(row, tag) for row, tag in session.execute(query)]


def statement(photo: Photo, tag_id: int, **values: Any) -> PhotoTag:
    """Return a new row that says something about a tag on a photo."""
    return PhotoTag(photo_id=photo.id, tag_id=tag_id, library_id=photo.library_id, **values)


def is_open(row: PhotoTag) -> bool:
    """Tell whether this is the machine's proposal and nobody has answered it."""
    return row.source == "machine" and row.state == "suggested"


def settle(row: PhotoTag) -> None:
    """Let a file's word stand where nothing but the machine's proposal is in its place."""
    if row.in_file and is_open(row):
        row.source, row.state = "file", "confirmed"


def take_back(session: Session, row: PhotoTag) -> None:
    """Take a person's word back: what file or machine say stands again, or nothing does."""
    if row.in_file:
        row.source, row.state = "file", "confirmed"
    elif row.confidence is not None:
        row.source, row.state = "machine", "suggested"
    else:
        session.delete(row)


def checked(name: str) -> str:
    """Return a tag's name without control characters and doubled spaces; AppError if unusable."""
    name = _clean(name)
    if not name or len(name) > MAX_NAME:
        raise AppError(f"A tag has 1 to {MAX_NAME} letters.")
    return name


def _clean(name: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())
