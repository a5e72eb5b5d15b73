"""Damage that is marked by hand: begun, painted, looked at."""

import base64
from typing import Any

from flask import Blueprint, Response

from app.errors import NotFound
from app.openapi import Answer, describe
from app.openapi.shapes import marks as shapes
from app.openapi.shapes.tags import Answered
from app.routes import repair_views, views
from app.routes.context import body, core, field, reading, writing
from app.services.intake import preparation
from app.services.library import gallery
from app.services.repairs import answers, masks, pictures
from ml.errors import ImageError
from ml.marks import limits

api = Blueprint("marks_api", __name__, url_prefix="/api/v1")


@api.post("/photos/<int:photo_id>/marks")
@describe(shapes.Begun, body=shapes.Begin)
def begin(photo_id: int) -> Any:
    """Begin to mark damage of a kind on a photo, or go on."""
    kind = field(body(), "kind", str)
    with writing() as (session, mine):
        row = masks.begin(session, mine, photo_id, kind)
        return {"repair": repair_views.repair(row), "sought": kind in limits.sought()}


@api.post("/repairs/<int:repair_id>/mask")
@describe(Answered, body=shapes.Painted)
def paint(repair_id: int) -> Any:
    """Keep a painted mask; a version is made when it is asked for."""
    mask = field(body(), "mask", str)
    with writing() as (session, mine):
        photo_id = answers.get(session, mine, repair_id).photo_id
        action = masks.paint(session, mine, repair_id, mask)
        photo = gallery.get(session, mine, photo_id)
        return {"action": views.action(action), "photo": views.detail(session, photo)}


@api.post("/photos/<int:photo_id>/version")
@describe(shapes.Making)
def version(photo_id: int) -> Any:
    """Have a photo's version made as what is accepted says."""
    with writing() as (session, mine):
        photo = gallery.get(session, mine, photo_id)
        answers.make(session, core(), mine, photo.id)
        return {"photo": views.detail(session, photo)}


@api.get("/repairs/<int:repair_id>/mask")
@describe(answers={200: Answer(bytes, "The mask, white where there is damage.", "image/png")})
def mask(repair_id: int) -> Response:
    """Send a repair's mask."""
    with reading() as (session, mine):
        told = masks.of_repair(session, mine, repair_id)
    return Response(base64.b64decode(told), mimetype="image/png")


@api.get("/photos/<int:photo_id>/marks/<kind>")
@describe(shapes.Found, errors=(429,))
def found(photo_id: int, kind: str) -> Any:
    """Look for damage of a kind, for a person to correct; keeps nothing."""
    with reading() as (session, mine):
        photo = gallery.get(session, mine, photo_id)
    if photo.state != "ready":
        raise NotFound("The picture is still being made.")
    try:
        preview = pictures.pixels(preparation.preview(core(), photo))
    except ImageError as error:
        raise NotFound(f"{photo.name}: {error}") from None
    return {"mask": pictures.marks(preview, kind)}
