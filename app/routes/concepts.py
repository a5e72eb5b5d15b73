"""Own tags: begin and end to teach one, its photos in the order to ask, answers."""

from typing import Any

from flask import Blueprint, request, url_for

from app.errors import AppError
from app.openapi import describe
from app.openapi.shapes import concepts as shapes
from app.openapi.shapes.values import Done
from app.routes import views
from app.routes.context import body, check_ids, core, field, reading, whole, writing
from app.services.tagging import concepts
from app.services.tagging.concepts import Taught
from app.services.work import dispatch

api = Blueprint("concepts_api", __name__, url_prefix="/api/v1")
MOST_AT_ONCE = 500


@api.get("/concepts")
@describe(shapes.Concepts)
def listing() -> Any:
    """List own tags."""
    with reading() as (session, mine):
        return {"concepts": [concept(found) for found in concepts.listing(session, mine)]}


@api.post("/concepts")
@describe(shapes.Begun, body=shapes.Teach)
def teach() -> Any:
    """Begin to teach a tag."""
    name = field(body(), "name", str)
    with writing() as (session, mine):
        action, tag_id = concepts.teach(session, mine, name)
        found = concepts.get(session, mine, tag_id)
        told = {"action": views.action(action) if action else None, "concept": concept(found)}
    dispatch.publish(core())
    return told


@api.get("/concepts/<int:tag_id>")
@describe(shapes.Asked, query=(shapes.PhotosQuery,), errors=(404,))
def questions(tag_id: int) -> Any:
    """Give an own tag, and photos that nobody has answered about it."""
    limit = whole("limit", 60, 1, 200)
    order = request.args.get("order", "certain")
    with reading() as (session, mine):
        found = concepts.get(session, mine, tag_id)
        photos = concepts.questions(session, mine, tag_id, order, limit)
        return {
            "concept": concept(found),
            "photos": [
                views.card(photo)
                | {
                    "preview": url_for("photos.preview", photo_id=photo.id, v=photo.sha256[:8]),
                    "confidence": sure,
                }
                for photo, sure in photos
            ],
        }


@api.post("/concepts/<int:tag_id>")
@describe(shapes.Answered, body=shapes.Answer, errors=(404,))
def answer(tag_id: int) -> Any:
    """Keep a yes or no about photos; the machine learns it in the background."""
    values = body()
    photos, said = field(values, "photos", list), field(values, "answer", str)
    check_ids(photos, "“photos”")
    if len(photos) > MOST_AT_ONCE:
        raise AppError(f"Answer at most {MOST_AT_ONCE} photos at a time.")
    with writing() as (session, mine):
        action = concepts.answer(session, mine, tag_id, photos, said)
        told = {
            "action": views.action(action),
            "concept": concept(concepts.get(session, mine, tag_id)),
        }
    dispatch.publish(core())
    return told


@api.delete("/concepts/<int:tag_id>")
@describe(Done, errors=(404,))
def stop(tag_id: int) -> Any:
    """Stop teaching a tag: its open proposals go, answers stay."""
    with writing() as (session, mine):
        return {"action": views.action(concepts.stop(session, mine, tag_id))}


def concept(found: Taught) -> dict[str, Any]:
    """Return an own tag as JSON."""
    return {
        "id": found.tag.id,
        "name": found.tag.name,
        "yes": found.said.yes,
        "no": found.said.no,
        "wanted": concepts.WANTED,
        "proposed": found.proposed,
        "learning": not found.settled and found.failed is None,
        "failed": found.failed,
        "trained": views.moment(found.concept.trained_at),
    }
