"""The first look at a photo: can it be read, how large, when taken, and its thumbnail.

Runs in a worker, since reading hostile files may take the process down.
"""

import base64
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Semaphore
from typing import Any

import cv2
from PIL import Image as PILImage
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import metadata
from app.core import Core
from app.models import Library, Photo, Sidecar, Upload
from app.services import jobs, keywords, leases, originals, paths, refusals, settings
from app.services.leases import Claim
from app.storage import replacing
from ml.errors import ImageError
from ml.image import Image, Picture

THUMB_SIDE = 512
PREVIEW_SIDE = 1600
PLACEHOLDER_SIDE = 16
_DECODING = Semaphore(2)  # of the web server's threads: a large photo takes half a gigabyte


@dataclass(frozen=True)
class _Source:
    library_id: int
    sha256: str
    original: Path
    sidecar: Path | None


def prepare(core: Core, claim: Claim) -> None:
    """Check, describe and thumbnail one photo; a file that cannot be read is refused."""
    source = _source(core, claim)
    if source is None:
        return
    try:
        picture = Picture.open(source.original, max_pixels=core.config.max_pixels)
        view = picture.view(THUMB_SIDE)
    except ImageError as error:
        _refuse(core, claim, source, str(error))
        return
    small = _fit(view, THUMB_SIDE)
    _save_webp(small, core.storage.derived(source.library_id, source.sha256, "thumb.webp"), 80)
    found = metadata.read(source.original, source.sidecar)
    header = picture.header
    with core.db.write() as session:
        if not leases.finish(session, claim):
            return
        photo = session.get_one(Photo, claim.photo_id, with_for_update=True)
        photo.state, photo.reason = "ready", None
        photo.format, photo.mime = header.format, header.mime
        photo.width, photo.height = header.width, header.height
        photo.orientation = header.orientation
        photo.placeholder = _placeholder(small)
        _describe(session, photo, found)
        _look_again(session, core, photo, source)
        session.execute(
            update(Upload)
            .where(Upload.photo_id == photo.id, Upload.state.in_(["waiting", "refused"]))
            .values(state="done", reason=None)
        )
        library = session.get_one(Library, photo.library_id)
        if settings.values(library)["analyse_on_upload"]:
            jobs.ask(session, library.id, "analyse", photo_ids=[photo.id])
        session.commit()


def read_metadata(core: Core, claim: Claim) -> None:
    """Read a photo's metadata again, such as when a sidecar came later."""
    source = _source(core, claim)
    if source is None:
        return
    found = metadata.read(source.original, source.sidecar)
    with core.db.write() as session:
        if leases.finish(session, claim):
            photo = session.get_one(Photo, claim.photo_id, with_for_update=True)
            _describe(session, photo, found)
            _look_again(session, core, photo, source)
            session.commit()


def _look_again(session: Session, core: Core, photo: Photo, source: _Source) -> None:
    """Read a sidecar that has come while the photo was being read."""
    if sidecar_of(session, core, photo) != source.sidecar:
        jobs.ask(session, photo.library_id, "metadata", photo_ids=[photo.id], again=True)


def preview(core: Core, photo: Photo) -> Path:
    """Return the photo's preview, made at the first call; ImageError if it cannot be read."""
    target = core.storage.derived(photo.library_id, photo.sha256, "preview.webp")
    if target.exists():
        return target
    with _DECODING:
        if not target.exists():
            picture = Picture.open(original(core, photo), max_pixels=core.config.max_pixels)
            _save_webp(_fit(picture.view(PREVIEW_SIDE), PREVIEW_SIDE), target, 82)
    return target


def original(core: Core, photo: Photo) -> Path:
    """Return where a photo's original lies: in the storage, or where it was left."""
    if photo.storage == "referenced" and photo.source_path:
        return Path(photo.source_path)
    return core.storage.original(photo.library_id, photo.sha256)


def sidecar_of(session: Session, core: Core, photo: Photo) -> Path | None:
    """Return the sidecar that was dropped beside a photo, if any."""
    digest = session.scalar(
        select(Sidecar.sha256).where(Sidecar.photo_id == photo.id).order_by(Sidecar.id).limit(1)
    )
    return core.storage.sidecar(photo.library_id, digest) if digest else None


def _source(core: Core, claim: Claim) -> _Source | None:
    with core.db.read() as session:
        photo = session.get(Photo, claim.photo_id)
        if photo is None:
            return None
        return _Source(
            photo.library_id,
            photo.sha256,
            original(core, photo),
            sidecar_of(session, core, photo),
        )


def _refuse(core: Core, claim: Claim, source: _Source, reason: str) -> None:
    """Take a file that is no readable photo out again; its upload keeps the reason."""
    with core.db.write() as session:
        if not leases.finish(session, claim):
            return
        refusals.refuse(session, [claim.photo_id], reason)
        photo = session.get_one(Photo, claim.photo_id)
        session.delete(photo)
        session.commit()
    originals.remove(core, source.library_id, [source.sha256])


def _describe(session: Session, photo: Photo, found: metadata.Metadata) -> None:
    photo.metadata_ = _json(found)
    photo.taken_at = found.taken_at.replace(tzinfo=None) if found.taken_at else None
    if photo.taken_at:
        photo.sort_at = photo.taken_at
        photo.day = photo.taken_at.date().isoformat()
    photo.sort_name = paths.natural(photo.name)
    keywords.take_from_file(session, photo, found.keywords)


def _json(found: metadata.Metadata) -> dict[str, Any]:
    return {
        "summary": [list(pair) for pair in found.summary],
        "rating": found.rating,
        "label": found.label,
        "gps": list(found.gps) if found.gps else None,
        "people": list(found.people),
        "problems": list(found.problems),
        "taken": found.taken_at.isoformat() if isinstance(found.taken_at, datetime) else None,
    }


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
