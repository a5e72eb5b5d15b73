"""Prepares a download's copies, one photo at a time, so that a stopped worker loses one at most."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import metadata
from app.core import Core
from app.metadata.model import MetadataError
from app.models import Export, ExportItem, Library, Photo, PhotoTag, Tag
from app.services import keywords, leases, preparation, settings, tags
from app.services.leases import Claim
from ml import tagging

NEVER = 1.1  # above every confidence


@dataclass(frozen=True)
class _Order:
    """One photo to deliver."""

    item_id: int
    arcnames: list[str]
    source: Path
    sidecar: Path | None
    edits: metadata.Edits
    embed: bool


def deliver(core: Core, claim: Claim) -> None:
    """Prepare every copy of a download that is not there yet."""
    with core.db.read() as session:
        export = session.get(Export, claim.export_id)
        if export is None:
            return
        library = session.get_one(Library, export.library_id)
        gate = _gate(library, export.options)
        embed = not export.options.get("sidecars")
        waiting = list(
            session.scalars(
                select(ExportItem.id)
                .where(
                    ExportItem.export_id == export.id,
                    ExportItem.files.is_(None),
                    ExportItem.reason.is_(None),
                )
                .order_by(ExportItem.id)
            )
        )
    folder = core.storage.export(export.id)
    for item_id in waiting:
        with core.db.read() as session:
            order = _order(session, core, item_id, gate, embed=embed)
        outcome = _prepare(order, folder) if order else {"reason": "the photo has been deleted"}
        with core.db.write() as session:
            session.execute(update(ExportItem).where(ExportItem.id == item_id).values(**outcome))
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


def _clear_cancelled(session: Session, core: Core, export_id: int) -> None:
    """Remove what was prepared for nobody; another worker's copies stay where it took over."""
    session.rollback()
    export = session.get(Export, export_id)
    if export is None or export.state == "cancelled":
        core.storage.remove_export(export_id)


def edits_for(session: Session, photo: Photo, gate: Mapping[str, float] | None) -> metadata.Edits:
    """Return what the tags of a photo, or of its stack, say about its copy.

    Confirmed tags are written; unreviewed ones from the confidence that `gate` has for them (None:
    not at all); rejected ones are taken out where the file brought them.
    """
    said = tags.of_photo(session, photo.stack_id or photo.id)
    words = tags.words_of(session, [tag.id for row, tag in said if tags.is_open(row)])

    def sure(row: PhotoTag, tag: Tag) -> bool:
        if gate is None:
            return False
        least = max((gate.get(word, NEVER) for word in words.get(tag.id, [])), default=NEVER)
        return (row.confidence or 0) >= least

    writing = keywords.writing_of(session, photo.library_id)
    return keywords.edits(said, keywords.of_file(photo), writing, sure)


def _gate(library: Library, options: Mapping[str, Any]) -> Mapping[str, float] | None:
    chosen = settings.values(library)
    wanted = options.get("unreviewed")
    write = chosen["write_unreviewed"] if wanted is None else wanted
    return tagging.thresholds(chosen["precision"]) if write else None


def _order(
    session: Session, core: Core, item_id: int, gate: Mapping[str, float] | None, *, embed: bool
) -> _Order | None:
    item = session.get(ExportItem, item_id)
    photo = session.get(Photo, item.photo_id) if item else None
    if item is None or photo is None:
        return None
    return _Order(
        item.id,
        item.arcnames,
        preparation.original(core, photo),
        preparation.sidecar_of(session, core, photo),
        edits_for(session, photo, gate),
        embed,
    )


def _prepare(order: _Order, folder: Path) -> dict[str, Any]:
    """Write one copy; returns the item's new values: its files, or why there are none."""
    first = PurePosixPath(order.arcnames[0])
    target = folder / str(order.item_id) / first.name
    if not order.source.is_file():
        return {"reason": "the original is missing from the storage"}
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        delivered = metadata.deliver(
            order.source, target, order.edits, order.sidecar, embed=order.embed
        )
    except (OSError, ValueError, MetadataError) as error:
        return {"reason": str(error)}
    copy, *beside = delivered.files
    if delivered.how != "embedded":  # byte for byte the original: stream that one
        copy.unlink(missing_ok=True)
        copy = order.source
    files = []
    for arcname in order.arcnames:
        files.append([str(copy), arcname])
        files += [[str(extra), arcname + extra.name.removeprefix(target.name)] for extra in beside]
    return {"files": files, "note": delivered.note or None}
