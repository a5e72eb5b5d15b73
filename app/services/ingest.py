"""Files become rows: photos by the hash of their bytes, paths they were dropped under, sidecars."""

from datetime import datetime
from pathlib import Path, PurePosixPath

from lxml import etree
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import AppError
from app.models import Location, Photo, Sidecar, now
from app.services import jobs, paths


def add_photo(
    session: Session,
    core: Core,
    library_id: int,
    *,
    part: Path,
    sha256: str,
    size: int,
    folder: str,
    name: str,
    modified: datetime | None,
) -> tuple[Photo, bool]:
    """Keep a file and make its photo and first job; (photo, whether it is new). The caller commits.

    A picture that is here already only gets a further path, and comes back from the trash.
    """
    photo = session.scalar(
        select(Photo).where(Photo.library_id == library_id, Photo.sha256 == sha256)
    )
    new = photo is None
    if photo is None:
        core.storage.adopt(part, core.storage.original(library_id, sha256))
        moment = (modified or now()).replace(tzinfo=None)
        photo = Photo(
            library_id=library_id,
            sha256=sha256,
            size=size,
            name=name,
            sort_name=paths.natural(name),
            sort_at=moment,
            day=f"{moment:%Y-%m-%d}",
        )
        session.add(photo)
        session.flush()
        jobs.ask(session, library_id, "prepare", photo_ids=[photo.id])
    photo.trashed_at = None
    add_location(session, photo, folder, name)
    return photo, new


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


def add_sidecar(
    session: Session,
    core: Core,
    library_id: int,
    *,
    part: Path,
    sha256: str,
    folder: str,
    name: str,
) -> int | None:
    """Keep an .xmp file and tie it to its photo if that is here. The caller commits.

    Returns the photo's id; raises AppError when the file is no XMP.
    """
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        etree.fromstring(part.read_bytes(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise AppError(
            f"{name} is not readable XMP. Write it again in the other program."
        ) from None
    core.storage.adopt(part, core.storage.sidecar(library_id, sha256))
    sidecar = session.scalar(
        select(Sidecar).where(
            Sidecar.library_id == library_id, Sidecar.folder == folder, Sidecar.name == name
        )
    )
    if sidecar is None:
        sidecar = Sidecar(library_id=library_id, folder=folder, name=name, sha256=sha256)
        session.add(sidecar)
    sidecar.sha256 = sha256
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
    return photo.id if photo else None


def tie(session: Session, sidecar: Sidecar, photo: Photo) -> None:
    """Belong a sidecar to a photo; what it says is read by the next metadata job."""
    sidecar.photo_id = photo.id
    if photo.state != "new":  # else its first job reads the sidecar anyway
        jobs.ask(session, photo.library_id, "metadata", photo_ids=[photo.id], again=True)


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
