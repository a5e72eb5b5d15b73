"""Authenticity: asked for, and corrected."""

from typing import Any

from flask import Blueprint

from app.errors import AppError
from app.openapi import describe
from app.openapi.shapes import authenticity as shapes
from app.openapi.shapes import photos as photo_shapes
from app.openapi.shapes.tags import Answered
from app.routes import views
from app.routes.context import body, core, selection, writing
from app.services.authenticity import verdicts
from app.services.library import gallery

api = Blueprint("authenticity_api", __name__, url_prefix="/api/v1")


@api.post("/authenticity/find")
@describe(photo_shapes.Queued, body=shapes.Look)
def find() -> Any:
    """Look whether the photos of a selection are photographs."""
    wanted = selection(body())
    with writing() as (session, mine):
        ids = gallery.ids(session, mine, wanted)
        return {"queued": verdicts.ask(session, core(), mine, ids)}


@api.post("/photos/<int:photo_id>/authenticity")
@describe(Answered, body=shapes.Said)
def say(photo_id: int) -> Any:
    """Correct a verdict, or take the correction back."""
    outcome = body().get("outcome")
    if outcome is not None and not isinstance(outcome, str):
        raise AppError("“outcome” is a name, or null.")
    with writing() as (session, mine):
        photo = gallery.get(session, mine, photo_id)
        action = verdicts.say(session, mine, photo.id, outcome)
        return {"action": views.action(action), "photo": views.detail(session, photo)}
