"""Files that stay where they lie on the server's disk: only ever read, and watched for changes."""

from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Location, Photo, Reference, Revision, now
from app.services.disk import folders
from app.services.files import revisions
from app.services.library import words

PAGE = 1000


def file_of(session: Session, core: Core, revision: Revision) -> Path:
    """Return where the bytes of a photo's file are."""
    path = revisions.path_of(session, revision) if revision.kept == "referenced" else None
    if path is not None:
        return Path(path)
    return core.storage.original(revision.library_id, revision.sha256)


def trouble(session: Session, photo: Photo, revision: Revision | None = None) -> str | None:
    """Say why a photo's current file, or another of its files, cannot be read; None where it can.

    A file of ours is not looked at; of one that lies elsewhere one good place is enough.
    """
    digest = revision.sha256 if revision else photo.sha256
    if (revision.kept if revision else photo.storage) != "referenced":
        return None
    query = (
        select(Reference)
        .where(Reference.library_id == photo.library_id, Reference.sha256 == digest)
        .order_by(Reference.trouble.is_not(None), Reference.id)
    )
    said = None
    for reference in session.scalars(query):
        found = state(reference)
        if found is None:
            return None
        said = said or in_words(reference, found)
    return said or f"{photo.source_path} is no longer known. Import its folder again."


def state(reference: Reference) -> str | None:
    """Return "missing" or "changed" for a file that is not as it was read, None for one that is."""
    try:
        found = Path(reference.path).lstat()
    except (OSError, ValueError):
        return "missing"
    same = (found.st_size, found.st_mtime_ns) == (reference.size, reference.mtime_ns)
    return None if same else "changed"


def in_words(reference: Reference, found: str) -> str:
    """Tell a photographer what is the matter with a file, and the way out."""
    if found == "changed":
        return f"{reference.path} was changed on disk. Import its folder again to read it anew."
    since = reference.trouble_at if reference.trouble == "missing" else None
    when = f" since {_day(since)}" if since else ""
    return f"{reference.path} is missing{when}. Put it back, or import the folder it is in now."


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"


def watch(core: Core, library_id: int | None = None, folder: Path | None = None) -> None:
    """Look at every referenced file once, or at those of a library below a folder.

    Commits by pages.
    """
    last = 0
    while True:
        query = select(Reference).where(Reference.id > last).order_by(Reference.id).limit(PAGE)
        if library_id is not None:
            query = query.where(Reference.library_id == library_id)
        with core.db.read() as session:
            page = session.scalars(query).all()
        if not page:
            return
        last = page[-1].id
        mine = [r for r in page if folder is None or Path(r.path).is_relative_to(folder)]
        found = {reference.id: state(reference) for reference in mine}
        _mark_all(core, {r.id: found[r.id] for r in mine if found[r.id] != r.trouble})


def _mark_all(core: Core, news: dict[int, str | None]) -> None:
    if news:
        with core.db.write() as session:
            for reference_id, found in news.items():
                reference = session.get(Reference, reference_id)
                if reference is not None and not mark(session, reference, found):
                    _leave(session, core, reference)
            session.commit()


def _leave(session: Session, core: Core, reference: Reference) -> None:
    """Forget the path in the library of a file that was moved, if the photo has another."""
    folder, name = folders.place(core.config, Path(reference.path))
    places = session.scalars(select(Location).where(Location.photo_id == reference.photo_id)).all()
    if len(places) > 1:
        for place in places:
            if (place.folder, place.name) == (folder, name):
                session.delete(place)
        session.flush()
        words.describe(session, session.get_one(Photo, reference.photo_id))


def missing(session: Session, library_id: int, folder: Path) -> int:
    """Count the files below a folder that are not there any more."""
    query = select(Reference.path).where(
        Reference.library_id == library_id, Reference.trouble == "missing"
    )
    return sum(Path(path).is_relative_to(folder) for path in session.scalars(query))


def mark(session: Session, reference: Reference, found: str | None) -> bool:
    """Note what is the matter with a file, and read the photo elsewhere where it can be.

    A file that is missing here and lies elsewhere too was moved: False, this place is forgotten.
    """
    photo = session.get_one(Photo, reference.photo_id)
    moved = found == "missing" and _elsewhere(session, reference)
    if moved:
        session.delete(reference)
    elif reference.trouble != found:
        reference.trouble, reference.trouble_at = found, now() if found else None
    session.flush()
    settle(session, photo)
    return not moved


def _elsewhere(session: Session, reference: Reference) -> bool:
    query = select(Reference).where(
        Reference.library_id == reference.library_id,
        Reference.sha256 == reference.sha256,
        Reference.id != reference.id,
        Reference.trouble.is_(None),
    )
    return any(state(other) is None for other in session.scalars(query))


def settle(session: Session, photo: Photo) -> None:
    """Let a referenced photo be read at a place where its file is as it was."""
    if photo.storage == "referenced":
        path = revisions.path_of(session, revisions.current(session, photo))
        photo.source_path = path or photo.source_path


def forget(session: Session, library_id: int, digest: str) -> None:
    """Note that the bytes of a file were written over, if they lie nowhere else."""
    query = select(Reference.id).where(
        Reference.library_id == library_id, Reference.sha256 == digest
    )
    if session.scalar(query.limit(1)) is None:
        session.execute(
            update(Revision)
            .where(
                Revision.library_id == library_id,
                Revision.sha256 == digest,
                Revision.kept == "referenced",
            )
            .values(kept="known")
        )
