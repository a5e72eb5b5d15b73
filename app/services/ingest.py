"""Files become rows: photos by the hash of their bytes, the paths they were dropped under."""

from pathlib import Path

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Location, Photo, Upload, now
from app.services import jobs, paths, sidecars

SIDECAR_LIMIT = 16 * 2**20


def place(core: Core, library_id: int, part: Path, sha256: str, name: str) -> str | None:
    """Put a received file where it belongs; returns why it is refused, or None."""
    if not name.lower().endswith(".xmp"):
        core.storage.adopt(part, core.storage.original(library_id, sha256))
        return None
    if part.stat().st_size > SIDECAR_LIMIT:
        return f"{name} is over 16 MB, too large for a sidecar."
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        etree.fromstring(part.read_bytes(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return f"{name} is not readable XMP. Write it again in the other program."
    core.storage.adopt(part, core.storage.sidecar(library_id, sha256))
    return None


def keep_photo(session: Session, core: Core, upload: Upload) -> None:
    """Make the photo of an upload and its first job. The caller commits.

    A picture that is here already only gets a further path, and comes back from the trash.
    """
    folder, name = paths.split(upload.path)
    digest = upload.sha256 or ""
    photo = session.scalar(
        select(Photo).where(Photo.library_id == upload.library_id, Photo.sha256 == digest)
    )
    upload.state = "duplicate" if photo is not None and photo.state == "ready" else "waiting"
    if photo is not None and photo.state == "failed":  # dropped once more: tried once more
        photo.state, photo.reason = "new", None
        jobs.ask(session, upload.library_id, "prepare", photo_ids=[photo.id])
    if photo is None:
        # placed again under the lock: deleting the same picture may just have removed the file
        place(core, upload.library_id, core.storage.part(upload.id), digest, name)
        moment = (upload.modified or now()).replace(tzinfo=None)
        photo = Photo(
            library_id=upload.library_id,
            sha256=digest,
            size=upload.size,
            name=name,
            sort_name=paths.natural(name),
            sort_at=moment,
            day=moment.date().isoformat(),
        )
        session.add(photo)
        session.flush()
        jobs.ask(session, upload.library_id, "prepare", photo_ids=[photo.id])
    photo.trashed_at = None
    upload.photo_id = photo.id
    add_location(session, photo, folder, name)


def add_location(session: Session, photo: Photo, folder: str, name: str) -> None:
    """Note a path of a photo, once, and tie sidecars that wait for it. The caller commits."""
    known = session.scalar(
        select(Location.id).where(
            Location.photo_id == photo.id, Location.folder == folder, Location.name == name
        )
    )
    if known is not None:
        return
    session.add(Location(library_id=photo.library_id, photo_id=photo.id, folder=folder, name=name))
    session.flush()
    sidecars.arrived(session, photo.library_id, folder, name)
