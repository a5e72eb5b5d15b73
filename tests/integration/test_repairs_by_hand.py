"""Repairs that a person adds: measured, made, taken back, and no word on what is found later."""

from typing import get_args

import numpy as np
import pytest
from skimage import data
from sqlalchemy import select

from app.models import Photo, Repair
from app.openapi.shapes.repairs import Kind
from app.services.repairs import answers
from app.services.work import leases
from ml.degradations.noise import GaussianNoise
from ml.repair.by_hand import kinds
from ml.repair.quality import psnr
from ml.results import Finding
from tests.bent_photo import detail, pixels
from tests.integration.test_repaired_damage import jpeg, see

CLEAN = np.ascontiguousarray(data.astronaut()[:240, :320])
WHOLE = (0.0, 0.0, 320.0, 240.0)
TURNED = {"kind": "turned", "params": {"degrees": 90}}


@pytest.fixture
def noisy(it):
    it.upload(jpeg(GaussianNoise.of(30, 1).apply(CLEAN).image, 98), "noisy.jpg")
    it.work("prepare", "metadata")
    with it.core.db.read() as session:
        return session.scalars(select(Photo.id)).one()


def shown(it, photo_id):
    it.work("repair")
    return pixels(it, detail(it, photo_id)["preview"])


def test_every_kind_begins_with_parameters_that_can_be_undone(it, noisy):
    before = pixels(it, detail(it, noisy)["before"])
    for one in it.get("/repairs/kinds")["kinds"]:
        begun = it.get(f"/photos/{noisy}/repairs/begin?kind={one['effect']}")
        assert begun["stage"] == one["stage"]
        added = it.post(
            f"/photos/{noisy}/repairs", {"kind": one["effect"], "params": begun["params"]}
        )
        it.post(f"/actions/{added['action']['id']}/undo")
    assert np.array_equal(shown(it, noisy), before)
    assert {one["effect"] for one in kinds()} == set(get_args(Kind))
    states = {(one["kind"], one["state"]) for one in detail(it, noisy)["repairs"]}
    assert states == {(one["effect"], "rejected") for one in kinds()}


def test_noise_is_measured_and_taken_away(it, noisy):
    begun = it.get(f"/photos/{noisy}/repairs/begin?kind=noise")
    assert begun["params"]["sigma"] == pytest.approx(30, rel=0.3)
    before = psnr(shown(it, noisy), CLEAN)
    body = {"kind": "noise", "params": begun["params"], "strength": 0.9}
    added = it.post(f"/photos/{noisy}/repairs", body)
    [repair] = added["photo"]["repairs"]
    told = {name: repair[name] for name in ("state", "source", "network", "strength")}
    assert told == {"state": "accepted", "source": "person", "network": "hand", "strength": 0.9}
    assert psnr(shown(it, noisy), CLEAN) > before + 4


def test_what_was_added_and_undone_is_no_word_on_what_is_found(it, noisy):
    params = {"sigma": 25.0}
    action = it.post(f"/photos/{noisy}/repairs", {"kind": "noise", "params": params})["action"]
    it.post(f"/actions/{action['id']}/undo")
    repair = see(it, noisy, Finding("damage", "noise", 0.97, {"sigma": 30.0}, WHOLE))
    assert (repair["network"], repair["state"]) == ("some@12345678", "suggested")
    it.post(f"/repairs/{repair['id']}", {"state": "accepted"})
    it.post(f"/photos/{noisy}/repairs", {"kind": "noise", "params": params})
    states = [(one["state"], one["params"]) for one in detail(it, noisy)["repairs"]]
    assert states == [("accepted", params)], "a photo has one repair of a kind"


def test_what_a_person_added_never_becomes_the_machine_s(it, noisy):
    added = it.post(f"/photos/{noisy}/repairs", TURNED)
    [repair] = added["photo"]["repairs"]
    it.call("POST", f"/repairs/{repair['id']}", {"state": "suggested"}, 400)
    assert it.get("/repairs")["left"] == 0


def test_a_proposal_of_the_kind_is_answered(it, noisy):
    repair = see(it, noisy, Finding("damage", "noise", 0.97, {"sigma": 30.0}, WHOLE))
    it.post(f"/photos/{noisy}/repairs", {"kind": "noise", "params": {"sigma": 20.0}})
    [now] = detail(it, noisy)["repairs"]
    assert (now["id"], now["state"]) == (repair["id"], "accepted")
    assert (now["found"], now["params"]) == ({"sigma": 30.0}, {"sigma": 20.0})


def test_quarter_turns_add_up_in_one_repair(it, noisy):
    before = pixels(it, detail(it, noisy)["before"])
    it.post(f"/photos/{noisy}/repairs", TURNED)
    assert shown(it, noisy).shape == (*before.shape[1::-1], 3)
    it.post(f"/photos/{noisy}/repairs", {"kind": "turned", "params": {"degrees": 180}})
    half = shown(it, noisy)
    assert half.shape == before.shape
    off = np.abs(half[::-1, ::-1].astype(int) - before).mean()
    assert off < 6, "both are compressed"
    assert len(detail(it, noisy)["repairs"]) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"kind": "glow", "params": {}}, "no repair is called 'glow'"),
        ({"kind": "scratch", "params": {}}, "no repair is called 'scratch'"),
        ({"kind": "noise", "params": {"sigma": 1e9}}, "from 0.5 to 75"),
        ({"kind": "turned", "params": {"degrees": 45}}, "90, 180 or 270"),
        (TURNED | {"strength": 0}, "above 0"),
    ],
)
def test_what_cannot_be_is_refused_in_words(it, noisy, body, said):
    answer = it.call("POST", f"/photos/{noisy}/repairs", body, 400)
    assert said in answer["error"]["message"]
    with it.core.db.read() as session:
        assert session.scalars(select(Repair)).all() == []


def test_a_photo_has_so_many_repairs_and_no_more(it, noisy, monkeypatch):
    monkeypatch.setattr(answers, "MOST", 3)
    body = {"kind": "shear", "params": {"center": [160.0, 120.0], "slope": [0.01, 0.0]}}
    last = [it.post(f"/photos/{noisy}/repairs", body)["action"] for _ in range(3)][-1]
    answer = it.call("POST", f"/photos/{noisy}/repairs", body, 400)
    assert "3 repairs at most" in answer["error"]["message"]
    it.post(f"/actions/{last['id']}/undo")
    it.post(f"/photos/{noisy}/repairs", body)
    assert [one["state"] for one in detail(it, noisy)["repairs"]] == ["accepted"] * 3


def test_the_mosaic_of_a_part_lies_there(it, noisy):
    outline = [[10.0, 20.0], [110.0, 20.0], [110.0, 90.0], [10.0, 90.0]]
    params = {"block": 8.0, "phase": [0.0, 0.0], "outline": outline}
    added = it.post(f"/photos/{noisy}/repairs", {"kind": "mosaic", "params": params})
    [repair] = added["photo"]["repairs"]
    assert repair["region"] == [10.0, 20.0, 100.0, 70.0]


def test_work_that_is_no_longer_wanted_leaves_nothing(it, noisy, monkeypatch):
    it.post(f"/photos/{noisy}/repairs", {"kind": "noise", "params": {"sigma": 30.0}})

    def lost(self, share):
        raise leases.Lost

    monkeypatch.setattr(leases.Holder, "__call__", lost)
    it.work("repair")
    assert detail(it, noisy)["versions"] == []
    assert not list(it.core.storage.root.rglob("*.part*"))


def test_a_stranger_s_photo_neither_begins_nor_is_repaired(it, noisy):
    theirs = it.stranger()
    with it.core.db.write() as session:
        session.get_one(Photo, noisy).library_id = theirs.id
        session.commit()
    it.get(f"/photos/{noisy}/repairs/begin?kind=noise", 404)
    it.post(f"/photos/{noisy}/repairs", TURNED, 404)
    with it.core.db.read() as session:
        assert session.scalars(select(Repair)).all() == []
