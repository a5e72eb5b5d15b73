"""What is known of faces goes with the photo, the person, or all at once; it can be taken along."""

import base64
import json

import numpy as np
from sqlalchemy import func, select

from app.models import Face, FaceRejection, Person, Photo
from tests import people
from tests.in_process import InProcess


def label(it: InProcess, name: str, faces: list[int]) -> int:
    it.post("/faces/name", {"faces": faces, "name": name})
    found: int = next(p["id"] for p in it.get("/people")["people"] if p["name"] == name)
    return found


def rows(it: InProcess, model: type) -> int:
    with it.core.db.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def pictures(it: InProcess) -> int:
    return len(list(it.core.storage.root.rglob("*.face-*.webp")))


def test_embeddings_go_with_the_person_or_the_photo(it: InProcess) -> None:
    first, second = it.add("a.jpg", "b.jpg")
    vectors = people.centres(3)
    ada, ben = people.add(it, first, vectors[:2])
    [other] = people.add(it, second, vectors[2:])
    person = label(it, "Ada", [ada])
    it.post("/faces/reject", {"faces": [ben], "person": person})
    shown = it.get(f"/people/{person}/faces?tab=named")["faces"][0]["crop"]
    assert it.raw("GET", shown).status_code == 200
    assert pictures(it) == 1
    assert it.call("DELETE", f"/people/{person}") == {"faces": 1}
    with it.core.db.read() as session:
        assert set(session.scalars(select(Face.id))) == {ben, other}
        assert session.get_one(Photo, first).face_count == 1
    assert (rows(it, Person), rows(it, FaceRejection), pictures(it)) == (0, 0, 0)
    it.call("DELETE", f"/people/{person}", status=404)
    it.post("/photos/trash", {"selection": {"ids": [second]}})
    it.post("/photos/delete", {"selection": {"ids": [second]}})
    assert rows(it, Face) == 1
    it.work("people")


def test_all_is_forgotten_when_it_is_meant_and_nobody_looks_again(it: InProcess) -> None:
    [photo] = it.add("a.jpg")
    faces = people.add(it, photo, people.centres(2))
    label(it, "Ada", faces[:1])
    it.post("/people/forget", {"forget": False}, 400)
    assert it.post("/people/forget", {"forget": True}) == {"faces": 2}
    assert [rows(it, model) for model in (Face, Person, FaceRejection)] == [0, 0, 0]
    with it.core.db.read() as session:
        found = session.get_one(Photo, photo)
        assert found.face_count is None
        assert "faces" not in found.networks
    it.work("people")
    assert it.get("/people")["people"] == []


def test_what_is_known_can_be_taken_along(it: InProcess) -> None:
    [photo] = it.add("a.jpg")
    vectors = people.centres(2)
    faces = people.add(it, photo, vectors)
    label(it, "Ada", faces[:1])
    answer = it.raw("GET", "/api/v1/people/export")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="faces.jsonl"'
    told = [json.loads(line) for line in answer.data.splitlines()]
    assert told[0] == {"person": "Ada", "private": False}
    assert [line["person"] for line in told[1:]] == ["Ada", None]
    kept = np.frombuffer(base64.b64decode(told[1]["vector"]), "<f4")
    assert np.array_equal(kept, vectors[0])
