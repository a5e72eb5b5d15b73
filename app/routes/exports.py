"""Downloads: begun, watched, cancelled, streamed."""

from typing import Any

from flask import Blueprint, Response, url_for

from app.errors import AppError
from app.openapi import Answer, describe
from app.openapi.shapes import exports as shapes
from app.openapi.shapes.values import Changed, Selected
from app.routes.context import body, core, field, reading, selection, writing
from app.services.delivery import exports
from app.services.library import gallery

api = Blueprint("exports_api", __name__, url_prefix="/api/v1")
files = Blueprint("exports", __name__)


@api.post("/exports")
@describe(answers={201: Answer(shapes.NewExportMade, "It has begun.")}, body=shapes.NewExport)
def create() -> Any:
    """Begin a download of a selection."""
    values = body()
    wanted, options = selection(values), field(values, "options", dict, {})
    with writing() as (session, mine):
        ids = gallery.ids(session, mine, wanted)
        everything = "filter" in wanted and not any(wanted["filter"].values())
        export = exports.create(
            session, core(), mine, ids, options, everything=everything and not wanted.get("except")
        )
        return {"id": export.id}, 201


@api.post("/exports/estimate")
@describe(shapes.Estimate, body=Selected)
def estimate() -> Any:
    """Tell how large a download would be."""
    wanted = selection(body())
    with reading() as (session, mine):
        return exports.estimate(session, mine, gallery.ids(session, mine, wanted))


@api.get("/exports/<int:export_id>")
@describe(shapes.Export)
def status(export_id: int) -> Any:
    """Tell how far a download is; with its address once it is ready."""
    with reading() as (session, mine):
        found = exports.status(session, exports.get(session, mine, export_id))
    ready = found["state"] == "ready"
    return found | {"url": url_for("exports.fetch", export_id=export_id) if ready else None}


@api.post("/exports/<int:export_id>/cancel")
@describe(Changed)
def cancel(export_id: int) -> Any:
    """Stop a download."""
    with writing() as (session, mine):
        export = exports.get(session, mine, export_id)
        if export.state not in ("preparing", "ready"):
            raise AppError("This download has ended already.")
        exports.cancel(session, core(), export)
    return {"changed": 1}


@files.get("/exports/<int:export_id>/proofsheet.zip")
@describe(answers={200: Answer(bytes, "The zip.", "application/zip")}, errors=(409,))
def fetch(export_id: int) -> Response:
    """Stream the zip; its length is known, its bytes are never whole in memory."""
    with reading() as (session, mine):
        stream = exports.stream(session, exports.get(session, mine, export_id))
    response = Response(iter(stream), mimetype="application/zip")
    response.content_length = len(stream)
    response.headers["Content-Disposition"] = 'attachment; filename="proofsheet.zip"'
    response.cache_control.no_store = True
    return response
