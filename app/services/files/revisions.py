"""The files of a photo: which are known, which one is current, what each of them said."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Job, Library, Photo, Reference, Revision
from app.services.files import keywords
from app.services.work import jobs


def known(session: Session, library_id: int, digests: Iterable[str]) -> dict[str, Revision]:
    """Return the files of a library that have these hashes."""
    query = select(Revision).where(
        Revision.library_id == library_id, Revision.sha256.in_(set(digests))
    )
    return {revision.sha256: revision for revision in session.scalars(query)}


def same_picture(session: Session, library_id: int, image_sha256: str) -> Photo | None:
    """Return the photo whose image data has this hash, locked; the oldest where there are more."""
    query = (
        select(Photo)
        .where(Photo.library_id == library_id, Photo.image_sha256 == image_sha256)
        .order_by(Photo.id)
        .limit(1)
        .with_for_update()
    )
    return session.scalar(query)


def current(session: Session, photo: Photo) -> Revision:
    """Return the row of a photo's current file, made where an older database has none."""
    found = known(session, photo.library_id, [photo.sha256]).get(photo.sha256)
    if found is None:
        found = add(
            session, photo, photo.sha256, photo.image_sha256, size=photo.size, kept=photo.storage
        )
    return found


def add(
    session: Session,
    photo: Photo,
    sha256: str,
    image_sha256: str | None,
    *,
    size: int,
    kept: str,
) -> Revision:
    """Note a file of a photo, by the hashes of its bytes and of its picture. The caller commits."""
    revision = Revision(
        library_id=photo.library_id,
        photo_id=photo.id,
        sha256=sha256,
        image_sha256=image_sha256,
        size=size,
        kept=kept,
    )
    session.add(revision)
    session.flush()
    return revision


def waiting(session: Session, photo: Photo) -> Revision | None:
    """Return the next file of a photo that has not been read yet and shall become current."""
    now_current = (
        select(Revision.id)
        .where(Revision.library_id == photo.library_id, Revision.sha256 == photo.sha256)
        .scalar_subquery()
    )
    query = (
        select(Revision)
        .where(
            Revision.photo_id == photo.id,
            Revision.said.is_(None),
            Revision.kept != "known",
            Revision.id > now_current,
        )
        .order_by(Revision.id)
        .limit(1)
    )
    return session.scalar(query)


def digests(session: Session, photo_ids: Iterable[int]) -> list[str]:
    """Return the hashes of every file of these photos."""
    ids = list(photo_ids)
    files = select(Revision.sha256).where(Revision.photo_id.in_(ids))
    photos = select(Photo.sha256).where(Photo.id.in_(ids))
    return sorted({*session.scalars(files), *session.scalars(photos)})


def path_of(session: Session, revision: Revision) -> str | None:
    """Return where a file that was left where it lies can be read now."""
    query = (
        select(Reference.path)
        .where(
            Reference.library_id == revision.library_id,
            Reference.sha256 == revision.sha256,
        )
        .order_by(Reference.trouble.is_not(None), Reference.id)
        .limit(1)
    )
    return session.scalar(query)


def catch_up(session: Session, most: int = 200) -> int:
    """Queue a reading of photos whose picture's hash is not known (an older database); commits."""
    failed = select(Job.photo_id).where(
        Job.kind == "metadata", Job.state == "failed", Job.photo_id.is_not(None)
    )
    query = (
        select(Photo.id, Photo.library_id)
        .where(Photo.image_sha256.is_(None), Photo.state == "ready", Photo.id.not_in(failed))
        .order_by(Photo.id)
        .limit(most)
    )
    found = session.execute(query).all()
    for photo_id, library_id in found:
        jobs.ask(session, library_id, "metadata", photo_ids=[photo_id], again=True)
    session.commit()
    return len(found)


def of_photo(session: Session, photo_id: int, most: int = 50) -> list[Revision]:
    """List the latest files of a photo, the newest first."""
    query = select(Revision).where(Revision.photo_id == photo_id)
    return list(session.scalars(query.order_by(Revision.id.desc()).limit(most)))


def make_current(photo: Photo, revision: Revision, path: str | None) -> None:
    """Let a photo be this file from now; `path` is where a referenced one lies."""
    photo.sha256, photo.size = revision.sha256, revision.size
    photo.image_sha256 = revision.image_sha256 or photo.image_sha256
    photo.storage = revision.kept
    photo.source_path = path if revision.kept == "referenced" else None


def restore(session: Session, library: Library, entries: Sequence[list[Any]]) -> None:
    """Let photos be the files again that they were; one whose bytes are gone stays as it is."""
    for photo_id, digest, edited in entries:
        photo = session.get(Photo, photo_id, with_for_update=True)
        if photo is None or photo.library_id != library.id:
            continue
        photo.edited_at = datetime.fromisoformat(edited) if edited else None
        revision = known(session, library.id, [digest]).get(digest)
        if photo.sha256 != digest and revision is not None and revision.kept != "known":
            make_current(photo, revision, path_of(session, revision))
            photo.metadata_ = revision.said or photo.metadata_
            keywords.reconcile(session, photo.stack_id or photo.id)
            jobs.ask(session, library.id, "prepare", photo_ids=[photo.id], again=True)
