"""Repairs: looked for, reviewed, answered, seen; and the versions they make."""

import json
from typing import Any

from flask import Blueprint, Response, request, send_file
from sqlalchemy.orm import Session

from app.errors import AppError, NotFound
from app.models import Photo, Repair, Version
from app.openapi import describe
from app.openapi.shapes import photos as photo_shapes
from app.openapi.shapes import repairs as shapes
from app.openapi.shapes.tags import Answered
from app.openapi.shapes.values import DoneMany
from app.routes import repair_views, views
from app.routes.context import body, check_text, core, field, reading, selection, whole, writing
from app.routes.photos import FILE, PICTURE, cached, files
from app.services.intake import preparation
from app.services.library import gallery
from app.services.repairs import answers, by_hand, findings, masks, pictures, queue, versions
from ml.errors import ImageError, MLError
from ml.repair import by_hand as known
from ml.repair.recipe import Recipe

api = Blueprint("repairs_api", __name__, url_prefix="/api/v1")
LONGEST_RECIPE = 8000


@api.get("/repairs")
@describe(shapes.Proposals, query=(shapes.ProposalQuery,))
def proposals() -> Any:
    """List the open repairs."""
    limit, kind = whole("limit", 20, 1, 100), request.args.get("kind", "")
    with reading() as (session, mine):
        found = queue.proposals(
            session,
            mine,
            order=request.args.get("order", "least"),
            kind=kind,
            after=request.args.get("after", ""),
            limit=limit,
        )
        open_ = queue.kinds(session, mine)
        return {
            "items": [_proposal(photo, row) for photo, row in found],
            "left": open_.get(kind, 0) if kind else sum(open_.values()),
            "kinds": [{"kind": name, "count": n} for name, n in open_.items()],
            "next": queue.cursor(found[-1][1]) if len(found) == limit else None,
        }


@api.get("/repairs/kinds")
@describe(shapes.Kinds)
def kinds() -> Any:
    """Tell what parameters each kind of repair has, to set them by hand."""
    return {"kinds": known.kinds()}


@api.get("/photos/<int:photo_id>/repairs/begin")
@describe(shapes.Begun, query=(shapes.BeginQuery,), errors=(429,))
def begin(photo_id: int) -> Any:
    """Tell with which parameters a repair of a kind begins that nothing proposed."""
    with reading() as (session, mine):
        photo = gallery.get(session, mine, photo_id)
    step = by_hand.begun(core(), photo, request.args.get("kind", ""))
    return {"stage": step.stage, "kind": step.kind, "params": step.params}


@api.post("/photos/<int:photo_id>/repairs")
@describe(Answered, body=shapes.Added)
def add(photo_id: int) -> Any:
    """Repair a photo as a person says, though nothing proposed it."""
    values = body()
    kind, params = field(values, "kind", str), field(values, "params", dict)
    strength = _number(values, "strength")
    with writing() as (session, mine):
        action = by_hand.add(
            session, core(), mine, photo_id, kind, params=params, strength=strength
        )
        photo = gallery.get(session, mine, photo_id)
        return {"action": views.action(action), "photo": views.detail(session, photo)}


@api.post("/repairs/find")
@describe(photo_shapes.Queued, body=shapes.Find)
def find() -> Any:
    """Look for what is wrong with a selection."""
    values = body()
    wanted, stages = selection(values), field(values, "stages", list, [])
    if not all(isinstance(stage, str) for stage in stages):
        raise AppError("“stages” is a list of names.")
    with writing() as (session, mine):
        ids = gallery.ids(session, mine, wanted)
        return {"queued": findings.ask(session, core(), mine, ids, stages)}


@api.post("/repairs/answer")
@describe(DoneMany, body=shapes.AnswerAll)
def answer_all() -> Any:
    """Accept or reject all open repairs of a kind."""
    values = body()
    state, kind = field(values, "state", str), field(values, "kind", str)
    least = _number(values, "least") or 0.0
    if not 0 <= least <= 1:
        raise AppError("“least” is a confidence from 0 to 1.")
    with writing() as (session, mine):
        action, changed = answers.answer_all(session, core(), mine, state, kind=kind, least=least)
        return {"action": views.action(action), "changed": changed}


@api.post("/repairs/<int:repair_id>")
@describe(Answered, body=shapes.RepairAnswer)
def answer(repair_id: int) -> Any:
    """Accept, adjust, reject or reopen one repair."""
    values = body()
    state, params = field(values, "state", str), field(values, "params", dict, None)
    strength = _number(values, "strength")
    with writing() as (session, mine):
        photo_id = answers.get(session, mine, repair_id).photo_id
        action = answers.answer(
            session, core(), mine, repair_id, state, params=params, strength=strength
        )
        photo = gallery.get(session, mine, photo_id)
        return {"action": views.action(action), "photo": views.detail(session, photo)}


@files.get("/<int:photo_id>/repaired")
@describe(answers=PICTURE, query=(shapes.RecipeQuery,), errors=(416, 429))
def repaired(photo_id: int) -> Response:
    """Send a picture of the photo with a recipe's repairs."""
    with reading() as (session, mine):
        photo = gallery.get(session, mine, photo_id)
        recipe = _recipe(session, photo.id, request.args.get("recipe", ""))
    if photo.state != "ready" or not photo.width:
        raise NotFound("The picture is still being made.")
    try:
        if recipe.light:
            preview = preparation.uncompressed(core(), photo)
        else:
            preview = pictures.pixels(preparation.preview(core(), photo))
    except ImageError as error:
        raise NotFound(f"{photo.name}: {error}") from None
    picture = pictures.render(preview, photo.width, recipe)
    return cached(Response(picture, mimetype="image/webp"))


@files.get("/<int:photo_id>/versions/<int:version_id>")
@describe(answers=FILE, errors=(416,))
def version(photo_id: int, version_id: int) -> Response:
    """Send a repaired version as it is kept, without the tags that downloads add."""
    with reading() as (session, mine):
        photo = gallery.get(session, mine, photo_id)
        row = session.get(Version, version_id)
    if row is None or row.photo_id != photo.id:
        raise NotFound("There is no such version.")
    path = versions.file_of(core(), row)
    if not path.is_file():
        raise NotFound("This version's file is missing from the storage.")
    name = photo.name.rpartition(".")[0] or photo.name
    return cached(send_file(path, as_attachment=True, download_name=f"{name}{row.suffix}"))


def _proposal(photo: Photo, row: Repair) -> dict[str, Any]:
    return {
        "repair": repair_views.repair(row),
        "photo": views.card(photo) | {"width": photo.width, "height": photo.height},
        "before": repair_views.before(photo),
        "after": repair_views.after(photo, [row]),
    }


def _recipe(session: Session, photo_id: int, text: str) -> Recipe:
    """The recipe of an address; NotFound, in words, where there is no picture by it."""
    if len(text) > LONGEST_RECIPE:
        raise NotFound("“recipe” is too long.")
    try:
        told = json.loads(text)
        check_text(told)
        recipe = Recipe.of(masks.expanded(session, photo_id, told))
    except (MLError, AppError) as error:
        raise NotFound(f"This repair cannot be: {error}.") from None
    except (ValueError, RecursionError):
        raise NotFound("“recipe” is no JSON.") from None
    if len(recipe.steps) > answers.MOST:
        raise NotFound(f"A recipe has {answers.MOST} steps at most.")
    return recipe


def _number(values: dict[str, Any], key: str) -> float | None:
    value = values.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise AppError(f"“{key}” is a number.")
    return value
