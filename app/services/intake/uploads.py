"""Uploads: bytes come in pieces, the last piece makes a photo; a known file adds only its path."""

import fcntl
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import Conflict, NoRoom, NotFound, TooLarge
from app.models import Library, Photo, Upload, now
from app.services.files import revisions, stacks
from app.services.intake import ingest, originals, paths, sidecars
from app.storage import sha256_of

SPARE = 100 * 2**20  # bytes left free: the database and the thumbnails need room too
KEEP_UNFINISHED = timedelta(days=7)
KEEP_ENDED = timedelta(days=30)  # how long one can look up what became of a file


@dataclass(frozen=True)
class Offer:
    """A file that the page would send: `sha256` as hex, `size` in bytes."""

    path: str
    size: int
    sha256: str


def create(
    session: Session,
    core: Core,
    library: Library,
    *,
    path: str,
    size: int,
    drop: str = "",
    sha256: str | None = None,
    modified: datetime | None = None,
) -> Upload:
    """Begin an upload of `size` bytes; TooLarge over the limit, NoRoom when the disk is too full.

    The same file of the same drop begins the upload anew that was made for it: the page asks a
    second time when the first answer was lost on the way.
    """
    if size > core.config.max_file_mb * 2**20:
        raise TooLarge(
            f"{path} has {size / 2**20:,.0f} MB; files over {core.config.max_file_mb:,} MB "
            "are not taken (setting PROOFSHEET_MAX_FILE_MB)."
        )
    if core.storage.free() < size + SPARE:
        raise NoRoom
    same = {
        "library_id": library.id,
        "drop": drop[:64],
        "path": paths.join(*paths.split(path)),
        "size": size,
        "sha256": sha256,
    }
    if drop and sha256:
        query = select(Upload).filter_by(**same, state="receiving")
        for upload in session.scalars(query):
            if _emptied(core.storage.part(upload.id), size):
                return upload
    upload = Upload(id=uuid.uuid4().hex, modified=modified, **same)
    core.storage.part(upload.id).touch(mode=0o600)
    session.add(upload)
    session.commit()
    return upload


def _emptied(part: Path, size: int) -> bool:
    """Throw away the part of a file that has arrived.

    False where a request is still writing, or where all of it is here: then it is about to become
    an original, which may be the same file on the disk already.
    """
    try:
        with part.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if file.seek(0, os.SEEK_END) >= size:
                return False
            file.truncate(0)
    except (FileNotFoundError, BlockingIOError):
        return False
    return True


def get(session: Session, library_id: int, upload_id: str) -> Upload:
    """Find an upload of this library; NotFound otherwise."""
    upload = session.get(Upload, upload_id)
    if upload is None or upload.library_id != library_id:
        raise NotFound("This upload is not known here. Start it again.")
    return upload


def offset(core: Core, upload: Upload) -> int:
    """Return how many bytes have arrived: the file on disk is the truth."""
    if upload.state != "receiving":
        return upload.size
    part = core.storage.part(upload.id)
    return part.stat().st_size if part.exists() else 0


def complete(core: Core, upload: Upload) -> Upload:
    """Take a wholly received file into the library; safe to repeat after a crash.

    The bytes are hashed and put in their place before the database is locked.
    """
    if upload.state != "receiving":
        return upload
    part = core.storage.part(upload.id)
    if not part.exists() or part.stat().st_size != upload.size:
        raise Conflict("The file is not complete yet.")
    digest = sha256_of(part)
    _, name = paths.split(upload.path)
    beside = name.lower().endswith(".xmp")
    refusal = _refusal(upload, name, digest)
    if refusal is None:
        refusal = ingest.place(core, upload.library_id, part, digest, name)
    image = "" if beside or refusal else ingest.image_hash(part, digest)
    with core.db.write() as session:
        ingest.lock(session, upload.library_id)
        upload = session.get_one(Upload, upload.id)
        if upload.state != "receiving":
            return upload
        upload.sha256 = digest
        if refusal is not None:
            upload.state, upload.reason = "refused", refusal
        elif beside:
            sidecars.keep(session, core, upload)
        else:
            ingest.keep_photo(session, core, upload, image)
        session.commit()
    if upload.state == "duplicate":  # a delivered copy is known, and its bytes are not kept
        originals.remove(core, upload.library_id, [digest])
    part.unlink(missing_ok=True)
    return upload


def cancel(session: Session, core: Core, upload: Upload) -> None:
    """End an upload and remove what has arrived; one that is complete stays."""
    if upload.state == "receiving":
        upload.state = "cancelled"
        session.commit()
        core.storage.part(upload.id).unlink(missing_ok=True)


def check(session: Session, library: Library, offers: Iterable[Offer]) -> list[int | None]:
    """Tell which files are here already (photo id, or None), and add their paths to the photos."""
    offers = list(offers)
    known = revisions.known(session, library.id, (offer.sha256 for offer in offers))
    answers: list[int | None] = []
    for offer in offers:
        revision = known.get(offer.sha256)
        photo = session.get(Photo, revision.photo_id) if revision else None
        fits = revision is not None and revision.size == offer.size
        if photo is None or not fits or offer.path.endswith(".xmp") or ingest.lost(session, photo):
            answers.append(None)
            continue
        folder, name = paths.split(offer.path)
        ingest.add_location(session, photo, folder, name)
        stacks.back(session, photo)
        answers.append(photo.id)
    session.commit()
    return answers


def listing(
    session: Session, library_id: int, drop: str | None, state: str | None, limit: int = 5000
) -> list[Upload]:
    """List uploads, the newest first."""
    query = select(Upload).where(Upload.library_id == library_id)
    if drop:
        query = query.where(Upload.drop == drop)
    if state:
        query = query.where(Upload.state == state)
    return list(session.scalars(query.order_by(Upload.created_at.desc()).limit(limit)))


def counts(session: Session, library_id: int) -> dict[str, int]:
    """Count uploads by state."""
    query = (
        select(Upload.state, func.count())
        .where(Upload.library_id == library_id)
        .group_by(Upload.state)
    )
    return {state: n for state, n in session.execute(query)}  # noqa: C416 (typed)


def sweep(session: Session, core: Core) -> None:
    """Finish uploads whose last step a crash cut off; remove those nobody came back for.

    Rows of those that ended long ago are removed too.
    """
    whole = []
    under_way = Upload.state.in_(["receiving", "waiting"])
    session.execute(delete(Upload).where(~under_way, Upload.created_at < now() - KEEP_ENDED))
    for upload in session.scalars(select(Upload).where(Upload.state == "receiving")).all():
        part = core.storage.part(upload.id)
        size = part.stat().st_size if part.exists() else -1
        if size == upload.size and part.stat().st_mtime < now().timestamp() - 10:
            whole.append(upload)
        elif upload.created_at < now() - KEEP_UNFINISHED:
            cancel(session, core, upload)
    session.commit()
    for upload in whole:
        complete(core, upload)


def _refusal(upload: Upload, name: str, digest: str) -> str | None:
    if upload.size == 0:
        return f"{name} is empty. Copy it again from the card."
    if upload.sha256 and upload.sha256 != digest:
        return f"{name} changed or was damaged on the way. Drop it again."
    return None
