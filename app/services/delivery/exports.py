"""Downloads: copies that carry the tags are prepared first, then streamed as one zip."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import NoneType
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import archive
from app.core import Core
from app.errors import AppError, Conflict, NotFound
from app.models import Export, ExportItem, Job, Library, Photo, Sidecar, Version, now
from app.services import settings
from app.services.delivery.packing import Packer, places_of, sidecars_of
from app.services.files import stacks
from app.services.repairs import versions
from app.services.rows import batches
from app.services.work import dispatch, jobs

LAYOUTS = ("folders", "date", "flat")
PICTURES = ("repaired", "originals", "both")
DEFAULTS: dict[str, Any] = {
    "layout": "folders",
    "pictures": "repaired",
    "sidecars": False,
    "metadata_only": False,
    "unreviewed": None,
    "regions": None,
    "people": None,
    "people_keywords": None,
}
_SWITCHES = ("unreviewed", "regions", "people", "people_keywords")  # None: as the library has it
KEEP = timedelta(hours=24)


def create(
    session: Session,
    core: Core,
    library: Library,
    photo_ids: Sequence[int],
    options: dict[str, Any],
    *,
    everything: bool = False,
) -> Export:
    """Begin a download of these photos, whole stacks of them; commits.

    A download of `everything` gives back sidecars that belong to no photo, too. AppError for
    options that make no sense.
    """
    options = _checked(options)
    alone = _alone(session, library) if everything else []
    if not photo_ids and not alone:
        raise AppError("Nothing is selected. Choose at least one photo to download.")
    export = Export(library_id=library.id, options=options)
    session.add(export)
    session.flush()
    packer = Packer(options["layout"], settings.values(library)["sidecar_name"])
    for ids in batches(stacks.whole(session, photo_ids)):
        _pack(session, export, packer, ids)
    for sidecar in alone:
        name, path = packer.alone(sidecar), core.storage.sidecar(library.id, sidecar.sha256)
        session.add(ExportItem(export_id=export.id, arcnames=[name], files=[[str(path), name]]))
    jobs.ask(session, library.id, "export", export_id=export.id)
    session.commit()
    dispatch.publish(core)
    return export


def _pack(session: Session, export: Export, packer: Packer, ids: Sequence[int]) -> None:
    """Add the items of some photos: originals, versions in their stead, or both."""
    places, dropped = places_of(session, ids), sidecars_of(session, ids)
    query = select(Photo).where(Photo.library_id == export.library_id, Photo.id.in_(ids))
    for photo in session.scalars(query.order_by(Photo.day, Photo.sort_at, Photo.id)):
        own, repaired = places[photo.id], _repaired(session, photo, export.options)
        if repaired is None or export.options["pictures"] == "both":
            names, beside = packer.photo(photo, own, dropped[photo.id])
            session.add(_item(export, photo, names, beside))
        if repaired is not None:
            names, beside = packer.version(photo, own, dropped[photo.id], repaired)
            session.add(_item(export, photo, names, beside, repaired=True))


def _repaired(session: Session, photo: Photo, options: dict[str, Any]) -> Version | None:
    """Return the version of a photo that is to be delivered, if any."""
    wanted = options["pictures"] != "originals" and not options["metadata_only"]
    return versions.shown(session, photo) if wanted else None


def _item(
    export: Export, photo: Photo, names: list[str], beside: list[list[str | None]], **more: bool
) -> ExportItem:
    return ExportItem(
        export_id=export.id, photo_id=photo.id, arcnames=names, sidecars=beside, **more
    )


def _alone(session: Session, library: Library) -> Sequence[Sidecar]:
    """Return the sidecars that belong to no photo."""
    query = select(Sidecar).where(Sidecar.library_id == library.id, Sidecar.photo_id.is_(None))
    return session.scalars(query.order_by(Sidecar.folder, Sidecar.name)).all()


def get(session: Session, library: Library, export_id: int) -> Export:
    """Find a download of this library; NotFound otherwise."""
    export = session.get(Export, export_id)
    if export is None or export.library_id != library.id:
        raise NotFound("This download is no longer here. Start it again.")
    return export


def status(session: Session, export: Export) -> dict[str, Any]:
    """Tell how far a download is: state, items done, total, bytes, errors and notes by file."""
    total, done = session.execute(
        select(func.count(), func.count(ExportItem.files)).where(ExportItem.export_id == export.id)
    ).one()
    errors, notes = (_told(session, export, of) for of in (ExportItem.reason, ExportItem.note))
    job = session.scalar(select(Job).where(Job.export_id == export.id))
    state, reason = export.state, export.reason
    if state == "preparing" and job is not None and job.state in ("failed", "cancelled"):
        state, reason = job.state, job.reason
    size = len(stream(session, export)) if state == "ready" else None
    return {
        "id": export.id,
        "state": state,
        "reason": reason,
        "done": done + len(errors),
        "total": total,
        "size": size,
        "errors": [{"name": name, "reason": why} for name, why in errors],
        "notes": [{"name": name, "reason": why} for name, why in notes],
    }


def cancel(session: Session, core: Core, export: Export) -> None:
    """Stop preparing a download and remove its copies; commits."""
    export.state = "cancelled"
    session.commit()
    job_ids = list(session.scalars(select(Job.id).where(Job.export_id == export.id)))
    jobs.cancel(session, export.library_id, job_ids)
    core.storage.remove_export(export.id)


def estimate(session: Session, library: Library, photo_ids: Sequence[int]) -> dict[str, int]:
    """Tell how many photos a download of these would have, and bytes of all their files."""
    photos = size = 0
    for ids in batches(photo_ids):
        n, total = session.execute(
            select(func.count().filter(Photo.id.in_(ids)), func.sum(Photo.size)).where(
                Photo.library_id == library.id, or_(Photo.id.in_(ids), Photo.stack_id.in_(ids))
            )
        ).one()
        photos += n
        size += int(total or 0)
    return {"photos": photos, "size": size}


def stream(session: Session, export: Export) -> archive.Archive:
    """Return the finished zip as a stream whose length is known; Conflict while it is prepared.

    A copy that has vanished since is named in ERRORS.txt and does not break the rest.
    """
    if export.state != "ready":
        raise Conflict("This download is still being prepared.")
    errors = _told(session, export, ExportItem.reason)
    files: list[tuple[Path, str]] = []
    query = select(ExportItem.files).where(
        ExportItem.export_id == export.id, ExportItem.files.is_not(None)
    )
    for prepared in session.scalars(query.order_by(ExportItem.id)):
        for path, name in prepared:
            if Path(path).is_file():
                files.append((Path(path), name))
            else:
                errors.append((name, "the file has been removed since"))
    lines = "".join(f"{name}: {why}\n" for name, why in errors)
    texts = [("ERRORS.txt", "These files could not be delivered:\n\n" + lines)] if errors else []
    return archive.build(files, texts)


def sweep(session: Session, core: Core) -> None:
    """Remove downloads that nobody will fetch any more; commits."""
    old = session.scalars(select(Export).where(Export.created_at < now() - KEEP)).all()
    for export in old:
        core.storage.remove_export(export.id)
        session.delete(export)
    session.commit()


def _checked(options: dict[str, Any]) -> dict[str, Any]:
    unknown = set(options) - set(DEFAULTS)
    if unknown:
        raise AppError(f"A download has no option {', '.join(sorted(unknown))}.")
    options = DEFAULTS | options
    if options["layout"] not in LAYOUTS:
        raise AppError(f"The layout is one of {', '.join(LAYOUTS)}.")
    if options["pictures"] not in PICTURES:
        raise AppError(f"The pictures are one of {', '.join(PICTURES)}.")
    told = [options["sidecars"], options["metadata_only"]]
    switches = [options[name] for name in _SWITCHES]
    if {*map(type, told)} != {bool} or not {*map(type, switches)} <= {bool, NoneType}:
        names = "”, “".join(("sidecars", "metadata_only", *_SWITCHES))
        raise AppError(f"“{names}” are true or false.")
    if options["metadata_only"]:  # to be unpacked over the folders that were dropped
        options["layout"] = "folders"
    return options


def _told(
    session: Session, export: Export, what: InstrumentedAttribute[str | None]
) -> list[tuple[str, str]]:
    """Return (names, text) of the items that have something to tell: a reason or a note."""
    query = select(ExportItem.arcnames, what).where(
        ExportItem.export_id == export.id, what.is_not(None)
    )
    return [(", ".join(names), why or "") for names, why in session.execute(query)]
