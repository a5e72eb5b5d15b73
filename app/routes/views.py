"""How rows look to the page: the JSON objects of docs/architecture.md."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.models import Action, Face, Job, Location, Photo, PhotoTag, Revision, Tag, Upload
from app.routes import repair_views
from app.services.authenticity import verdicts
from app.services.disk import references
from app.services.files import revisions, stacks
from app.services.intake import paths
from app.services.people import face_lists
from app.services.repairs import versions
from app.services.tagging import tags
from app.services.tagging.review import Question
from ml.faces.quality import POOR
from ml.repair.recipe import Geometry


def moment(value: datetime | None) -> str | None:
    """Return a moment as ISO 8601."""
    return value.isoformat() if value else None


def cards(session: Session, photos: Sequence[Photo]) -> list[dict[str, Any]]:
    """Return photos as the grid shows them, with the sizes of their stacks."""
    below = stacks.members(session, [photo.id for photo in photos])
    sizes = versions.sizes(session, photos)
    return [
        card(photo, stack=len(below.get(photo.id, ()))) | _sized(sizes.get(photo.id))
        for photo in photos
    ]


def _sized(size: tuple[int, int] | None) -> dict[str, int]:
    """The size of the version that is shown, if one is."""
    return {"w": size[0], "h": size[1]} if size else {}


def stamp(photo: Photo) -> str:
    """Return what changes with the picture that is shown, for addresses."""
    return photo.sha256[:8] + (f".{photo.version_id}" if photo.version_id else "")


def card(photo: Photo, folder: str = "", stack: int = 0) -> dict[str, Any]:
    """Return a photo as the grid shows it."""
    made = photo.state == "ready"
    return {
        "id": photo.id,
        "name": photo.name,
        "folder": folder,
        "w": photo.width or 3,
        "h": photo.height or 2,
        "thumb": url_for("photos.thumb", photo_id=photo.id, v=stamp(photo)) if made else None,
        "placeholder": photo.placeholder,
        "state": _state(photo),
        "taken": moment(photo.taken_at),
        "day": photo.day,
        "to_review": photo.to_review,
        "people": photo.face_count,
        "stack": stack,
        "reason": photo.reason,
    }


def detail(session: Session, photo: Photo) -> dict[str, Any]:
    """Return everything known about a photo."""
    places = session.query(Location).filter_by(photo_id=photo.id).order_by(Location.id).all()
    work = session.query(Job).filter_by(photo_id=photo.id).order_by(Job.id).all()
    stacked = stacks.files(session, photo)
    shown, geometry = versions.shown(session, photo), versions.geometry(session, photo)
    size = _sized((shown.width, shown.height) if shown else None)
    return (
        card(photo, places[0].folder if places else "", len(stacked))
        | size
        | {
            "tags": [
                tag_on_photo(row, tag) | {"boxes": [placed(box, geometry) for box in row.boxes]}
                for row, tag in tags.of_photo(session, photo.stack_id or photo.id)
            ],
            "faces": [
                face(row, photo, name) | {"score": row.score, "box": placed(row.box, geometry)}
                for row, name in face_lists.of_photo(session, photo.id)
            ],
            "locations": [paths.join(place.folder, place.name) for place in places],
            "metadata": photo.metadata_.get("summary", []),
            "problems": photo.metadata_.get("problems", []),
            "preview": url_for("photos.preview", photo_id=photo.id, v=stamp(photo)),
            "original": url_for("photos.original", photo_id=photo.id, v=photo.sha256[:8]),
            "size": photo.size,
            "format": photo.format,
            "mime": photo.mime,
            "jobs": [job(row, photo.name) for row in work],
            "edited": moment(photo.edited_at),
            "files": [_file(photo, row) for row in revisions.of_photo(session, photo.id)],
            "source": photo.source_path,
            "trouble": references.trouble(session, photo),
            "stacked": [_stacked(row) for row in stacked],
            "authenticity": verdicts.of_photo(session, photo.id),
            "stackable": not stacked and len(stacks.group_of(session, photo)) > 1,
        }
        | repair_views.of_photo(session, photo)
    )


def placed(box: Sequence[float], geometry: Geometry | None) -> list[float]:
    """Return a box of a photo, with whatever follows it, as it lies in the picture shown."""
    moved = geometry.box_in(box[:4], repaired=True) if geometry else None
    return [*(moved or box[:4]), *box[4:]]


def _stacked(photo: Photo) -> dict[str, Any]:
    return {
        "id": photo.id,
        "name": photo.name,
        "format": photo.format,
        "size": photo.size,
        "original": url_for("photos.original", photo_id=photo.id, v=photo.sha256[:8]),
    }


def _file(photo: Photo, row: Revision) -> dict[str, Any]:
    return {
        "sha256": row.sha256,
        "size": row.size,
        "kept": row.kept,
        "added": moment(row.added_at),
        "current": row.sha256 == photo.sha256,
    }


def face(row: Face, photo: Photo, name: str | None) -> dict[str, Any]:
    """Return a face with what is said of it."""
    version = stamp(photo) + "".join(f"{round(v):x}" for v in row.box)
    return {
        "id": row.id,
        "box": row.box,
        "crop": url_for("photos.crop", photo_id=photo.id, face_id=row.id, v=version),
        "quality": row.quality,
        "poor": row.embedding is None or row.quality < POOR,
        "person": row.person_id,
        "name": name,
        "state": row.state,
        "source": row.source,
        "confidence": row.confidence,
    }


def tag_on_photo(row: PhotoTag, tag: Tag) -> dict[str, Any]:
    """Return what is said about a tag on a photo."""
    return {
        "id": tag.id,
        "name": tag.name,
        "kind": tag.kind,
        "source": row.source,
        "state": row.state,
        "confidence": row.confidence,
        "boxes": row.boxes,
        "network": row.network,
        "in_file": row.in_file,
    }


def question(session: Session, found: Question) -> dict[str, Any]:
    """Return a proposal for the review page, its boxes where they lie in the picture shown."""
    photo = found.photo
    shown, geometry = versions.shown(session, photo), versions.geometry(session, photo)
    size = _sized((shown.width, shown.height) if shown else None)
    return {
        "photo": card(photo)
        | size
        | {
            "preview": url_for("photos.preview", photo_id=photo.id, v=stamp(photo)),
            "width": photo.width,
            "height": photo.height,
        },
        "tag": tag_on_photo(found.proposal, found.tag),
        "confidence": found.proposal.confidence,
        "boxes": [placed(box, geometry) for box in found.proposal.boxes],
    }


def action(row: Action) -> dict[str, Any]:
    """Return a change that can be undone."""
    return {
        "id": row.id,
        "label": row.label,
        "at": moment(row.created_at),
        "undone": row.undone_at is not None,
    }


def job(row: Job, name: str | None) -> dict[str, Any]:
    """Return a job for the page of jobs."""
    return {
        "id": row.id,
        "photo": row.photo_id,
        "name": name,
        "kind": row.kind,
        "state": row.state,
        "attempt": row.attempt,
        "reason": row.reason,
        "at": moment(row.finished_at or row.started_at or row.created_at),
    }


def upload(row: Upload, offset: int) -> dict[str, Any]:
    """Return an upload with how much of it is here."""
    return {
        "id": row.id,
        "path": row.path,
        "size": row.size,
        "offset": offset,
        "state": row.state,
        "reason": row.reason,
        "photo": row.photo_id,
    }


def _state(photo: Photo) -> str:
    if photo.trashed_at is not None:
        return "trash"
    if photo.state == "failed":
        return "failed"
    if photo.state == "new" or photo.analysed_at is None:
        return "new"
    return "review" if photo.to_review else "tagged"
