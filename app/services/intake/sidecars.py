"""Which photo an .xmp file belongs to, in whatever order the two arrive."""

from pathlib import PurePosixPath

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core import Core
from app.metadata.containers import RAW
from app.models import Location, Photo, Sidecar, Upload, now
from app.services.intake import paths
from app.services.work import jobs


def keep(session: Session, core: Core, upload: Upload) -> None:
    """Keep a dropped .xmp file and tie it to its photo if that is here. The caller commits."""
    folder, name = paths.split(upload.path)
    library_id, digest = upload.library_id, upload.sha256 or ""
    core.storage.adopt(core.storage.part(upload.id), core.storage.sidecar(library_id, digest))
    _, upload.photo_id = keep_file(session, library_id, folder, name, digest)
    upload.state = "done"


def keep_file(
    session: Session, library_id: int, folder: str, name: str, digest: str
) -> tuple[bool, int | None]:
    """Note an .xmp file of the storage by its place; returns whether it is new there, its photo.

    The caller commits.
    """
    sidecar = session.scalar(
        select(Sidecar).where(
            Sidecar.library_id == library_id, Sidecar.folder == folder, Sidecar.name == name
        )
    )
    changed = sidecar is None or sidecar.sha256 != digest
    if sidecar is None:
        sidecar = Sidecar(library_id=library_id, folder=folder, name=name)
        session.add(sidecar)
    if changed:
        sidecar.sha256, sidecar.changed_at = digest, now()
    _tie(session, sidecar, _owner(session, sidecar), again=changed)
    return changed, sidecar.photo_id


def arrived(session: Session, library_id: int, folder: str, name: str) -> None:
    """Tie the sidecars that lie beside a photo that has come. The caller commits."""
    names = (PurePosixPath(name).stem, name)
    query = select(Sidecar).where(
        Sidecar.library_id == library_id,
        Sidecar.folder == folder,
        or_(*(Sidecar.name.ilike(f"{_like(stem)}.xmp", escape="\\") for stem in names)),
    )
    for sidecar in session.scalars(query).all():
        _tie(session, sidecar, _owner(session, sidecar))


def _owner(session: Session, sidecar: Sidecar) -> int | None:
    """Return the photo that a sidecar names: IMG.CR3.xmp that very file, IMG.xmp the RAW first."""
    stem = PurePosixPath(sidecar.name).stem
    query = select(Location.photo_id, Location.name).where(
        Location.library_id == sidecar.library_id,
        Location.folder == sidecar.folder,
        or_(
            Location.name.ilike(_like(stem), escape="\\"),
            Location.name.ilike(f"{_like(stem)}.%", escape="\\"),
        ),
    )
    ranked: list[tuple[bool, bool, int, int]] = []
    for photo_id, name in session.execute(query.order_by(Location.id)):
        path = PurePosixPath(name)
        if stem.casefold() in (name.casefold(), path.stem.casefold()):
            whole = name.casefold() == stem.casefold()
            ranked.append((not whole, path.suffix.lower() not in RAW, len(ranked), photo_id))
    return min(ranked)[-1] if ranked else None


def _tie(session: Session, sidecar: Sidecar, owner: int | None, *, again: bool = False) -> None:
    """Belong a sidecar to a photo; what it says is read by that photo's next metadata job."""
    if sidecar.photo_id == owner and not again:
        return
    concerned = {sidecar.photo_id, owner} - {None}
    sidecar.photo_id = owner
    session.flush()
    # Locked: a job that is reading the photo at this moment looks again before it ends.
    photos = session.scalars(select(Photo).where(Photo.id.in_(concerned)).with_for_update())
    for photo in photos.all():
        if photo.state != "new":  # else its first job reads the sidecar anyway
            jobs.ask(session, photo.library_id, "metadata", photo_ids=[photo.id], again=True)


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
