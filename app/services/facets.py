"""What one can filter by: the rail's lists with their counts, and the search box's suggestions."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Library, Location, Photo, PhotoTag, Tag
from app.services import gallery, paths, tags
from app.services.listed import HERE

MOST = 200  # entries of one list


def facets(session: Session, library: Library, wanted: gallery.Filter) -> dict[str, Any]:
    """Return folders, categories, tags, people, years and states with how many photos each has."""
    chosen = select(Photo.id).where(*gallery.conditions(library, wanted))
    return {
        "folders": _folders(session, chosen),
        "categories": _tags(session, chosen, ["category"]),
        "tags": _tags(session, chosen, ["object", "keyword"]),
        "people": _people(session, chosen),
        "years": _years(session, chosen),
        "states": [
            {"value": name, "label": LABELS[name], "count": n}
            for name, n in gallery.states(session, library).items()
        ],
    }


LABELS = {
    "new": "New",
    "review": "To review",
    "tagged": "Tagged",
    "failed": "Failed",
    "trash": "Trash",
    "refused": "Not taken in",
}


def suggest(session: Session, library: Library, q: str, limit: int = 8) -> list[dict[str, str]]:
    """Complete what is being typed into the search box: tags, folders, file names."""
    q = q.strip()
    if not q:
        return []
    found = [
        {"text": tag.name, "kind": tag.kind, "query": f'tag:"{tag.name}"'}
        for tag, n in tags.listing(session, library.id, q, limit)
        if n
    ]
    like = tags.key_of(q)
    folders = session.scalars(
        select(Location.folder)
        .where(
            Location.library_id == library.id,
            Location.folder != "",
            func.lower(Location.folder).contains(like, autoescape=True),
        )
        .distinct()
        .order_by(Location.folder)
        .limit(limit)
    )
    found += [{"text": f, "kind": "folder", "query": f'folder:"{f}"'} for f in folders]
    names = session.scalars(
        select(Photo.name)
        .where(
            Photo.library_id == library.id,
            Photo.sort_name.contains(paths.natural(tags.key_of(q)), autoescape=True),
            *HERE,
        )
        .order_by(Photo.sort_name)
        .limit(limit)
    )
    found += [{"text": name, "kind": "photo", "query": f'"{name}"'} for name in names]
    return found[: 2 * limit]


def _folders(session: Session, chosen: Any) -> list[dict[str, Any]]:
    n = func.count(func.distinct(Location.photo_id))
    query = (
        select(Location.folder, n)
        .where(Location.photo_id.in_(chosen))
        .group_by(Location.folder)
        .order_by(Location.folder)
        .limit(MOST)
    )
    return [
        {"value": folder, "label": folder or "(no folder)", "count": count}
        for folder, count in session.execute(query)
    ]


def _tags(session: Session, chosen: Any, kinds: list[str]) -> list[dict[str, Any]]:
    query = (
        select(Tag.name, func.count())
        .join(PhotoTag, PhotoTag.tag_id == Tag.id)
        .where(PhotoTag.photo_id.in_(chosen), gallery.LISTED, Tag.kind.in_(kinds))
        .group_by(Tag.id, Tag.name)
        .order_by(func.count().desc(), Tag.name)
        .limit(MOST)
    )
    return [{"value": name, "label": name, "count": n} for name, n in session.execute(query)]


def _people(session: Session, chosen: Any) -> list[dict[str, Any]]:
    query = (
        select(Photo.face_count, func.count())
        .where(Photo.id.in_(chosen), Photo.face_count.is_not(None))
        .group_by(Photo.face_count)
    )
    by_count = dict.fromkeys(("0", "1", "2", "3+"), 0)
    for faces, n in session.execute(query):
        by_count["3+" if (faces or 0) >= 3 else str(faces)] += n
    words = {"0": "Nobody", "1": "One person", "2": "Two people", "3+": "Three or more"}
    return [{"value": key, "label": words[key], "count": n} for key, n in by_count.items() if n]


def _years(session: Session, chosen: Any) -> list[dict[str, Any]]:
    year = func.substr(Photo.day, 1, 4)
    query = (
        select(year, func.count())
        .where(Photo.id.in_(chosen))
        .group_by(year)
        .order_by(year.desc())
        .limit(MOST)
    )
    return [{"value": value, "label": value, "count": n} for value, n in session.execute(query)]
