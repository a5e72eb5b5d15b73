"""Prepares a download's copies, one photo at a time, so that a stopped worker loses one at most."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import metadata
from app.core import Core
from app.metadata.model import MetadataError
from app.models import Export, ExportItem, Library, Photo
from app.services.delivery.edits import Choice, edits_for
from app.services.disk import references
from app.services.files import copies
from app.services.intake import preparation
from app.services.repairs import versions
from app.services.rows import changed
from app.services.work import leases
from app.services.work.leases import Claim

GONE = "the photo or its repair has been taken back meanwhile"


@dataclass(frozen=True)
class _Order:
    """One photo to deliver."""

    item_id: int
    photo_id: int
    trouble: str | None
    arcnames: list[str]
    source: Path
    first: Path | None  # the sidecar that was read
    sidecars: list[tuple[str, Path | None]]  # path in the zip, dropped file; None: as `first`
    edits: metadata.Edits
    unread: metadata.Edits  # of files beside the one whose keywords were read
    how: str  # inside, beside, alone
    repaired: bool  # the picture is a version, not the original


def deliver(core: Core, claim: Claim) -> None:
    """Prepare every copy of a download that is not there yet."""
    with core.db.read() as session:
        export = session.get(Export, claim.export_id)
        if export is None:
            return
        library = session.get_one(Library, export.library_id)
        choice = Choice.of(library, export.options)
        how = _how(export.options)
        waiting = _waiting(session, export.id)
    folder = core.storage.export(export.id)
    for item_id in waiting:
        with core.db.read() as session:
            order = _order(session, core, item_id, choice, how)
        outcome: dict[str, Any] = _prepare(order, folder) if order else {"reason": GONE}
        fresh: list[copies.Copy] = outcome.pop("copies", [])
        with core.db.write() as session:
            item = update(ExportItem).where(ExportItem.id == item_id)
            if changed(session, item.values(**outcome)) and order:
                copies.remember(session, order.photo_id, fresh, repaired=order.repaired)
            else:  # the photo was deleted meanwhile, and its copy goes too
                core.storage.remove_copy(export.id, item_id)
            if not leases.renew(session, claim, core.config.lease_s):
                _clear_cancelled(session, core, export.id)
                return
    with core.db.write() as session:
        if leases.finish(session, claim):
            session.execute(
                update(Export)
                .where(Export.id == export.id, Export.state == "preparing")
                .values(state="ready")
            )
            session.commit()
        else:
            _clear_cancelled(session, core, export.id)


def _waiting(session: Session, export_id: int) -> list[int]:
    query = select(ExportItem.id).where(
        ExportItem.export_id == export_id,
        ExportItem.files.is_(None),
        ExportItem.reason.is_(None),
    )
    return list(session.scalars(query.order_by(ExportItem.id)))


def _clear_cancelled(session: Session, core: Core, export_id: int) -> None:
    """Remove what was prepared for nobody; another worker's copies stay where it took over."""
    session.rollback()
    export = session.get(Export, export_id)
    if export is None or export.state == "cancelled":
        core.storage.remove_export(export_id)


def _how(options: Mapping[str, Any]) -> str:
    """Return where tags go: inside the copies, beside them, or alone."""
    if options.get("metadata_only"):
        return "alone"
    return "beside" if options.get("sidecars") else "inside"


def _order(session: Session, core: Core, item_id: int, choice: Choice, how: str) -> _Order | None:
    item = session.get(ExportItem, item_id)
    photo = session.get(Photo, item.photo_id) if item and item.photo_id else None
    if item is None or photo is None:
        return None
    version = versions.shown(session, photo) if item.repaired else None
    if item.repaired and version is None:
        return None
    moved = versions.geometry(session, photo) if version else None
    edits, unread = edits_for(session, photo, choice, moved)
    first = preparation.sidecar_of(session, core, photo)
    if version is not None and not item.sidecars:  # by itself: what a sidecar said goes into it
        edits, first = (unread if first else edits), None
    beside = [
        (name, core.storage.sidecar(photo.library_id, digest) if digest else None)
        for name, digest in item.sidecars
    ]
    return _Order(
        item_id=item.id,
        photo_id=photo.id,
        trouble=None if version else references.trouble(session, photo),
        repaired=version is not None,
        arcnames=item.arcnames,
        source=versions.file_of(core, version) if version else preparation.original(core, photo),
        first=first,
        sidecars=beside,
        edits=edits,
        unread=unread,
        how=how,
    )


def _prepare(order: _Order, folder: Path) -> dict[str, Any]:
    """Write one copy; returns the item's new values: its files, or why there are none."""
    target = folder / str(order.item_id) / PurePosixPath(order.arcnames[0]).name
    if order.trouble:
        return {"reason": order.trouble}
    if not order.source.is_file():
        what = "repaired version" if order.repaired else "original"
        return {"reason": f"the {what} is missing from the storage"}
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        done = _write(order, target)
        beside, notes = _sidecars(order, target, done)
    except (OSError, ValueError, MetadataError) as error:
        return {"reason": str(error)}
    fresh = copies.written(order.source, done)
    copy = done.files[0]
    if copy == target and done.how != "embedded":  # byte for byte the original: stream that one
        copy.unlink(missing_ok=True)
        copy = order.source
    files = [[str(copy), arcname] for arcname in order.arcnames] if order.how != "alone" else []
    files += [
        [str(written), name]
        for name, dropped in order.sidecars
        if (written := beside.get(dropped or order.first))
    ]
    return {"files": files, "note": "; ".join(notes) or None, "copies": fresh}


def _write(order: _Order, target: Path) -> metadata.Delivered:
    """Write the copy and the sidecar that was read, or that alone beside the original's path."""
    if order.how != "alone":
        embed = order.how == "inside"
        within = order.unread if order.first else None  # the sidecar was read in the file's stead
        return metadata.deliver(
            order.source, target, order.edits, order.first, embed=embed, within=within
        )
    place = target.with_name(target.name + ".xmp")
    done = metadata.deliver_sidecar(order.source, place, order.edits, order.first)
    return replace(done, files=(order.source, *done.files))


def _sidecars(
    order: _Order, target: Path, done: metadata.Delivered
) -> tuple[dict[Path | None, Path], list[str]]:
    """Return what was written for each dropped sidecar, the others of the photo merged too."""
    beside = dict.fromkeys([order.first], *done.files[1:]) if done.files[1:] else {}
    notes = [done.note] if done.note else []
    others = {dropped for _, dropped in order.sidecars if dropped} - {order.first}
    for number, dropped in enumerate(sorted(others)):
        place = target.with_name(f"{target.name}.{number}.xmp")
        more = metadata.deliver_sidecar(order.source, place, order.unread, dropped)
        beside[dropped] = more.files[0]
        notes += [more.note] if more.note else []
    return beside, notes
