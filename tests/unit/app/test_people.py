"""People: labels name the rest, words are remembered, everything can be taken back."""

import numpy as np
import pytest

from app.models import Face
from ml.people.whitening import unit
from tests import people
from tests.in_process import InProcess

Faces = dict[str, list[int]]
NAMES = ("Ada", "Grace", "Mary")
EACH = 12


@pytest.fixture
def faces(it: InProcess) -> Faces:
    """Twelve photos with a face of each of three people; on ten of them is a stranger as well."""
    rng = np.random.default_rng(1)
    own = {
        name: unit(centre + rng.normal(0, 0.03, (EACH, people.SIZE)))
        for name, centre in zip(NAMES, people.centres(3), strict=True)
    }
    strangers = people.centres(13)[3:]
    found: Faces = {name: [] for name in (*NAMES, "strangers")}
    for place, photo in enumerate(it.add(*(f"{n}.jpg" for n in range(EACH)))):
        vectors = [own[name][place] for name in NAMES] + list(strangers[place : place + 1])
        for name, face in zip(found, people.add(it, photo, np.stack(vectors)), strict=False):
            found[name].append(face)
    it.work("people")
    return found


def named(it: InProcess) -> dict[str, tuple[int, int]]:
    return {p["name"]: (p["named"], p["suggested"]) for p in it.get("/people")["people"]}


def person(it: InProcess, name: str) -> int:
    found: int = next(p["id"] for p in it.get("/people")["people"] if p["name"] == name)
    return found


def label(it: InProcess, ids: list[int], name: str) -> int:
    found: int = it.post("/faces/name", {"faces": ids, "name": name})["action"]["id"]
    return found


def states(it: InProcess, ids: list[int]) -> list[tuple[str, int | None]]:
    with it.core.db.read() as session:
        return [(f.state, f.person_id) for f in (session.get_one(Face, i) for i in ids)]


def test_stacks_hold_one_person_each_the_largest_first(it: InProcess, faces: Faces) -> None:
    found = it.get("/people/stacks")["stacks"]
    assert [s["count"] for s in found] == [EACH] * 3 + [1] * 10
    for stack in found[:3]:
        page = it.get(f"/people/stacks/{stack['stack']}?limit=5")
        more = it.get(f"/people/stacks/{stack['stack']}?limit=500&after={page['next']}")
        ids = {face["id"] for face in page["faces"] + more["faces"]}
        assert ids in [set(faces[name]) for name in NAMES]
    first = it.get("/people/stacks?limit=2")
    second = it.get(f"/people/stacks?limit=200&after={first['next']}")
    assert first["stacks"] + second["stacks"] == found


def test_a_few_labels_name_the_rest_and_nobody_else(it: InProcess, faces: Faces) -> None:
    for name in NAMES:
        label(it, faces[name][:3], name)
    assert it.work("people") == 1, "three answers, one round of learning"
    assert named(it) == dict.fromkeys(NAMES, (3, EACH - 3))
    assert all(state == ("open", None) for state in states(it, faces["strangers"]))
    for name in NAMES:
        page = it.get(f"/people/{person(it, name)}/faces")["faces"]
        assert {face["id"] for face in page} == set(faces[name][3:])
        sure = [face["confidence"] for face in page]
        assert sure == sorted(sure, reverse=True)


def test_a_stack_is_named_in_one_go_and_taken_back(it: InProcess, faces: Faces) -> None:
    stack = it.get("/people/stacks")["stacks"][0]
    action = it.post("/faces/name", {"stack": stack["stack"], "name": " Ada  Lovelace "})
    assert named(it) == {"Ada Lovelace": (EACH, 0)}
    it.post(f"/actions/{action['action']['id']}/undo")
    assert named(it) == {}
    it.work("people")
    assert it.get("/people/stacks")["stacks"][0]["count"] == EACH


def test_a_rejection_is_remembered_whatever_is_learned_after(it: InProcess, faces: Faces) -> None:
    label(it, faces["Ada"][:3], "Ada")
    it.work("people")
    refused, ada = faces["Ada"][5:7], person(it, "Ada")
    action = it.post("/faces/reject", {"faces": refused, "person": ada})["action"]["id"]
    label(it, faces["Ada"][3:5], "ADA")
    it.work("people")
    assert named(it) == {"Ada": (5, EACH - 7)}
    assert {f["id"] for f in it.get(f"/people/{ada}/faces?tab=rejected")["faces"]} == set(refused)
    it.post(f"/actions/{action}/undo")
    it.work("people")
    assert named(it) == {"Ada": (5, EACH - 5)}


@pytest.mark.parametrize("state", ["unsure", "stranger", "not_face"])
def test_what_is_nobody_is_not_asked_again(it: InProcess, faces: Faces, state: str) -> None:
    label(it, faces["Ada"][:3], "Ada")
    it.work("people")
    answer = it.post("/faces/answer", {"faces": faces["Ada"][3:6], "state": state})
    it.work("people")
    assert named(it) == {"Ada": (3, EACH - 6)}
    assert states(it, faces["Ada"][3:6]) == [(state, None)] * 3
    it.post(f"/actions/{answer['action']['id']}/undo")
    assert named(it) == {"Ada": (3, EACH - 3)}


def test_all_above_a_line_are_confirmed(it: InProcess, faces: Faces) -> None:
    label(it, faces["Ada"][:3], "Ada")
    it.work("people")
    ada = person(it, "Ada")
    page = it.get(f"/people/{ada}/faces?order=least&limit=4")
    line = page["faces"][-1]["confidence"]
    above = sum(
        face["confidence"] >= line for face in it.get(f"/people/{ada}/faces?limit=500")["faces"]
    )
    it.post("/faces/confirm", {"person": ada, "above": line})
    assert named(it) == {"Ada": (3 + above, EACH - 3 - above)}


def test_two_people_become_one_and_part_again(it: InProcess, faces: Faces) -> None:
    label(it, faces["Ada"], "Ada")
    label(it, faces["Grace"], "Countess")
    it.post("/faces/reject", {"faces": faces["strangers"][:1], "person": person(it, "Countess")})
    merged = it.post(f"/people/{person(it, 'Countess')}", {"name": "ada"})["action"]
    assert named(it) == {"Ada": (2 * EACH, 0)}
    rejected = it.get(f"/people/{person(it, 'Ada')}/faces?tab=rejected")["faces"]
    assert [face["id"] for face in rejected] == faces["strangers"][:1]
    it.post(f"/actions/{merged['id']}/undo")
    assert named(it) == {"Ada": (EACH, 0), "Countess": (EACH, 0)}
    assert it.get(f"/people/{person(it, 'Ada')}/faces?tab=rejected")["faces"] == []


def test_changes_are_taken_back_in_any_order(it: InProcess, faces: Faces) -> None:
    one = label(it, faces["Ada"][:2], "Ada")
    two = label(it, faces["Ada"][:2], "Grace")
    it.post(f"/actions/{one}/undo")
    assert named(it) == {"Grace": (2, 0)}
    it.post(f"/actions/{two}/undo")
    assert named(it) == {}


def test_a_name_is_changed_and_a_person_made_private(it: InProcess, faces: Faces) -> None:
    label(it, faces["Ada"], "Ada")
    ada = person(it, "Ada")
    action = it.post(f"/people/{ada}", {"name": "Ada King"})["action"]["id"]
    it.post(f"/people/{ada}", {"private": True, "cover": faces["Ada"][4]})
    found = it.get("/people?q=ki")["people"]
    assert [(p["name"], p["private"]) for p in found] == [("Ada King", True)]
    assert f"/faces/{faces['Ada'][4]}?" in found[0]["cover"]
    it.post(f"/actions/{action}/undo")
    assert list(named(it)) == ["Ada"]
    assert it.get("/people?q=da")["people"] == []


def test_the_same_name_twice_on_a_photo_is_told(it: InProcess, faces: Faces) -> None:
    both = people.add(it, it.add("two.jpg")[0], people.centres(2, seed=3))
    label(it, [*both, faces["Ada"][0]], "Ada")
    page = it.get(f"/people/{person(it, 'Ada')}/faces?tab=named")["faces"]
    assert {face["id"]: face["twice"] for face in page} == {
        both[0]: True,
        both[1]: True,
        faces["Ada"][0]: False,
    }


def test_nonsense_is_refused_in_words(it: InProcess, faces: Faces) -> None:
    it.post("/faces/name", {"faces": faces["Ada"], "name": " \n"}, status=400)
    it.post("/faces/name", {"faces": [999_999], "name": "Ada"}, status=404)
    it.post("/faces/answer", {"faces": faces["Ada"], "state": "named"}, status=400)
    it.post("/faces/reject", {"faces": faces["Ada"], "person": 999}, status=404)
    it.post("/faces/confirm", {"person": 999}, status=404)
    it.get("/people/999/faces", status=404)
    it.get("/people/stacks?after=x", status=400)
