"""Repairs that a person adds: measured, made, taken back, and no word on what is found later."""

from typing import get_args

import numpy as np
import pytest
from skimage import data
from sqlalchemy import select

from app.models import Photo, Repair
from app.openapi.shapes.repairs import Kind
from app.services.repairs import by_hand
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
    see(it, noisy, Finding("damage", "noise", 0.97, {"sigma": 30.0}, WHOLE))
    states = [(one["network"], one["state"]) for one in detail(it, noisy)["repairs"]]
    assert sorted(states) == [("hand", "rejected"), ("some@12345678", "suggested")]


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


def test_a_photo_has_so_many_repairs_and_no_more(it, noisy):
    body = {"kind": "shear", "params": {"center": [160.0, 120.0], "slope": [0.01, 0.0]}}
    for _ in range(by_hand.MOST):
        it.post(f"/photos/{noisy}/repairs", body)
    answer = it.call("POST", f"/photos/{noisy}/repairs", body, 400)
    assert "10 repairs at most" in answer["error"]["message"]


def test_another_library_has_no_such_photo(it, noisy):
    assert it.client.get(f"/api/v1/photos/{noisy + 1}/repairs/begin?kind=noise").status_code == 404
    assert it.client.get(f"/api/v1/photos/{noisy}/repairs/begin?kind=x").status_code == 400
