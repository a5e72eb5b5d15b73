"""Looking for mosaics in the lab: a photo of the library or a file, by one method of several."""

from typing import Any

from flask import Blueprint, request

from app.errors import AppError
from app.openapi import describe
from app.openapi.shapes import mosaics as shapes
from app.routes.context import body, check_ids, core, field, reading
from app.routes.enlarging import BYTES_TYPE, received
from app.services import mosaics
from app.services.intake.preparation import original
from app.services.library import gallery
from app.services.mosaics import Looked
from ml.results import Finding

api = Blueprint("mosaics_api", __name__, url_prefix="/api/v1/lab/mosaics")


@api.post("")
@describe(shapes.Searched, body=shapes.ToSearch, errors=(404, 409, 413, 429))
def search() -> Any:
    """Look for mosaics in the original of a photo."""
    values = body()
    number, method = field(values, "photo", int), field(values, "method", str)
    check_ids([number], "Photos")
    with reading() as (session, mine):
        path = original(core(), gallery.get(session, mine, number))
    return _view(mosaics.look(path, mosaics.chosen(method)))


@api.post("/file")
@describe(
    shapes.Searched,
    query=(shapes.FileToSearch,),
    body=bytes,
    media=BYTES_TYPE,
    errors=(409, 413, 415, 429, 507),
)
def search_file() -> Any:
    """Look for mosaics in a file, which is not kept."""
    if request.mimetype != BYTES_TYPE:
        raise AppError(f"The bytes must come as {BYTES_TYPE}.", status=415)
    method = mosaics.chosen(request.args.get("method", ""))
    with received("mosaics") as path:
        return _view(mosaics.look(path, method))


def _view(told: Looked) -> dict[str, Any]:
    return {
        "found": [_mosaic(one) for one in told.found],
        "probability": told.probability,
        "told_by": told.told_by,
        "width": told.size[0],
        "height": told.size[1],
        "picture": told.picture,
        "mask": told.mask,
        "ms": told.ms,
    }


def _mosaic(one: Finding) -> dict[str, Any]:
    phase = one.params.get("phase")
    return {
        "block": one.params.get("block"),
        "phase": None if phase is None else list(phase),
        "region": list(one.region),
    }
