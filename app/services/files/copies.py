"""Copies that were delivered: remembered with what they say, so that they are known on return."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from app import metadata
from app.metadata import Delivered
from app.models import Photo, Revision
from app.services.files import reading, revisions
from app.storage import sha256_of


@dataclass(frozen=True)
class Copy:
    """A file that was written: the hash of its bytes, and what it and its sidecar say."""

    sha256: str
    size: int
    said: dict[str, Any]


def written(source: Path, delivered: Delivered) -> list[Copy]:
    """Read back what a delivery wrote beside what was there before: the copy, its sidecar."""
    file, *beside = delivered.files
    if delivered.how != "embedded" and not beside:
        return []
    fresh = [file, *beside] if delivered.how == "embedded" else beside
    found = metadata.read(fresh[0] if fresh[0] == file else source, beside[0] if beside else None)
    said = reading.described(found)
    return [Copy(sha256_of(path), path.stat().st_size, said) for path in fresh]


def remember(
    session: Session, photo_id: int, copies: list[Copy], *, repaired: bool = False
) -> None:
    """Keep what is known of copies; one that is known already is left as it is.

    A `repaired` one is known by its bytes alone: as another file of the same picture it would take
    the original's place. The caller commits.
    """
    photo = session.get(Photo, photo_id)
    if photo is None or not copies:
        return
    known = revisions.known(session, photo.library_id, [copy.sha256 for copy in copies])
    for copy in copies:
        if copy.sha256 not in known:
            session.add(
                Revision(
                    library_id=photo.library_id,
                    photo_id=photo.id,
                    sha256=copy.sha256,
                    image_sha256=None if repaired else photo.image_sha256,
                    size=copy.size,
                    kept="known",
                    said=copy.said,
                )
            )
