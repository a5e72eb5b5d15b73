"""A face cut out of its photo, for the page of people."""

from pathlib import Path

from PIL import Image as PILImage
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import NotFound
from app.models import Face, Library, Photo
from app.services.intake import preparation
from app.services.repairs import versions
from app.storage import replacing

SIDE = 192  # px
_AROUND = 0.35  # of the face's size, on every side


def crop(session: Session, core: Core, library: Library, photo_id: int, face_id: int) -> Path:
    """Return the picture of a face, made at the first call from the photo's preview; ImageError
    where the photo cannot be read.
    """
    face = session.get(Face, face_id)
    photo = session.get(Photo, photo_id) if face and face.photo_id == photo_id else None
    if face is None or photo is None or photo.library_id != library.id or not photo.width:
        raise NotFound("There is no such face.")
    version, geometry = versions.shown(session, photo), versions.geometry(session, photo)
    shown = version or photo
    target = core.storage.derived(photo.library_id, shown.sha256, name_of(face))
    if target.exists():
        return target
    box = (geometry and geometry.box_in(face.box, repaired=True)) or face.box
    with PILImage.open(preparation.preview(core, photo, version)) as preview:
        scale = preview.width / (shown.width or photo.width)
        x, y, width, height = (value * scale for value in box)
        side = min(max(width, height, 2) * (1 + 2 * _AROUND), *preview.size)
        left, top = (  # moved into the photo: beyond its edge there is nothing to show
            round(min(max(middle - side / 2, 0), whole - side))
            for middle, whole in zip((x + width / 2, y + height / 2), preview.size, strict=True)
        )
        window = preview.convert("RGB").crop((left, top, left + round(side), top + round(side)))
        small = window.resize((SIDE, SIDE), PILImage.Resampling.LANCZOS)
    with replacing(target) as temporary:
        small.save(temporary, "WEBP", quality=80)
    return target


def name_of(face: Face) -> str:
    """Return the name under which the picture of a face is kept beside its photo's others."""
    return "face-" + "-".join(str(round(v)) for v in face.box) + ".webp"
