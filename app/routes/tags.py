"""Tags: answers about one, changes of many, names, and taking changes back."""

from typing import Any

from flask import Blueprint, request

from app.errors import AppError
from app.openapi import describe
from app.openapi.shapes import tags as shapes
from app.openapi.shapes.values import Done, DoneMany
from app.routes import views
from app.routes.context import body, check_ids, field, reading, selection, whole, writing
from app.services import actions, settings
from app.services.library import filters, gallery
from app.services.tagging import edits, renaming, review, tags
from ml import tagging

api = Blueprint("tags_api", __name__, url_prefix="/api/v1")
MOST_AT_ONCE = 50
MOST_LETTERS = 200


@api.get("/tags")
@describe(shapes.Tags, query=(shapes.TagQuery,))
def listing() -> Any:
    """List tags by what is typed."""
    limit = whole("limit", 50, 1, 1000)
    with reading() as (session, mine):
        found = tags.listing(session, mine.id, request.args.get("q", "")[:200], limit)
        sure = tagging.thresholds(settings.values(mine)["precision"])
        words = tags.words_of(session, [tag.id for tag, _ in found])
    return {
        "tags": [
            {
                "id": tag.id,
                "name": tag.name,
                "kind": tag.kind,
                "count": n,
                "threshold": max(
                    (sure[w] for w in words.get(tag.id, []) if w in sure), default=None
                ),
            }
            for tag, n in found
        ]
    }


@api.post("/tags/<int:tag_id>")
@describe(Done, body=shapes.Rename)
def rename(tag_id: int) -> Any:
    """Rename a tag and what lies under it, or merge it into the one that has the name."""
    name = field(body(), "name", str)
    with writing() as (session, mine):
        return {"action": views.action(renaming.rename(session, mine, tag_id, name))}


@api.post("/tags/move")
@describe(Done, body=shapes.Move, errors=(404,))
def move() -> Any:
    """Give a branch of tags another path, merged with what is there already."""
    values = body()
    path, to = field(values, "path", str), field(values, "to", str)
    with writing() as (session, mine):
        return {"action": views.action(renaming.move(session, mine, path, to))}


@api.post("/tags/delete")
@describe(Done, body=shapes.Path, errors=(404,))
def remove() -> Any:
    """Delete a branch of tags from the library and from all photos."""
    path = field(body(), "path", str)
    with writing() as (session, mine):
        return {"action": views.action(renaming.remove(session, mine, path))}


@api.post("/tags/answer")
@describe(DoneMany, body=shapes.AnswerMany)
def answer_many() -> Any:
    """Confirm or reject the open proposals of a selection, of one tag or of all."""
    values = body()
    tag, state = field(values, "tag", str, ""), field(values, "state", str)
    wanted = selection(values)
    with writing() as (session, mine):
        chosen = filters.chosen(mine, wanted)
        action, changed = edits.answer_all(session, mine, chosen, tag, state)
        return {"action": views.action(action), "changed": changed}


@api.post("/tags/apply")
@describe(DoneMany, body=shapes.Apply)
def apply() -> Any:
    """Add and remove tags on a selection."""
    values = body()
    add, remove = (_names(values, key) for key in ("add", "remove"))
    wanted = selection(values)
    with writing() as (session, mine):
        chosen = filters.chosen(mine, wanted)
        action, changed = edits.apply(session, mine, chosen, add, remove)
        return {"action": views.action(action), "changed": changed}


@api.post("/photos/<int:photo_id>/tags/<int:tag_id>")
@describe(shapes.Answered, body=shapes.TagAnswer)
def answer(photo_id: int, tag_id: int) -> Any:
    """Confirm or reject one tag on one photo."""
    state = field(body(), "state", str)
    with writing() as (session, mine):
        action = edits.answer(session, mine, photo_id, tag_id, state)
        photo = gallery.get(session, mine, photo_id)
        session.refresh(photo)
        return {"action": views.action(action), "photo": views.detail(session, photo)}


@api.get("/actions")
@describe(shapes.Actions)
def recent() -> Any:
    """List the latest changes."""
    with reading() as (session, mine):
        return {"actions": [views.action(row) for row in actions.recent(session, mine.id)]}


@api.post("/actions/<int:action_id>/undo")
@describe(Done, errors=(409,))
def undo(action_id: int) -> Any:
    """Take a change back."""
    with writing() as (session, mine):
        return {"action": views.action(actions.undo(session, mine, action_id))}


@api.get("/review")
@describe(shapes.Questions, query=(shapes.ReviewQuery,))
def questions() -> Any:
    """List the machine's open proposals."""
    tag = request.args.get("tag", "")
    limit = whole("limit", 20, 1, 100)
    with reading() as (session, mine):
        found = review.questions(
            session,
            mine,
            order=request.args.get("order", "least"),
            tag=tag,
            after=request.args.get("after", ""),
            limit=limit,
        )
        return {
            "items": [views.question(session, item) for item in found],
            "left": review.left(session, mine, tag),
            "next": found[-1].cursor if len(found) == limit else None,
        }


@api.post("/review")
@describe(shapes.Reviewed, body=shapes.ReviewAnswer, errors=(404,))
def review_answer() -> Any:
    """Keep a yes or no about a proposal."""
    values = body()
    photo_id, tag_id = field(values, "photo", int), field(values, "tag", int)
    check_ids([photo_id, tag_id], "“photo” and “tag”")
    said = field(values, "answer", str)
    with writing() as (session, mine):
        action = review.answer(session, mine, photo_id, tag_id, said)
        return {"action": views.action(action), "left": review.left(session, mine), "settled": 0}


def _names(values: dict[str, Any], key: str) -> list[str]:
    names = field(values, key, list, [])
    sound = all(isinstance(name, str) and 0 < len(name) <= MOST_LETTERS for name in names)
    if len(names) > MOST_AT_ONCE or not sound:
        words = f"“{key}” is a list of at most {MOST_AT_ONCE} names of 1 to {MOST_LETTERS} letters."
        raise AppError(words)
    return list(names)
