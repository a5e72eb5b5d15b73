"""People: who is in the library, whose face is whose, stacks of faces without a name."""

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, request, send_file

from app.errors import AppError, NotFound
from app.models import MAX_ID, Action, Face, Photo
from app.openapi import Answer, describe
from app.openapi.shapes import people as shapes
from app.openapi.shapes.values import Done
from app.routes import views
from app.routes.context import body, check_ids, core, field, reading, whole, writing
from app.routes.photos import PICTURE, cached, files
from app.services import settings
from app.services.people import crops, face_lists, face_stacks, faces, forgetting, people
from app.services.people.people import Known
from app.services.work import dispatch
from ml.errors import ImageError

api = Blueprint("people_api", __name__, url_prefix="/api/v1")


@api.get("/people")
@describe(shapes.People, query=(shapes.PeopleQuery,))
def listing() -> Any:
    """List people by name."""
    limit = whole("limit", 1000, 1, 5000)
    with reading() as (session, mine):
        found = people.listing(session, mine, request.args.get("q", "")[:200], limit)
        return {
            "people": [_person(known) for known in found],
            "poor": face_lists.count(session, mine, "poor"),
            "faces": face_lists.any_found(session, mine),
            "off": not settings.values(mine)["faces"],
            "learning": face_lists.learning(session, mine),
        }


@api.get("/people/<int:person_id>")
@describe(shapes.KnownPerson, errors=(404,))
def person(person_id: int) -> Any:
    """Give one person, with how many faces stand on each tab."""
    with reading() as (session, mine):
        known, rejected = people.known(session, mine, person_id)
        learning = face_lists.learning(session, mine)
        return {"person": _person(known), "rejected": rejected, "learning": learning}


@api.get("/faces")
@describe(shapes.StatePage, query=(shapes.StateQuery,))
def of_state() -> Any:
    """List the proposals of all people, or the faces that were set aside."""
    state, order = request.args.get("state", "suggested"), request.args.get("order", "teach")
    limit, after = whole("limit", 60, 1, 500), _after(float)
    with reading() as (session, mine):
        rows = face_lists.of_state(session, mine, state, order=order, after=after, limit=limit)
        page = _page(rows, limit, face_lists.names(session, rows))
        total, learning = (
            face_lists.count(session, mine, state),
            face_lists.learning(session, mine),
        )
        return page | {"total": total, "learning": learning}


@api.get("/people/<int:person_id>/faces")
@describe(shapes.FacePage, query=(shapes.FaceQuery,), errors=(404,))
def of_person(person_id: int) -> Any:
    """List a person's faces: suggested, named or rejected."""
    tab, order = request.args.get("tab", "suggested"), request.args.get("order", "most")
    limit, after = whole("limit", 60, 1, 500), _after(float)
    with reading() as (session, mine):
        rows = people.faces(session, mine, person_id, tab, order=order, after=after, limit=limit)
        doubled = people.twice(session, person_id, [photo.id for _, photo in rows])
        return _page(rows, limit, face_lists.names(session, rows), doubled)


@api.post("/people/<int:person_id>")
@describe(Done, body=shapes.Change, errors=(404, 409))
def change(person_id: int) -> Any:
    """Rename a person (or merge with whoever has that name), mark as private, choose the cover."""
    values = body()
    name = field(values, "name", str, None)
    private, cover = field(values, "private", bool, None), field(values, "cover", int, None)
    with writing() as (session, mine):
        if name is not None:
            action = faces.rename(session, mine, person_id, name)
        else:
            action = people.change(session, mine, person_id, private=private, cover=cover)
    return _learn(action)


@api.delete("/people/<int:person_id>")
@describe(shapes.Forgotten, errors=(404,))
def forget_person(person_id: int) -> Any:
    """Delete a person and their faces with vectors and pictures; cannot be taken back."""
    with writing() as (session, mine):
        return {"faces": forgetting.person(session, core(), mine, person_id)}


@api.post("/people/forget")
@describe(shapes.Forgotten, body=shapes.Forget)
def forget() -> Any:
    """Delete all faces and people of the library; cannot be taken back."""
    if field(body(), "forget", bool) is not True:
        raise AppError("Nothing was deleted: say “forget”: true if it is meant.")
    with writing() as (session, mine):
        return {"faces": forgetting.everything(session, core(), mine)}


@api.get("/people/export")
@describe(answers={200: Answer(bytes, "JSON lines: people, then faces.", "application/x-ndjson")})
def export() -> Response:
    """Send all that is known of the library's faces: a JSON object a line, vectors among them."""
    with reading() as (_, mine):
        lines = forgetting.told(core(), mine.id)
    response = Response(lines, mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="faces.jsonl"'
    response.cache_control.no_store = True
    return response


@api.get("/people/stacks")
@describe(shapes.Stacks, query=(shapes.StackQuery,))
def stacks() -> Any:
    """List stacks of unnamed faces that look alike, the largest first."""
    limit = whole("limit", 30, 1, 200)
    with reading() as (session, mine):
        found = face_stacks.listing(session, mine, _after(int), limit)
    return {
        "stacks": [
            {
                "stack": stack.number,
                "count": stack.count,
                "faces": [_face(face, photo) for face, photo in stack.faces],
            }
            for stack in found
        ],
        "next": f"{found[-1].count}:{found[-1].number}" if len(found) == limit else None,
    }


@api.get("/people/stacks/<int:number>")
@describe(shapes.FacePage, query=(shapes.StackQuery,))
def stack(number: int) -> Any:
    """List the faces of one stack."""
    limit, after = whole("limit", 200, 1, 500), whole("after", 0, 0, MAX_ID)
    with reading() as (session, mine):
        rows = face_stacks.faces(session, mine, min(number, MAX_ID), after, limit)
    return {
        "faces": [_face(face, photo) for face, photo in rows],
        "next": str(rows[-1][0].id) if len(rows) == limit else None,
    }


@api.post("/faces/name")
@describe(Done, body=shapes.Name, errors=(404,))
def name() -> Any:
    """Say who faces are, or all of a stack."""
    values = body()
    spelt = field(values, "name", str)
    with writing() as (session, mine):
        action, _ = faces.name(session, mine, _chosen(session, mine, values), spelt)
    return _learn(action)


@api.post("/faces/answer")
@describe(Done, body=shapes.Answer, errors=(404,))
def answer() -> Any:
    """Say that faces are strangers, not faces, not sure; or take a word back."""
    values = body()
    state = field(values, "state", str)
    with writing() as (session, mine):
        action = faces.answer(session, mine, _chosen(session, mine, values), state)
    return _learn(action)


@api.post("/faces/confirm")
@describe(Done, body=shapes.Confirm, errors=(404,))
def confirm() -> Any:
    """Confirm proposals: of these faces, or of a person from a confidence on."""
    values = body()
    with writing() as (session, mine):
        if "person" in values:
            person, above = field(values, "person", int), values.get("above", 0.0)
            check_ids([person], "“person”")
            if type(above) not in (int, float):
                raise AppError("“above” is a number from 0 to 1.")
            ids = people.suggested(session, mine, person, float(above))
        else:
            ids = _chosen(session, mine, values)
        action = faces.confirm(session, mine, ids)
    return _learn(action)


@api.post("/faces/reject")
@describe(Done, body=shapes.Reject, errors=(404,))
def reject() -> Any:
    """Say who faces are not; remembered for ever."""
    values = body()
    person = field(values, "person", int)
    check_ids([person], "“person”")
    with writing() as (session, mine):
        action = faces.reject(session, mine, _chosen(session, mine, values), person)
    return _learn(action)


@files.get("/<int:photo_id>/faces/<int:face_id>")
@describe(answers=PICTURE, errors=(416,))
def crop(photo_id: int, face_id: int) -> Response:
    """Send a face cut out of its photo."""
    try:
        with reading() as (session, mine):
            path = crops.crop(session, core(), mine, photo_id, face_id)
    except ImageError as error:
        raise NotFound(str(error)) from error
    return cached(send_file(path, mimetype="image/webp"))


def _learn(action: Action) -> dict[str, Any]:
    """Have what was said learned at once; returns the change, by which it can be undone."""
    dispatch.publish(core())
    return {"action": views.action(action)}


def _page(
    rows: list[face_lists.Row], limit: int, names: dict[int, str], doubled: Iterable[int] = ()
) -> dict[str, Any]:
    last = rows[-1][0] if len(rows) == limit else None
    sure = 1.0 if last is None or last.confidence is None else last.confidence
    return {
        "faces": [_face(face, photo, doubled, names) for face, photo in rows],
        "next": f"{sure}:{last.id}" if last else None,
    }


def _person(known: Known) -> dict[str, Any]:
    person, cover = known.person, known.cover
    return {
        "id": person.id,
        "name": person.name,
        "private": person.private,
        "named": known.named,
        "suggested": known.suggested,
        "cover": views.face(*cover, person.name)["crop"] if cover else None,
    }


def _face(
    face: Face, photo: Photo, doubled: Iterable[int] = (), names: dict[int, str] | None = None
) -> dict[str, Any]:
    told = views.face(face, photo, (names or {}).get(face.person_id or 0))
    return told | {"photo": photo.id, "twice": photo.id in doubled}


def _chosen(session: Any, mine: Any, values: dict[str, Any]) -> list[int]:
    """Return the faces of a body: {"faces": [...]} or {"stack": number}."""
    if "stack" in values:
        number = field(values, "stack", int)
        return face_stacks.members(session, mine, min(max(number, 0), MAX_ID))
    ids = field(values, "faces", list)
    check_ids(ids, "“faces”")
    return list(ids)


def _after(kind: type) -> Any:
    """Return the two numbers of the query's cursor, or None."""
    first, _, last = request.args.get("after", "").partition(":")
    if not first:
        return None
    try:
        value, number = kind(first), int(last)
    except ValueError:
        raise AppError("“after” is what “next” said.") from None
    if not 0 <= number <= MAX_ID or not abs(value) <= MAX_ID:
        raise AppError("“after” is what “next” said.")
    return value, number
