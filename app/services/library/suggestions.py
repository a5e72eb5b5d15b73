"""What the search box offers while one types: tags, people, folders, file names."""

from collections.abc import Iterator
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.folding import begun, folded
from app.models import Library, Location, Photo
from app.services.intake import paths
from app.services.library import search
from app.services.library.listed import HERE
from app.services.library.remembered import remembered
from app.services.people import people
from app.services.tagging import tags


def suggest(session: Session, library: Library, q: str, limit: int = 8) -> list[dict[str, str]]:
    """Complete what is being typed into the search box."""
    typed = folded([q])
    if not typed:
        return []
    found = [
        {"text": tag.name, "kind": tag.kind, "query": f'tag:"{tag.name}"'}
        for tag, n in tags.listing(session, library.id, q.strip(), limit)
        if n
    ]
    found += [
        {"text": known.person.name, "kind": "person", "query": f'person:"{known.person.name}"'}
        for known in people.listing(session, library, q.strip(), limit)
    ]
    folders = (f for f in _folders(session, library) if begun(typed, folded([f])))
    found += [
        {"text": folder, "kind": "folder", "query": f'folder:"{folder}"'}
        for folder in islice(folders, limit)
    ]
    names = dict.fromkeys(_names(session, library, q.strip(), typed, limit))
    found += [
        {"text": name, "kind": "photo", "query": f'"{name}"'} for name in islice(names, limit)
    ]
    return found[: 2 * limit]


def _folders(session: Session, library: Library) -> list[str]:
    query = (
        select(Location.folder)
        .where(Location.library_id == library.id, Location.folder != "")
        .distinct()
        .order_by(Location.folder)
    )
    return remembered(session, ("folders", library.id), lambda: list(session.scalars(query)))


def _names(session: Session, library: Library, q: str, typed: str, limit: int) -> Iterator[str]:
    """Yield names that begin with what is typed, then some that have it inside."""
    start, mine = paths.natural(tags.key_of(q)), (Photo.library_id == library.id, *HERE)
    first = (
        select(Photo.name)
        .where(*mine, Photo.sort_name >= start, Photo.sort_name < start + chr(0x10FFFF))
        .order_by(Photo.sort_name)
        .limit(limit)
    )
    yield from session.scalars(first)
    some = search.matching(typed).limit(limit * 4)
    for name in session.scalars(select(Photo.name).where(*mine, Photo.id.in_(some))):
        if begun(typed, folded([name])):
            yield name
