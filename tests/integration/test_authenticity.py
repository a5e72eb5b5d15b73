"""Verdicts: asked for, shown with reasons, corrected, undone, found again, written in our words."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data
from sqlalchemy import select

from app.metadata import deliver
from app.models import Job, Photo, Verdict
from app.services.authenticity import verdicts
from app.services.delivery.edits import Choice, edits_for
from app.services.intake import preparation
from app.services.people import named_faces
from ml.results import Authenticity, Evidence, JudgedPerson

PERSON = JudgedPerson(
    (60.0, 40.0, 80.0, 90.0),
    (0.0, 0.0, 235.0, 220.0),
    Authenticity(
        "inconclusive",
        {"photograph": 0.5, "generated": 0.4, "edited": 0.1},
        None,
        (Evidence("objects", "Fine texture looks slightly like that of photographs.", 0.2),),
        np.full((2, 3), 9, np.uint8),
    ),
)
FOUND = Authenticity(
    "generated",
    {"photograph": 0.05, "generated": 0.9, "edited": 0.05},
    None,
    (Evidence("traces", "Fine texture looks clearly like that of image generators.", -2.5),),
    np.arange(12, dtype=np.uint8).reshape(3, 4),
    (PERSON,),
)


@pytest.fixture
def judged(it):
    out = io.BytesIO()
    Image.fromarray(data.astronaut()).save(out, "JPEG", quality=92)
    it.upload(out.getvalue(), "trip/face.jpg")
    it.work("prepare", "metadata")
    with it.core.db.write() as session:
        photo = session.scalars(select(Photo)).one()
        verdicts.keep(session, photo, FOUND, "authenticity@12345678")
        session.commit()
        return photo.id


def states(it):
    return {one["value"]: one["count"] for one in it.get("/facets")["states"]}


def test_a_verdict_is_shown_with_its_reasons_and_filtered_by(it, judged):
    told = it.get(f"/photos/{judged}")["authenticity"]
    assert (told["outcome"], told["said"]) == ("generated", None)
    assert told["evidence"][0]["weight"] == -2.5
    assert (told["across"], told["traces"]) == (4, list(range(12)))
    assert states(it)["generated"] == 1
    assert it.get("/photos?state=generated")["photos"][0]["id"] == judged
    assert it.get("/photos?state=photograph")["photos"] == []


def test_each_person_is_told_apart(it, judged):
    (told,) = it.get(f"/photos/{judged}")["authenticity"]["people"]
    assert (told["outcome"], told["box"]) == ("inconclusive", [60.0, 40.0, 80.0, 90.0])
    assert told["place"] == [0.0, 0.0, 235.0, 220.0]
    assert told["evidence"][0]["kind"] == "objects"
    assert (told["across"], told["traces"]) == (3, [9] * 6)


def test_a_persons_word_holds_and_can_be_undone(it, judged):
    done = it.post(f"/photos/{judged}/authenticity", {"outcome": "photograph"})
    assert done["photo"]["authenticity"]["outcome"] == "photograph"
    with it.core.db.write() as session:
        photo = session.get_one(Photo, judged)
        verdicts.keep(session, photo, FOUND, "authenticity@87654321")
        session.commit()
    told = it.get(f"/photos/{judged}")["authenticity"]
    assert (told["outcome"], told["found"]) == ("photograph", "generated")
    assert states(it)["photograph"] == 1
    it.post(f"/actions/{done['action']['id']}/undo")
    assert it.get(f"/photos/{judged}")["authenticity"]["outcome"] == "generated"
    it.call("POST", f"/photos/{judged}/authenticity", {"outcome": "fake"}, status=400)


def test_nothing_is_looked_at_unless_wanted(it):
    it.add("a.jpg")
    with it.core.db.read() as session:
        kinds = set(session.scalars(select(Job.kind)))
        assert "authenticity" not in kinds
    it.call("PUT", "/settings", {"authenticity": True})
    it.add("b.jpg", seed=3)
    with it.core.db.read() as session:
        assert "authenticity" in set(session.scalars(select(Job.kind)))


def test_a_look_leaves_a_verdict_and_every_pixel_alone(it, judged):
    with it.core.db.write() as session:
        session.delete(session.get_one(Verdict, judged))
        session.commit()
    assert it.get(f"/photos/{judged}")["authenticity"] is None
    assert it.post("/authenticity/find", {"selection": {"ids": [judged]}})["queued"] == 1
    assert it.work("authenticity") == 1
    told = it.get(f"/photos/{judged}")["authenticity"]
    assert told["outcome"] in {"photograph", "generated", "edited", "inconclusive"}
    assert {"whole", "objects", "splice", "statistics"} <= {one["kind"] for one in told["evidence"]}
    assert len(told["traces"]) % told["across"] == 0


def copied(it, judged, folder):
    with it.core.db.read() as session:
        photo = session.get_one(Photo, judged)
        said = edits_for(
            session, photo, Choice(None, named_faces.Switches(True, True, True, False))
        )[0]
        source = preparation.original(it.core, photo)
    return deliver(source, folder / "copy.jpg", said).files[0].read_text("latin-1")


def test_copies_say_a_persons_word_in_our_own_namespace_alone(it, judged, tmp_path):
    it.post(f"/photos/{judged}/authenticity", {"outcome": "generated"})
    copy = copied(it, judged, tmp_path)
    assert ">generated</proofsheet:AuthenticityOutcome>" in copy
    assert ">person</proofsheet:AuthenticityBy>" in copy
    assert "DigitalSourceType" not in copy


def test_what_the_machine_thinks_is_in_no_copy(it, judged, tmp_path):
    assert "Authenticity" not in copied(it, judged, tmp_path)
