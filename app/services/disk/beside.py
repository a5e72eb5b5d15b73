"""Sidecars beside originals that lie on the server's disk: written only when somebody asks.

The original itself is never opened for writing. A sidecar of another program is merged with, and
left alone where it changes meanwhile.
"""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import metadata
from app.core import Core
from app.errors import Conflict
from app.metadata import Edits, MetadataError
from app.models import Library, Photo, Reference
from app.services import settings
from app.services.delivery.edits import Choice, edits_for
from app.services.disk import folders, references
from app.services.files import copies, stacks
from app.services.intake import ingest, sidecars
from app.services.rows import batches
from app.services.work import dispatch, jobs, leases
from app.services.work.leases import Claim
from app.storage import replacing, sha256_of, sync_folder


@dataclass(frozen=True)
class _Order:
    photo_id: int
    library_id: int
    original: Path
    name: str  # of a sidecar that is not there yet
    edits: Edits


def count(session: Session, library: Library, photo_ids: Sequence[int]) -> dict[str, int]:
    """Tell how many of these photos lie in place, and so would get a sidecar, and how many not."""
    found, files = 0, stacks.whole(session, photo_ids)
    for ids in batches(files):
        query = select(func.count(func.distinct(Reference.photo_id))).where(
            Reference.library_id == library.id, Reference.photo_id.in_(ids)
        )
        found += session.scalar(query) or 0
    return {"photos": found, "others": len(files) - found}


def ask(session: Session, core: Core, library: Library, photo_ids: Sequence[int]) -> int:
    """Queue the sidecars of those of these photos that lie in place; commits. Returns how many."""
    queued = 0
    for ids in batches(stacks.whole(session, photo_ids)):
        query = select(Reference.photo_id).where(
            Reference.library_id == library.id, Reference.photo_id.in_(ids)
        )
        lying = sorted(set(session.scalars(query)))
        queued += jobs.ask(session, library.id, "beside", photo_ids=lying, again=True)
    session.commit()
    dispatch.publish(core)
    return queued


def write(core: Core, claim: Claim) -> None:
    """Write one photo's sidecar beside each of its originals on the disk; Conflict says why not."""
    with core.db.read() as session:
        photo = session.get(Photo, claim.photo_id)
        if photo is None:
            return
        orders = _orders(session, photo)
    for order in orders:
        _write(core, order)
    with core.db.write() as session:
        if leases.finish(session, claim):
            session.commit()


def _orders(session: Session, photo: Photo) -> list[_Order]:
    library = session.get_one(Library, photo.library_id)
    choice = Choice.of(library, {})
    # What a file says of private people stays on its own disk: nothing leaves the house.
    choice = replace(choice, names=replace(choice.names, leaving=False))
    edits, others = edits_for(session, photo, choice)
    stem = settings.values(library)["sidecar_name"] in ("stem", "came_stem")
    orders = []
    for reference in session.scalars(select(Reference).where(Reference.photo_id == photo.id)):
        if found := references.state(reference):
            raise Conflict(references.in_words(reference, found))
        path = Path(reference.path)
        name = f"{path.stem if stem else path.name}.xmp"
        wanted = edits if reference.sha256 == photo.sha256 else others
        orders.append(_Order(photo.id, photo.library_id, path, name, wanted))
    if not orders:
        raise Conflict(f"{photo.name} does not lie on the server's disk. Download its sidecar.")
    return orders


def _write(core: Core, order: _Order) -> None:
    folder, original = order.original.parent, order.original
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Conflict(f"{folder} is read-only for the server. No sidecar was written.")
    foreign = _there(original)
    before = foreign.read_bytes() if foreign else None
    draft = core.storage.draft(f"{order.photo_id}-{secrets.token_hex(4)}.xmp")
    try:
        done = metadata.deliver_sidecar(original, draft, order.edits, foreign)
        if not draft.exists() or draft.read_bytes() == before:
            return
        target = foreign or folder / order.name
        _put(draft.read_bytes(), target, before)
        _remember(core, order, target, done)
    except (OSError, ValueError, MetadataError) as error:
        raise Conflict(f"{original.name}: no sidecar was written ({error}).") from None
    finally:
        draft.unlink(missing_ok=True)


def _there(original: Path) -> Path | None:
    """Return the sidecar that lies beside an original: IMG.CR3.xmp before IMG.xmp."""
    names = {f"{original.name}.xmp".casefold(): 0, f"{original.stem}.xmp".casefold(): 1}
    found = [path for path in original.parent.iterdir() if path.name.casefold() in names]
    files = [path for path in found if path.is_file() and not path.is_symlink()]
    return min(files, key=lambda path: (names[path.name.casefold()], path.name), default=None)


def _put(data: bytes, target: Path, before: bytes | None) -> None:
    """Give a sidecar its place at once or not at all; OSError where another one has come there."""
    temporary = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if before is None:
            _link(temporary, target)
        elif target.read_bytes() == before:
            temporary.replace(target)
        else:
            raise OSError("another program has just changed the sidecar")
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _link(temporary: Path, target: Path) -> None:
    """Give a file a second name; FileExistsError where there is one by now."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        with target.open("xb") as file:
            file.write(temporary.read_bytes())
            os.fsync(file.fileno())


def _remember(core: Core, order: _Order, target: Path, done: metadata.Delivered) -> None:
    """Know the sidecar again when it is read, and that it says nothing new."""
    digest = sha256_of(target)
    place = core.storage.sidecar(order.library_id, digest)
    if not place.exists():
        with replacing(place) as temporary:
            temporary.write_bytes(target.read_bytes())
    said = copies.written(order.original, metadata.Delivered((order.original, target), done.how))
    folder, name = folders.place(core.config, target)
    with core.db.write() as session:
        ingest.lock(session, order.library_id)
        copies.remember(session, order.photo_id, said[-1:])
        sidecars.keep_file(session, order.library_id, folder, name, digest)
        session.commit()
