"""Lists of faces that are no one person's, and photos by who is on them."""

import numpy as np
import pytest

from app.models import Face
from ml.people.whitening import unit
from tests import people
from tests.in_process import InProcess

EACH = 8
Faces = list[list[int]]


@pytest.fixture
def faces(it: InProcess) -> Faces:
    """Eight photos of one person and eight of another; three faces of each have a name."""
    rng = np.random.default_rng(2)
    found: Faces = []
    for who, centre in enumerate(people.centres(2)):
        vectors = unit(centre + rng.normal(0, 0.03, (EACH, people.SIZE)))
        photos = it.add(*(f"{who}-{n}.jpg" for n in range(EACH)))
        found.append(
            [people.add(it, photo, vectors[n : n + 1])[0] for n, photo in enumerate(photos)]
        )
    for ids, name in zip(found, ("Ada Byron", "Grace"), strict=True):
        it.post("/faces/name", {"faces": ids[:3], "name": name})
    assert it.get("/people")["learning"]
    it.work("people")
    return found


def listed(it: InProcess, query: str) -> list[dict[str, object]]:
    """Every face of a list, two a page."""
    found, after = [], ""
    while after is not None:
        page = it.get(f"/faces?{query}&limit=2&after={after}")
        found += page["faces"]
        after = page["next"]
    return found


def test_proposals_of_everybody_are_listed_by_how_sure_they_are(
    it: InProcess, faces: Faces
) -> None:
    wanted = {*faces[0][3:], *faces[1][3:]}
    for order in ("least", "teach", "most"):
        found = listed(it, f"state=suggested&order={order}")
        assert {face["id"] for face in found} == wanted
        assert {face["name"] for face in found} == {"Ada Byron", "Grace"}
        sure = [face["confidence"] for face in found]
        assert sure == sorted(sure, reverse=order == "most")
    told = it.get("/faces?state=suggested")
    assert (told["total"], told["learning"]) == (len(wanted), False)


def test_what_cannot_be_learned_from_teaches_nothing(it: InProcess, faces: Faces) -> None:
    blurred = faces[0][4]
    with it.core.db.write() as session:
        session.get_one(Face, blurred).quality = 0.1
        session.commit()
    assert blurred not in {face["id"] for face in listed(it, "state=suggested&order=teach")}
    (poor,) = [face for face in listed(it, "state=suggested&order=least") if face["poor"]]
    assert poor["id"] == blurred
    ada = next(p["id"] for p in it.get("/people")["people"] if p["name"] == "Ada Byron")
    page = it.get(f"/people/{ada}/faces?order=teach")["faces"]
    assert {face["id"] for face in page} == set(faces[0][3:]) - {blurred}


def test_blurred_and_tiny_faces_are_kept_apart_and_never_teach(it: InProcess, faces: Faces) -> None:
    other = people.centres(3)[2:]
    blurred = [people.add(it, it.add(f"{n}.jpg")[0], other, quality=0.3)[0] for n in range(3)]
    sharp = people.add(it, it.add("sharp.jpg")[0], other)[0]
    with it.core.db.write() as session:
        tiny = session.get_one(Face, faces[0][7])
        tiny.embedding, tiny.state, tiny.person_id = None, "open", None
        session.commit()
    it.work("people")
    assert [face["id"] for face in listed(it, "state=poor")] == [faces[0][7], *blurred]
    assert it.get("/people")["poor"] == it.get("/faces?state=poor")["total"] == 4
    stacks = it.get("/people/stacks")["stacks"]
    assert [face["id"] for stack in stacks for face in stack["faces"]] == [sharp]
    it.post("/faces/name", {"faces": blurred, "name": "Mary"})
    it.work("people")
    [mary] = [one for one in it.get("/people")["people"] if one["name"] == "Mary"]
    assert (mary["named"], mary["suggested"]) == (3, 0)
    assert it.get("/people")["poor"] == 1


def test_what_was_set_aside_is_found_and_asked_again(it: InProcess, faces: Faces) -> None:
    for state, face in (("stranger", faces[0][3]), ("not_face", faces[0][4])):
        it.post("/faces/answer", {"faces": [face], "state": state})
        assert [one["id"] for one in listed(it, f"state={state}")] == [face]
        it.post("/faces/answer", {"faces": [face], "state": "open"})
        assert listed(it, f"state={state}") == []


def test_a_person_counts_what_stands_on_each_tab(it: InProcess, faces: Faces) -> None:
    ada = next(p["id"] for p in it.get("/people")["people"] if p["name"] == "Ada Byron")
    it.post("/faces/reject", {"faces": faces[0][3:5], "person": ada})
    told = it.get(f"/people/{ada}")
    assert told["learning"]
    assert (told["person"]["named"], told["person"]["suggested"], told["rejected"]) == (3, 3, 2)


def test_photos_are_found_by_who_is_on_them(it: InProcess, faces: Faces) -> None:
    for query in ("person=ada byron", "q=person:ada", 'q=person:"ada byron"', "q=byron"):
        names = {photo["name"] for photo in it.get(f"/photos?{query}")["photos"]}
        assert names == {f"0-{n}.jpg" for n in range(EACH)}, query
    assert it.get("/photos?person=ada")["photos"] == [], "a filter is the whole name"
    counted = {one["value"]: one["count"] for one in it.get("/facets")["persons"]}
    assert counted == {"Ada Byron": EACH, "Grace": EACH}
    for query in ("person=Grace", "q=person:grace", "q=grace"):
        (left,) = it.get(f"/facets?{query}")["persons"]
        assert (left["value"], left["count"]) == ("Grace", EACH)
    offered = it.get("/suggest?q=by")["suggestions"]
    assert {"text": "Ada Byron", "kind": "person", "query": 'person:"Ada Byron"'} in offered
    (photo,) = it.get("/photos?q=0-5")["photos"]
    (face,) = it.get(f"/photos/{photo['id']}")["faces"]
    assert (face["name"], face["state"]) == ("Ada Byron", "suggested")
