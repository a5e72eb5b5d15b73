"""The first look at a photo: can it be read, how large, when taken, and its thumbnail.

Runs in a worker, since reading hostile files may take the process down.
"""

import base64
import io
from dataclasses import dataclass
from pathlib import Path
from threading import Semaphore

import cv2
from PIL import Image as PILImage
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import metadata
from app.core import Core
from app.errors import Conflict
from app.models import Library, Photo, Revision, Sidecar, Upload, Version
from app.services import settings
from app.services.authenticity import wanted as verdicts
from app.services.disk import references
from app.services.files import reading, revisions
from app.services.intake import ingest, originals, refusals
from app.services.repairs import wanted
from app.services.work import jobs, leases
from app.services.work.leases import Claim
from app.storage import replacing
from ml.errors import ImageError
from ml.image import Header, Image, Picture

THUMB_SIDE = 512
PREVIEW_SIDE = 1600
PLACEHOLDER_SIDE = 16
DECODING = Semaphore(2)  # of the web server's threads: a large photo takes half a gigabyte


@dataclass(frozen=True)
class _Source:
    """A file to be read: `fresh` is its row where it has come after the photo's current one."""

    library_id: int
    sha256: str
    original: Path
    sidecar: Path | None
    image: str | None
    fresh: int | None = None


@dataclass(frozen=True)
class _Look:
    """What a decoder sees of a file; its thumbnail is made."""

    header: Header
    placeholder: str


def prepare(core: Core, claim: Claim) -> None:
    """Check, describe and thumbnail one photo; a file that cannot be read is refused."""
    source = _source(core, claim)
    if source is None:
        return
    try:
        look = _look(core, source)
    except ImageError as error:
        _refuse(core, claim, source, str(error))
        return
    found = metadata.read(source.original, source.sidecar)
    image = source.image or ingest.image_hash(source.original, source.sha256)
    with core.db.write() as session:
        if not leases.finish(session, claim):
            return
        photo = session.get_one(Photo, claim.photo_id, with_for_update=True)
        photo.state, photo.reason = "ready", None
        if photo.sha256 == source.sha256:
            photo.image_sha256 = photo.image_sha256 or image
            _show(photo, look)
            reading.take(
                session, photo, revisions.current(session, photo), found, _digest(source.sidecar)
            )
        _look_again(session, core, photo, source)
        _done(session, photo, source)
        _analyse(session, photo)
        session.commit()


def read_metadata(core: Core, claim: Claim) -> None:
    """Read a photo's metadata again: a sidecar or another file of the same picture has come."""
    source = _source(core, claim, fresh=True)
    if source is None:
        return
    try:
        look = _look(core, source) if source.fresh else None
    except ImageError as error:
        _drop(core, claim, source, str(error))
        return
    found = metadata.read(source.original, source.sidecar)
    image = source.image or ingest.image_hash(source.original, source.sha256)
    with core.db.write() as session:
        if not leases.finish(session, claim):
            return
        photo = session.get_one(Photo, claim.photo_id, with_for_update=True)
        photo.image_sha256 = photo.image_sha256 or image
        revision = (
            session.get(Revision, source.fresh)
            if source.fresh
            else revisions.current(session, photo)
        )
        if revision is not None and revision.sha256 == source.sha256:
            before = (photo.image_sha256, photo.width, photo.height, photo.orientation)
            reading.take(session, photo, revision, found, _digest(source.sidecar))
            if look is not None:
                _show(photo, look)
                now = (photo.image_sha256, photo.width, photo.height, photo.orientation)
                wanted.other_file(session, photo, picture=before != now)
                if before != now:
                    verdicts.other_picture(session, photo)
                if before != now:
                    photo.networks = {}  # boxes lie elsewhere now
                    _analyse(session, photo)
            _done(session, photo, source)
        _look_again(session, core, photo, source)
        session.commit()


def _look(core: Core, source: _Source) -> _Look:
    """Decode a file and make its thumbnail; ImageError if it cannot be read."""
    picture = Picture.open(source.original, max_pixels=core.config.max_pixels)
    small = thumbnail(core, picture, source.library_id, source.sha256)
    return _Look(picture.header, _placeholder(small))


def thumbnail(core: Core, picture: Picture, library_id: int, digest: str) -> Image:
    """Make the thumbnail of a file; returns its pixels. ImageError if it cannot be read."""
    small = _fit(picture.view(THUMB_SIDE), THUMB_SIDE)
    _save_webp(small, core.storage.derived(library_id, digest, "thumb.webp"), 80)
    return small


def _show(photo: Photo, look: _Look) -> None:
    header = look.header
    photo.format, photo.mime = header.format, header.mime
    photo.width, photo.height = header.width, header.height
    photo.orientation = header.orientation
    photo.placeholder = look.placeholder


def _done(session: Session, photo: Photo, source: _Source) -> None:
    """End the uploads that brought this file."""
    session.execute(
        update(Upload)
        .where(
            Upload.photo_id == photo.id,
            Upload.sha256 == source.sha256,
            Upload.state.in_(["waiting", "refused", "cancelled"]),
        )
        .values(state="done", reason=None)
    )


def _analyse(session: Session, photo: Photo) -> None:
    library = session.get_one(Library, photo.library_id)
    wanted.by_policy(session, library, photo)
    verdicts.by_setting(session, library, photo)
    if settings.values(library)["analyse_on_upload"] and photo.stack_id is None:
        jobs.ask(session, library.id, "analyse", photo_ids=[photo.id], again=not photo.networks)


def _look_again(session: Session, core: Core, photo: Photo, source: _Source) -> None:
    """Read what has come while the photo was being read: a sidecar, another file of it."""
    other = sidecar_of(session, core, photo) != source.sidecar
    if other or revisions.waiting(session, photo) is not None:
        jobs.ask(session, photo.library_id, "metadata", photo_ids=[photo.id], again=True)


def _digest(sidecar: Path | None) -> str | None:
    return sidecar.name if sidecar else None  # the storage names it by its hash


def preview(core: Core, photo: Photo, version: Version | None = None) -> Path:
    """Return the preview of a photo or of a version of it, made at the first call; ImageError if it
    cannot be read.
    """
    shown = version or photo
    target = core.storage.derived(photo.library_id, shown.sha256, "preview.webp")
    if target.exists():
        return target
    file = core.storage.version(photo.library_id, version.sha256) if version else None
    with DECODING:
        if not target.exists():
            picture = Picture.open(file or original(core, photo), max_pixels=core.config.max_pixels)
            _save_webp(_fit(picture.view(PREVIEW_SIDE), PREVIEW_SIDE), target, 82)
    return target


def uncompressed(core: Core, photo: Photo) -> Image:
    """Return what a photo's preview shows (H, W, 3) before it is compressed, which spoils the dark
    parts for whoever brightens them; ImageError if it cannot be read.
    """
    with DECODING:
        picture = Picture.open(original(core, photo), max_pixels=core.config.max_pixels)
        return _fit(picture.view(PREVIEW_SIDE), PREVIEW_SIDE)


def original(core: Core, photo: Photo) -> Path:
    """Return where a photo's original lies: in the storage, or where it was left."""
    if photo.storage == "referenced" and photo.source_path:
        return Path(photo.source_path)
    return core.storage.original(photo.library_id, photo.sha256)


def sidecar_of(session: Session, core: Core, photo: Photo) -> Path | None:
    """Return the sidecar that was dropped beside a photo, if any."""
    digest = session.scalar(
        select(Sidecar.sha256)
        .where(Sidecar.photo_id == photo.id)
        .order_by(Sidecar.changed_at.desc().nulls_last(), Sidecar.id)
        .limit(1)
    )
    return core.storage.sidecar(photo.library_id, digest) if digest else None


def _source(core: Core, claim: Claim, *, fresh: bool = False) -> _Source | None:
    """Return a photo's current file, or (`fresh`) the next one that waits to become current.

    AppError says why a file that lies elsewhere cannot be read.
    """
    with core.db.read() as session:
        photo = session.get(Photo, claim.photo_id)
        if photo is None:
            return None
        waits = revisions.waiting(session, photo) if fresh else None
        path = original(core, photo)
        if waits is not None:
            path = references.file_of(session, core, waits)
        if trouble := references.trouble(session, photo, waits):
            raise Conflict(trouble)
        return _Source(
            photo.library_id,
            waits.sha256 if waits else photo.sha256,
            path,
            sidecar_of(session, core, photo),
            waits.image_sha256 if waits else photo.image_sha256,
            waits.id if waits else None,
        )


def _refuse(core: Core, claim: Claim, source: _Source, reason: str) -> None:
    """Take a file that is no readable photo out again; its upload keeps the reason."""
    with core.db.write() as session:
        if not leases.finish(session, claim):
            return
        refusals.refuse(session, [claim.photo_id], reason)
        photo = session.get_one(Photo, claim.photo_id)
        digests = revisions.digests(session, [photo.id])
        session.delete(photo)
        session.commit()
    originals.remove(core, source.library_id, digests)


def _drop(core: Core, claim: Claim, source: _Source, reason: str) -> None:
    """Take a further file of a photo out again, which cannot be read; the photo stays as it was."""
    with core.db.write() as session:
        if not leases.finish(session, claim):
            return
        refusals.refuse(session, [claim.photo_id], reason, sha256=source.sha256)
        session.execute(delete(Revision).where(Revision.id == source.fresh))
        _look_again(session, core, session.get_one(Photo, claim.photo_id), source)
        session.commit()
    originals.remove(core, source.library_id, [source.sha256])


def _fit(view: Image, side: int) -> Image:
    height, width = view.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return view
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(view, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _save_webp(pixels: Image, target: Path, quality: int) -> None:
    with replacing(target) as temporary:
        PILImage.fromarray(pixels).save(temporary, "WEBP", quality=quality, method=2)


def _placeholder(small: Image) -> str:
    """Return a blurred stand-in of about 100 bytes as a data URI."""
    out = io.BytesIO()
    PILImage.fromarray(_fit(small, PLACEHOLDER_SIDE)).save(out, "WEBP", quality=30)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode()
