"""How tags are written, tag by tag; RAW and JPEG stacked and taken apart."""

from typing import Any

from flask import Blueprint, request

from app.models import Tag
from app.openapi import describe
from app.openapi.shapes import writing as shapes
from app.openapi.shapes.values import Done, DoneMany, Selected
from app.routes import views
from app.routes.context import body, field, reading, selection, whole, writing
from app.services.files import stacking
from app.services.library import gallery
from app.services.tagging import vocabulary

api = Blueprint("writing_api", __name__, url_prefix="/api/v1")


@api.get("/tags/all")
@describe(shapes.Words, query=(shapes.WordQuery,))
def words() -> Any:
    """List every tag by name, a page at a time."""
    limit = whole("limit", 100, 1, 500)
    q, after = request.args.get("q", "")[:200], request.args.get("after", "")[:2000]
    with reading() as (session, mine):
        found = vocabulary.page(session, mine, q, after, limit)
    return {
        "tags": [_word(tag, n) for tag, n in found],
        "next": found[-1][0].key if len(found) == limit else None,
    }


@api.post("/tags/<int:tag_id>/writing")
@describe(Done, body=shapes.Writing, errors=(404,))
def write(tag_id: int) -> Any:
    """Choose how a tag is written into files."""
    values = body()
    chosen, path = field(values, "write", str), field(values, "as", str, "")
    with writing() as (session, mine):
        action = vocabulary.set_writing(session, mine, tag_id, chosen, path)
        return {"action": views.action(action)}


@api.post("/photos/<any(stack, unstack):what>")
@describe(DoneMany, body=Selected)
def stack(what: str) -> Any:
    """Stack what belongs together by its name, or show every file by itself."""
    wanted = selection(body())
    change = {"stack": stacking.stack, "unstack": stacking.unstack}[what]
    with writing() as (session, mine):
        action, changed = change(session, mine, gallery.ids(session, mine, wanted))
        return {"action": views.action(action), "changed": changed}


def _word(tag: Tag, n: int) -> dict[str, Any]:
    return {
        "id": tag.id,
        "name": tag.name,
        "kind": tag.kind,
        "count": n,
        "write": tag.write,
        "as": tag.write_as,
    }
