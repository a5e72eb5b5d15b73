"""Files of photos that are no longer in a library, removed without harming one that comes back."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Photo, Revision, Sidecar


def remove(core: Core, library_id: int, digests: Iterable[str]) -> None:
    """Remove originals and what was derived from them, where no row has them any more.

    Holds the write lock: the same picture may be uploaded again at this moment.
    """
    with core.db.write() as session:
        for digest in digests:
            kept = _kept(session, library_id, digest)
            if "managed" not in kept:
                core.storage.original(library_id, digest).unlink(missing_ok=True)
            if not kept & {"managed", "referenced"}:
                core.storage.remove_photo(library_id, digest)


def _kept(session: Session, library_id: int, digest: str) -> set[str]:
    """Return how rows say that this file is kept."""
    revision = select(Revision.kept).where(
        Revision.library_id == library_id, Revision.sha256 == digest
    )
    photo = select(Photo.storage).where(Photo.library_id == library_id, Photo.sha256 == digest)
    return set(session.scalars(revision)) | set(session.scalars(photo))


def remove_sidecars(core: Core, library_id: int, digests: Iterable[str]) -> None:
    """Remove .xmp files that no row has any more, in the same way."""
    with core.db.write() as session:
        for digest in digests:
            row = select(Sidecar.id).where(
                Sidecar.library_id == library_id, Sidecar.sha256 == digest
            )
            if session.scalar(row.limit(1)) is None:
                core.storage.sidecar(library_id, digest).unlink(missing_ok=True)
