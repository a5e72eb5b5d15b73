"""The API described: for programs as OpenAPI, for people as a page."""

import json
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from app.openapi import document, reading
from app.routes import access

pages = Blueprint("description", __name__)


@pages.get("/api/openapi.json")
def openapi() -> Response:
    """Give the description of the API."""
    response = Response(_document()[0], mimetype="application/json")
    response.add_etag()
    response.cache_control.no_cache = True
    response.make_conditional(request)
    return response


@pages.get("/api")
def page() -> str:
    """Show the description of the API."""
    told = _document()[1]
    return render_template(
        "api.html", page="api", groups=reading.groups(told), shapes=reading.shapes(told)
    )


def _document() -> tuple[bytes, dict[str, Any]]:
    """The document as JSON and as it is, built at the first call."""
    kept = current_app.extensions
    if "openapi" not in kept:
        told = document(current_app, access.needed)
        kept["openapi"] = json.dumps(told, ensure_ascii=False).encode(), told
    found: tuple[bytes, dict[str, Any]] = kept["openapi"]
    return found
