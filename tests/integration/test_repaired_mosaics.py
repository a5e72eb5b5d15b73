"""Mosaics: proposed with their outline, undone inside it alone, taken back, told from pixel art."""

import io
import json
import urllib.parse

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from app.models import Photo, Repair
from ml.degradations.lookalikes import LOOKALIKES
from ml.pixelation.covered import Covered
from ml.repair import policy
from ml.repair.quality import psnr
from ml.results import Finding
from tests.bent_photo import SWIRL, detail, pixels
from tests.bent_photo import found as swirl
from tests.bent_photo import see as see_bent
from tests.covered_photo import (
    COVERED,
    MOSAIC,
    REGION,
    SIZE,
    covered_pixels,
    found,
    png,
    see,
)
from tests.unit.ml_distortion.known_picture import photo as known_picture


def fetched(it, address):
    return np.asarray(Image.open(io.BytesIO(it.client.get(address, buffered=True).get_data())))


def test_a_mosaic_is_proposed_undone_and_shown_again(it, covered):
    listed = it.get("/repairs")
    assert listed["kinds"] == [{"kind": "mosaic", "count": 1}]
    item = listed["items"][0]
    assert item["repair"]["params"] == COVERED.as_json()
    assert item["repair"]["reach"] == 0
    assert len(item["repair"]["params"]["outline"]) > 8
    told = {one["effect"]: one["parameters"] for one in it.get("/repairs/kinds")["kinds"]}
    assert [one["name"] for one in told["mosaic"]] == ["block", "phase"]
    clean, before = known_picture(*SIZE), pixels(it, item["before"])
    inside = MOSAIC.mask(SIZE)
    assert (
        psnr(pixels(it, item["after"])[inside], clean[inside])
        > psnr(before[inside], clean[inside]) + 1
    )
    action = it.post(f"/repairs/{item['repair']['id']}", {"state": "accepted"})["action"]
    it.work("repair")
    version = detail(it, covered)["versions"][0]
    assert version["shown"]
    assert set(version["networks"]) == {"pixelation", "superres"}
    done, old = fetched(it, version["file"]), covered_pixels()
    outside = ~COVERED.mask(SIZE)
    assert (done[outside] == old[outside]).all(), "bit by bit"
    assert psnr(done[inside], clean[inside]) > psnr(old[inside], clean[inside]) + 1
    it.post(f"/actions/{action['id']}/undo")
    it.work("repair")
    assert [v["shown"] for v in detail(it, covered)["versions"]] == [False]


def test_other_blocks_by_hand_and_less_of_it(it, covered):
    repair = detail(it, covered)["repairs"][0]
    other = repair["params"] | {"block": 5.0, "phase": [1.0, 1.0]}
    it.post(f"/repairs/{repair['id']}", {"state": "accepted", "params": other, "strength": 0.5})
    it.work("repair")
    step = detail(it, covered)["versions"][0]["recipe"]["steps"][0]
    assert (step["stage"], step["params"], step["strength"]) == ("pixelation", other, 0.5)
    for nonsense in ({}, {"block": 4}, repair["params"] | {"outline": [[0, 0], [1, 2]]}):
        it.post(f"/repairs/{repair['id']}", {"state": "accepted", "params": nonsense}, status=400)


def test_the_grid_is_undone_before_what_was_bent(it, covered):
    see_bent(it, covered, swirl())
    for repair in detail(it, covered)["repairs"]:
        it.post(f"/repairs/{repair['id']}", {"state": "accepted"})
    it.work("repair")
    told = detail(it, covered)
    assert [repair["stage"] for repair in told["repairs"]] == ["pixelation", "distortion"]
    steps = told["versions"][0]["recipe"]["steps"]
    assert [step["kind"] for step in steps] == ["mosaic", "swirl"]
    assert steps[1]["params"] == SWIRL.as_json()


def test_one_answer_about_one_of_several(it, covered):
    second = Finding(
        "pixelation",
        "mosaic",
        0.9,
        Covered(6.0, (0.0, 0.0), ((400.0, 10.0), (470.0, 10.0), (470.0, 80.0))).as_json(),
        (400.0, 10.0, 70.0, 70.0),
    )
    it.post(f"/repairs/{detail(it, covered)['repairs'][0]['id']}", {"state": "accepted"})
    see(it, covered, found(), second)
    states = [one["state"] for one in detail(it, covered)["repairs"]]
    assert states == ["accepted", "suggested"], "another place, another question"
    see(it, covered, found(), Finding("pixelation", "mosaic", 0.9, {}, (0.0, 0.0, 60.0, 60.0)))
    assert len(detail(it, covered)["repairs"]) == 1, "without a grid nothing can be undone"


def test_automatic_only_where_it_is_sure(it, covered):
    it.call("PUT", "/settings", {"repair_pixelation": "automatic"})
    sure = policy.sure("pixelation")
    see(it, covered, found(confidence=sure - 0.01))
    assert detail(it, covered)["repairs"][0]["state"] == "suggested"
    see(it, covered, found(confidence=min(1.0, sure + 0.01)))
    told = detail(it, covered)["repairs"][0]
    assert (told["state"], told["source"]) == ("accepted", "machine")


def test_it_is_looked_for_by_policy_or_when_asked_and_pixel_art_is_left_alone(it):
    it.call("PUT", "/settings", {"repair_pixelation": "suggest"})
    it.upload(png(), "plate.png")
    art = io.BytesIO()
    rng = np.random.default_rng(5)
    Image.fromarray(LOOKALIKES["pixel_art"](known_picture(*SIZE), rng)).save(art, "PNG")
    it.upload(art.getvalue(), "art.png")
    it.work("prepare", "metadata", "diagnose")
    with it.core.db.read() as session:
        query = select(Photo.name, Repair.region).join(Repair, Repair.photo_id == Photo.id)
        rows = session.execute(query).all()
    assert [name for name, _ in rows] == ["plate.png"]
    x, y, width, height = rows[0][1]
    assert abs(x - REGION[0]) < 16
    assert abs(y + height - REGION[1] - REGION[3]) < 16
    assert abs(width - REGION[2]) < 24
    ids = [photo["id"] for photo in it.get("/photos")["photos"]]
    asked = {"selection": {"ids": ids}, "stages": ["pixelation"]}
    assert it.post("/repairs/find", asked)["queued"] == 2


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"block": 1e9, "phase": [0, 0]},
        {"block": 4, "phase": [0, 0], "outline": [[0, 0]] * 4000},
        {"block": 4, "phase": [1e300, 0]},
        {"block": [4], "phase": [0, 0]},
    ],
)
def test_a_picture_by_a_nonsense_mosaic(it, covered, params):
    step = {"stage": "pixelation", "kind": "mosaic", "params": params}
    told = urllib.parse.quote(json.dumps({"steps": [step]}))
    assert it.client.get(f"/photos/{covered}/repaired?recipe={told}").status_code == 404
