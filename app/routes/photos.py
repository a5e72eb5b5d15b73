"""Photos: lists, details, the pictures themselves, the trash."""

from typing import Any

from flask import Blueprint, Response, request, send_file

from app.errors import AppError, NotFound
from app.models import MAX_ID
from app.openapi import Answer, describe
from app.openapi.shapes import photos as shapes
from app.openapi.shapes.values import Changed, DoneMany, FilterQuery, Selected
from app.routes import views
from app.routes.context import body, core, reading, selection, whole, writing
from app.services.files import trash, updates
from app.services.intake import preparation
from app.services.library import facets, filters, gallery, suggestions
from app.services.repairs import versions
from app.services.work import analysis
from ml.errors import ImageError

api = Blueprint("photos_api", __name__, url_prefix="/api/v1")
files = Blueprint("photos", __name__, url_prefix="/photos")

PICTURE = {
    200: Answer(bytes, "The picture.", "image/webp"),
    206: Answer(bytes, "The part of it that Range asked for.", "image/webp"),
    304: Answer(words="As it was, by If-None-Match."),
}
FILE = {
    200: Answer(bytes, "The file.", "*/*"),
    206: Answer(bytes, "The part of it that Range asked for.", "*/*"),
    304: PICTURE[304],
}
YEAR_S = 31_536_000  # a picture's address holds its hash: it never changes


def _filter() -> filters.Filter:
    values: dict[str, Any] = request.args.to_dict()
    values["tag"] = request.args.getlist("tag")
    values["id"] = request.args.getlist("id")
    return filters.parse(values)


def _order() -> tuple[str, str]:
    sort = request.args.get("sort", "date")
    order = request.args.get("order", "desc" if sort == "date" else "asc")
    if order not in ("asc", "desc"):
        raise AppError("The order is asc or desc.")
    return sort, order


@api.get("/photos/sections")
@describe(shapes.Sections, query=(FilterQuery, shapes.ListQuery))
def sections() -> Any:
    """Give the sections of a list with their sizes."""
    sort, order = _order()
    with reading() as (session, mine):
        found = gallery.sections(session, mine, _filter(), sort, order)
    return {
        "total": sum(one.count for one in found),
        "sections": [
            {
                "key": str(one.key),
                "label": _label(sort, one.key),
                "count": one.count,
                "aspect": round(one.aspect, 3),
                "first": one.first,
            }
            for one in found
        ],
    }


@api.get("/photos")
@describe(shapes.PhotoPage, query=(FilterQuery, shapes.PageQuery), errors=(404,))
def listing() -> Any:
    """Give a page of a list or of one of its sections."""
    sort, order = _order()
    limit = whole("limit", 200, 1, gallery.MAX_PAGE)
    first, after = (whole(name, 0, 0, MAX_ID) or None for name in ("first", "after"))
    with reading() as (session, mine):
        photos = gallery.page(
            session,
            mine,
            _filter(),
            sort,
            order,
            section=request.args.get("section"),
            first=first,
            after=after,
            limit=limit,
        )
        cards = views.cards(session, photos)
    return {
        "photos": cards,
        "next": photos[-1].id if len(photos) == limit else None,
    }


@api.get("/photos/<int:photo_id>")
@describe(shapes.Detail)
def detail(photo_id: int) -> Any:
    """Give everything known about one photo."""
    with reading() as (session, mine):
        return views.detail(session, gallery.get(session, mine, photo_id))


@api.get("/facets")
@describe(shapes.Facets, query=(FilterQuery,))
def facet_lists() -> Any:
    """Give what one can filter by."""
    with reading() as (session, mine):
        return facets.facets(session, mine, _filter())


@api.get("/suggest")
@describe(shapes.Suggestions, query=(shapes.TypedQuery,))
def suggest() -> Any:
    """Complete what is typed into the search box."""
    with reading() as (session, mine):
        return {"suggestions": suggestions.suggest(session, mine, request.args.get("q", "")[:200])}


@api.post("/analyse")
@describe(shapes.Queued, body=Selected)
def analyse() -> Any:
    """Queue analysis of a selection."""
    wanted = selection(body())
    with writing() as (session, mine):
        ids = gallery.ids(session, mine, wanted)
        return {"queued": analysis.ask(session, core(), mine, ids)}


@api.post("/photos/<any(trash, restore):where>")
@describe(DoneMany, body=Selected)
def move(where: str) -> Any:
    """Throw a selection away, or take it back."""
    wanted = selection(body()) | {"state": "" if where == "trash" else "trash"}
    with writing() as (session, mine):
        chosen = filters.chosen(mine, wanted)
        action, changed = trash.trash(session, mine, chosen, away=where == "trash")
        return {"action": views.action(action), "changed": changed}


@api.post("/photos/seen")
@describe(DoneMany, body=Selected)
def seen() -> Any:
    """Take the mark "edited elsewhere" off a selection."""
    wanted = selection(body())
    with writing() as (session, mine):
        ids = gallery.ids(session, mine, wanted)
        action, changed = updates.seen(session, mine, ids)
        return {"action": views.action(action), "changed": changed}


@api.post("/photos/delete")
@describe(Changed, body=Selected)
def delete() -> Any:
    """Delete for good what lies in the trash."""
    wanted = selection(body()) | {"state": "trash"}
    with writing() as (session, mine):
        ids = gallery.ids(session, mine, wanted)
        return {"changed": trash.delete_for_good(session, core(), mine, ids)}


@files.get("/<int:photo_id>/thumb")
@describe(answers=PICTURE, errors=(416,))
def thumb(photo_id: int) -> Response:
    """Send the thumbnail."""
    with reading() as (session, mine):
        photo = gallery.get(session, mine, photo_id)
        shown = versions.shown(session, photo) or photo
    path = core().storage.derived(mine.id, shown.sha256, "thumb.webp")
    if not path.is_file():
        raise NotFound("The thumbnail is still being made.")
    return cached(send_file(path, mimetype="image/webp"))


@files.get("/<int:photo_id>/preview")
@describe(answers=PICTURE, query=(shapes.PreviewQuery,), errors=(416,))
def preview(photo_id: int) -> Response:
    """Send a picture for the screen: of the repaired version, or of the original."""
    with reading() as (session, mine):
        photo = gallery.get(session, mine, photo_id)
        version = None if "original" in request.args else versions.shown(session, photo)
    if photo.state != "ready":  # a file that no worker has looked at is not decoded in here
        raise NotFound("The picture is still being made.")
    try:
        path = preparation.preview(core(), photo, version)
    except ImageError as error:
        raise NotFound(f"{photo.name}: {error}") from None
    return cached(send_file(path, mimetype="image/webp"))


@files.get("/<int:photo_id>/original")
@describe(answers=FILE, errors=(416,))
def original(photo_id: int) -> Response:
    """Send the untouched file."""
    with reading() as (session, mine):
        photo = gallery.get(session, mine, photo_id)
    path = preparation.original(core(), photo)
    if not path.is_file():
        raise NotFound(f"{photo.name} is missing from the storage.")
    shown = photo.mime in ("image/jpeg", "image/png", "image/webp", "image/avif")
    return cached(
        send_file(
            path,
            mimetype=photo.mime if shown else "application/octet-stream",
            as_attachment=not shown or "download" in request.args,
            download_name=photo.name,
        )
    )


def cached(response: Response) -> Response:
    """Let the browser keep a picture for good: its address changes when it does."""
    response.cache_control.private = True
    response.cache_control.max_age = YEAR_S
    response.cache_control.immutable = True
    response.cache_control.no_cache = None
    return response


def _label(sort: str, key: Any) -> str:
    if sort != "uncertain":
        return str(key).upper()
    band = int(key)
    return f"{band * 5}–{band * 5 + 5} % sure" if band <= 20 else "Nothing to review"
