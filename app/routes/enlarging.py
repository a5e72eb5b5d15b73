"""Enlarging photos: from the library or from a file, compared with bicubic, fetched."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, request, send_file, url_for
from sqlalchemy.orm import Session

from app.errors import AppError
from app.models import MAX_ID, Enlargement
from app.openapi import Answer, describe
from app.openapi.shapes import enlarging as shapes
from app.openapi.shapes.values import Changed
from app.routes.context import body, check_ids, core, field, one_of, reading, whole, writing
from app.routes.photos import FILE
from app.routes.views import moment
from app.services.enlarging import enlargements
from app.services.library import gallery
from ml.image import MAX_PIXELS

api = Blueprint("enlarging_api", __name__, url_prefix="/api/v1/enlargements")
files = Blueprint("enlarging", __name__, url_prefix="/enlargements")

BYTES_TYPE = "application/octet-stream"
PIECE = 256 * 1024
MADE = {201: Answer(shapes.Enlargement, "It has been queued.")}


@api.get("")
@describe(shapes.Enlargements)
def listing() -> Any:
    """List the enlarged photos that are kept."""
    with reading() as (session, mine):
        rows = [_view(session, row) for row in enlargements.listing(session, mine)]
    return {
        "enlargements": rows,
        "most": enlargements.MOST,
        "most_bytes": core().config.max_request_mb * 2**20,
        "most_pixels": MAX_PIXELS,
    }


@api.post("")
@describe(answers=MADE, body=shapes.ToEnlarge, errors=(404, 409))
def create() -> Any:
    """Have a photo of the library made larger."""
    values = body()
    factor, method = field(values, "factor", int), field(values, "method", str)
    number = field(values, "photo", int)
    check_ids([number], "Photos")
    with writing() as (session, mine):
        photo = gallery.get(session, mine, number)
        row = enlargements.create(session, core(), mine, factor=factor, method=method, photo=photo)
        return _view(session, row), 201


@api.post("/file")
@describe(
    answers=MADE,
    query=(shapes.FileToEnlarge,),
    body=bytes,
    media=BYTES_TYPE,
    errors=(409, 413, 415, 507),
)
def create_of_file() -> Any:
    """Have a file made larger that is not in the library."""
    if request.mimetype != BYTES_TYPE:
        raise AppError(f"The bytes must come as {BYTES_TYPE}.", status=415)
    name = request.args.get("name", "")
    if not 0 < len(name) <= 1000:
        raise AppError("“name” is missing, or too long.")
    factor, method = whole("factor", 0, 0, MAX_ID), request.args.get("method", "")
    with received("enlargement") as file, writing() as (session, mine):
        row = enlargements.create(
            session, core(), mine, factor=factor, method=method, name=name, file=file
        )
        return _view(session, row), 201


@api.get("/<int:enlargement_id>")
@describe(shapes.Enlargement)
def status(enlargement_id: int) -> Any:
    """Tell how far one is."""
    with reading() as (session, mine):
        return _view(session, enlargements.get(session, mine, enlargement_id))


@api.delete("/<int:enlargement_id>")
@describe(Changed)
def remove(enlargement_id: int) -> Any:
    """Stop making it, and throw it away."""
    with writing() as (session, mine):
        row = enlargements.get(session, mine, enlargement_id)
        enlargements.remove(session, core(), row)
    return {"changed": 1}


@files.get("/<int:enlargement_id>/file")
@describe(answers=FILE, errors=(409, 416))
def fetch(enlargement_id: int) -> Response:
    """Send the enlarged photo."""
    with reading() as (session, mine):
        row = enlargements.get(session, mine, enlargement_id)
    path, name = enlargements.file_of(core(), row), enlargements.download_name(row)
    return send_file(path, BYTES_TYPE, as_attachment=True, download_name=name)


@files.get("/<int:enlargement_id>/look")
@describe(
    answers=FILE | {200: Answer(bytes, "The picture.", "image/jpeg")},
    query=(shapes.LookQuery,),
    errors=(409, 416),
)
def look(enlargement_id: int) -> Response:
    """Send a picture to compare by: the whole, or a piece at full size."""
    with reading() as (session, mine):
        row = enlargements.get(session, mine, enlargement_id)
    side = one_of("of", *enlargements.SIDES)
    if side is None:
        raise AppError("“of” is missing.")
    if "x" in request.args or "y" in request.args:
        place = whole("x", 0, 0, MAX_ID), whole("y", 0, 0, MAX_ID)
        path = enlargements.piece_of(core(), row, side, *place)
    else:
        path = enlargements.overview_of(core(), row, side)
    return send_file(path, "image/jpeg")


@contextmanager
def received(name: str) -> Iterator[Path]:
    """Give a file of the request's bytes, named after what for; it is removed unless it was moved
    away.
    """
    draft = core().storage.draft(f"{name}-{secrets.token_hex(8)}")
    try:
        with draft.open("xb") as file:
            while piece := request.stream.read(PIECE):
                file.write(piece)
            if not file.tell():
                raise AppError("The file is empty.")
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _view(session: Session, row: Enlargement) -> dict[str, Any]:
    known = row.width is not None and row.height is not None
    ready = row.state == "ready"
    return {
        "id": row.id,
        "name": row.name,
        "photo": row.photo_id,
        "factor": row.factor,
        "method": row.method,
        **enlargements.standing(session, row),
        "share": row.share,
        "width": (row.width or 0) * row.factor if known else None,
        "height": (row.height or 0) * row.factor if known else None,
        "size": row.size,
        "file": url_for("enlarging.fetch", enlargement_id=row.id) if ready else None,
        "expires": moment(row.created_at + enlargements.KEEP),
    }
