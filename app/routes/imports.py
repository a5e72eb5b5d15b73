"""Imports of folders on the server's disk, and sidecars beside the originals there."""

from typing import Any

from flask import Blueprint, request

from app.openapi import Answer, describe
from app.openapi.shapes import imports as shapes
from app.openapi.shapes.photos import Queued
from app.openapi.shapes.values import Changed, Selected
from app.routes import identity
from app.routes.context import body, core, field, reading, selection, writing
from app.services.disk import beside, folders, imports
from app.services.library import gallery

api = Blueprint("imports_api", __name__, url_prefix="/api/v1")
sidecars = Blueprint("beside_api", __name__, url_prefix="/api/v1")


@api.app_context_processor
def _words() -> dict[str, Any]:
    """Tell pages whether to offer folders of the server's disk."""
    seen = identity.seen()
    owner = seen is not None and seen.is_owner
    return {"may_import": owner and bool(core().config.import_roots)}


@api.get("/imports/folders")
@describe(shapes.Folder, query=(shapes.FolderQuery,), errors=(404,))
def listing() -> Any:
    """List the folders in a folder from which may be imported."""
    found = folders.listing(core().config, request.args.get("path", ""))
    return {
        "path": found.path,
        "parent": found.parent,
        "folders": [{"name": name, "path": path} for name, path in found.folders],
        "photos": found.photos,
        "more": found.more,
    }


@api.post("/imports")
@describe(answers={201: Answer(shapes.Import)}, body=shapes.Begin, errors=(404,))
def begin() -> Any:
    """Import a folder without copying its photos; one that runs already is given back."""
    path = field(body(), "path", str)
    with writing() as (session, mine):
        row = imports.begin(session, core(), mine, path)
        return imports.status(session, row), 201


@api.get("/imports")
@describe(shapes.Imports)
def recent() -> Any:
    """List the latest imports."""
    with reading() as (session, mine):
        found = [imports.status(session, row) for row in imports.listing(session, mine)]
    return {"imports": found, "allowed": bool(folders.roots(core().config))}


@api.get("/imports/<int:import_id>")
@describe(shapes.Import)
def status(import_id: int) -> Any:
    """Tell how far an import is."""
    with reading() as (session, mine):
        return imports.status(session, imports.get(session, mine, import_id))


@api.post("/imports/<int:import_id>/cancel")
@describe(Changed)
def cancel(import_id: int) -> Any:
    """Stop an import; what has come stays."""
    with writing() as (session, mine):
        return {"changed": imports.cancel(session, imports.get(session, mine, import_id))}


@sidecars.post("/photos/sidecars/estimate")
@describe(shapes.Beside, body=Selected)
def estimate() -> Any:
    """Tell how many sidecars would be written beside originals."""
    wanted = selection(body())
    with reading() as (session, mine):
        return beside.count(session, mine, gallery.ids(session, mine, wanted))


@sidecars.post("/photos/sidecars")
@describe(Queued, body=Selected)
def write() -> Any:
    """Write sidecars beside the originals of a selection that lie on the server's disk."""
    wanted = selection(body())
    with writing() as (session, mine):
        ids = gallery.ids(session, mine, wanted)
        return {"queued": beside.ask(session, core(), mine, ids)}
