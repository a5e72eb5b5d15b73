"""The lab: a page of effects, and the network's answer to a picture, which is not kept."""

import base64
from typing import Any

from flask import Blueprint, render_template

from app.errors import AppError
from app.openapi import describe
from app.openapi.shapes import lab as shapes
from app.routes import identity
from app.routes.context import body, field
from app.services import lab
from ml.warps import FAMILIES
from ml.warps.told import description

pages = Blueprint("lab", __name__)
api = Blueprint("lab_api", __name__, url_prefix="/api/v1")


@pages.get("/lab")
def bench() -> str:
    """Show the lab; without the rest of the pages to whoever has no account."""
    public = identity.visitor() is None
    return render_template(
        "lab-public.html" if public else "lab.html",
        page="lab",
        public=public,
        effects=[description(name) for name in FAMILIES],
        lacking=lab.lacking(),
    )


@api.post("/lab/judge")
@describe(shapes.Judged, body=shapes.ToJudge, errors=(409, 413, 429))
def judge() -> Any:
    """Tell what was done to a picture."""
    values = body()
    effects = field(values, "effects", list, [])
    if not isinstance(effects, list):
        raise AppError("“effects” is a list.")
    found = lab.judge(field(values, "image", str), effects)
    undone = found.undone and "data:image/webp;base64," + base64.b64encode(found.undone).decode()
    return {
        "found": [
            {
                "kind": each.effect,
                "confidence": each.confidence,
                "parameters": each.warp.as_json(),
                "region": list(each.region(found.size)),
            }
            for each in found.found
        ],
        "undone": undone,
        "error_px": found.error,
        "error_nothing_px": found.error_nothing,
        "network": found.network,
        "ms": found.ms,
    }
