"""Files become rows: photos by the hash of their bytes, paths they were dropped under, sidecars."""

from pathlib import Path, PurePosixPath

from lxml import etree
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Location, Photo, Sidecar, Upload, now
from app.services import jobs, paths

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
    upload.state = "duplicate" if photo is not None and photo.state != "new" else "waiting"
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
            day=f"{moment:%Y-%m-%d}",
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
    stem = PurePosixPath(name).stem
    waiting = session.scalars(
        select(Sidecar).where(
            Sidecar.library_id == photo.library_id,
            Sidecar.folder == folder,
            or_(*(Sidecar.name.ilike(f"{_like(s)}.xmp", escape="\\") for s in (stem, name))),
        )
    ).all()
    for sidecar in waiting:
        tie(session, sidecar, photo)


def keep_sidecar(session: Session, core: Core, upload: Upload) -> None:
    """Keep a dropped .xmp file and tie it to its photo if that is here. The caller commits."""
    folder, name = paths.split(upload.path)
    library_id, digest = upload.library_id, upload.sha256 or ""
    core.storage.adopt(core.storage.part(upload.id), core.storage.sidecar(library_id, digest))
    sidecar = session.scalar(
        select(Sidecar).where(
            Sidecar.library_id == library_id, Sidecar.folder == folder, Sidecar.name == name
        )
    )
    if sidecar is None:
        sidecar = Sidecar(library_id=library_id, folder=folder, name=name, sha256=digest)
        session.add(sidecar)
    sidecar.sha256 = digest
    stem = PurePosixPath(name).stem  # IMG.xmp -> IMG, IMG.CR3.xmp -> IMG.CR3
    photo = session.scalar(
        select(Photo)
        .join(Location)
        .where(
            Location.library_id == library_id,
            Location.folder == folder,
            or_(Location.name == stem, Location.name.like(f"{_like(stem)}.%", escape="\\")),
        )
        .order_by(Location.name != stem, Location.id)
        .limit(1)
    )
    if photo is not None:
        tie(session, sidecar, photo)
        upload.photo_id = photo.id
    upload.state = "done"


def tie(session: Session, sidecar: Sidecar, photo: Photo) -> None:
    """Belong a sidecar to a photo; what it says is read by the next metadata job."""
    sidecar.photo_id = photo.id
    if photo.state != "new":  # else its first job reads the sidecar anyway
        jobs.ask(session, photo.library_id, "metadata", photo_ids=[photo.id], again=True)


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
