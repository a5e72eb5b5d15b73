"""Repairs: proposed, seen, accepted, adjusted, refused, undone; originals stay as they are."""

import hashlib
import io
import json
import urllib.parse

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select

from app.config import Config
from app.models import Face, Job, Photo, PhotoTag, Repair, Version
from ml.repair.quality import psnr
from ml.warps.swirl import Swirl
from tests.bent_photo import NETWORK, SIZE, SWIRL, detail, found, pixels, see
from tests.in_process import InProcess
from tests.integration.test_backup import fetch, save
from tests.unit.ml_distortion.known_picture import photo as known_picture


def originals(it):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (it.core.storage.root / "originals").rglob("*")
        if path.is_file()
    }


def test_a_repair_is_proposed_seen_and_done(it, bent):
    photo_id, _ = bent
    before = originals(it)
    listed = it.get("/repairs")
    assert (listed["left"], listed["kinds"]) == (1, [{"kind": "swirl", "count": 1}])
    item = listed["items"][0]
    assert item["repair"]["params"] == SWIRL.as_json()
    assert 20 < item["repair"]["reach"] < 80, "70 degrees at most, within 120 pixels"
    told = {one["effect"]: one["parameters"] for one in it.get("/repairs/kinds")["kinds"]}
    assert {one["name"] for one in told["swirl"]} == set(SWIRL.as_json())
    states = {one["value"]: one["count"] for one in it.get("/facets")["states"]}
    assert states["repairs"] == 1
    clean = known_picture(*SIZE)
    assert psnr(pixels(it, item["after"]), clean) > 27 > psnr(pixels(it, item["before"]), clean)
    it.post(f"/repairs/{item['repair']['id']}", {"state": "accepted"})
    assert it.work("repair") == 1
    told = detail(it, photo_id)
    assert [v["shown"] for v in told["versions"]] == [True]
    assert told["versions"][0]["recipe"]["steps"][0]["params"] == SWIRL.as_json()
    assert told["versions"][0]["networks"] == {"distortion": NETWORK}
    assert psnr(pixels(it, told["preview"]), clean) > 27
    assert psnr(pixels(it, told["before"]), clean) < 27
    assert pixels(it, told["thumb"]).shape == (360, 480, 3)
    file = it.client.get(told["versions"][0]["file"], buffered=True)
    assert "face.jpg" in file.headers["Content-Disposition"]
    assert originals(it) == before
    assert it.get("/repairs")["left"] == 0


def test_undo_shows_the_original_again_and_a_second_time_makes_nothing(it, bent):
    photo_id, _ = bent
    repair = detail(it, photo_id)["repairs"][0]["id"]
    action = it.post(f"/repairs/{repair}", {"state": "accepted"})["action"]
    it.work("repair")
    it.post(f"/actions/{action['id']}/undo")
    it.work("repair")
    told = detail(it, photo_id)
    assert [v["shown"] for v in told["versions"]] == [False]
    assert told["repairs"][0]["state"] == "suggested"
    it.post(f"/repairs/{repair}", {"state": "accepted"})
    it.work("repair")
    assert [v["shown"] for v in detail(it, photo_id)["versions"]] == [True], (
        "the same version again"
    )


def test_other_parameters_and_strength_make_another_version(it, bent):
    photo_id, _ = bent
    repair = detail(it, photo_id)["repairs"][0]["id"]
    weaker = Swirl((200.0, 180.0), 30.0, 120.0).as_json()
    it.post(f"/repairs/{repair}", {"state": "accepted"})
    it.work("repair")
    it.post(f"/repairs/{repair}", {"state": "accepted", "params": weaker, "strength": 0.5})
    it.work("repair")
    told = detail(it, photo_id)
    assert [v["shown"] for v in told["versions"]] == [True, False]
    assert told["repairs"][0]["found"] == SWIRL.as_json()
    assert (told["repairs"][0]["params"], told["repairs"][0]["strength"]) == (weaker, 0.5)


def test_a_rejection_is_never_proposed_again(it, bent):
    photo_id, _ = bent
    it.post(f"/repairs/{detail(it, photo_id)['repairs'][0]['id']}", {"state": "rejected"})
    see(it, photo_id, found(Swirl((205.0, 178.0), 66.0, 118.0)))
    assert [r["state"] for r in detail(it, photo_id)["repairs"]] == ["rejected"]
    see(it, photo_id, found(), found(kind="wave"))
    assert [r["kind"] for r in detail(it, photo_id)["repairs"]] == ["swirl", "wave"]
    see(it, photo_id)
    assert [r["kind"] for r in detail(it, photo_id)["repairs"]] == ["swirl"], "not seen any more"


def test_automatic_is_done_when_sure_and_can_be_undone(it, bent, monkeypatch):
    from ml.repair import policy

    monkeypatch.setitem(policy._SURE, "distortion", lambda _: 0.95)
    photo_id, _ = bent
    it.call("PUT", "/settings", {"repair_distortion": "automatic"})
    see(it, photo_id, found(confidence=0.94))
    assert detail(it, photo_id)["repairs"][0]["state"] == "suggested"
    see(it, photo_id, found(confidence=0.96))
    it.work("repair")
    told = detail(it, photo_id)
    assert (told["repairs"][0]["state"], told["repairs"][0]["source"]) == ("accepted", "machine")
    it.post(f"/repairs/{told['repairs'][0]['id']}", {"state": "rejected"})
    it.work("repair")
    see(it, photo_id, found(confidence=0.99))
    it.work("repair")
    told = detail(it, photo_id)
    assert [r["state"] for r in told["repairs"]] == ["rejected"]
    assert not any(v["shown"] for v in told["versions"])


def test_all_of_a_kind_at_once(it, bent):
    photo_id, _ = bent
    more = it.add("a.jpg", "b.jpg")
    for number, other in enumerate(more):
        see(it, other, found(Swirl((30.0, 20.0), 40.0, 15.0), 0.5 + number / 10))
    done = it.post("/repairs/answer", {"state": "accepted", "kind": "swirl", "least": 0.55})
    assert done["changed"] == 2
    it.work("repair")
    assert [len(detail(it, p)["versions"]) for p in (photo_id, *more)] == [1, 0, 1]
    it.post(f"/actions/{done['action']['id']}/undo")
    it.work("repair")
    assert it.get("/repairs")["left"] == 3


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"state": "done"},
        {"state": "accepted", "params": {"angle": "x"}},
        {"state": "accepted", "params": {"angle": 1e30}},
        {"state": "accepted", "strength": 0},
        {"state": "accepted", "params": {"center": [[1], 2]}},
        {"state": "accepted", "params": []},
        {"state": "accepted", "params": SWIRL.as_json() | {"radius": -4.0}},
        {"state": "accepted", "strength": True},
    ],
)
def test_nonsense_is_refused_in_words(it, bent, body):
    photo_id, _ = bent
    repair = detail(it, photo_id)["repairs"][0]["id"]
    assert it.post(f"/repairs/{repair}", body, status=400)["error"]["message"]
    assert detail(it, photo_id)["repairs"][0]["state"] == "suggested"


@pytest.mark.parametrize(
    "recipe",
    [
        "",
        "{",
        "[]",
        '{"steps": [1]}',
        '{"steps": [{"stage": "x", "kind": "y"}]}',
        json.dumps({"steps": [{"stage": "distortion", "kind": "swirl", "params": {}}]}),
        json.dumps({"steps": [], "rim": 3}),
        "[" * 9000,
    ],
)
def test_a_picture_by_a_nonsense_recipe(it, bent, recipe):
    told = urllib.parse.quote(recipe)
    answer = it.client.get(f"/photos/{bent[0]}/repaired?recipe={told}")
    assert answer.status_code == 404


def test_what_another_library_has_is_not_there(it, bent):
    photo_id, _ = bent
    repair = detail(it, photo_id)["repairs"][0]["id"]
    theirs = it.stranger().id
    with it.core.db.write() as session:
        session.get_one(Repair, repair).library_id = theirs
        session.get_one(Photo, photo_id).library_id = theirs
        session.commit()
    it.post(f"/repairs/{repair}", {"state": "accepted"}, status=404)
    assert it.get("/repairs")["left"] == 0
    assert (
        it.client.get(f"/photos/{photo_id}/repaired?recipe=%7B%22steps%22:[]%7D").status_code == 404
    )


def test_a_version_goes_with_its_photo(it, bent):
    photo_id, _ = bent
    it.post(f"/repairs/{detail(it, photo_id)['repairs'][0]['id']}", {"state": "accepted"})
    it.work("repair")
    versions = list((it.core.storage.root / "versions").rglob("*"))
    assert [path.is_file() for path in versions].count(True) == 1
    it.post("/photos/trash", {"selection": {"ids": [photo_id]}})
    it.post("/photos/delete", {"selection": {"ids": [photo_id]}})
    for room in ("versions", "derived", "originals"):
        assert not [p for p in (it.core.storage.root / room).rglob("*") if p.is_file()], room


def test_a_lost_version_is_made_again_bit_by_bit(it, bent):
    photo_id, _ = bent
    repair = detail(it, photo_id)["repairs"][0]["id"]
    it.post(f"/repairs/{repair}", {"state": "accepted"})
    it.work("repair")
    with it.core.db.read() as session:
        row = session.scalars(select(Version)).one()
    path = it.core.storage.version(row.library_id, row.sha256)
    before = path.read_bytes()
    path.unlink()
    it.post(f"/repairs/{repair}", {"state": "accepted"})
    it.work("repair")
    assert path.read_bytes() == before


def test_a_file_that_cannot_be_repaired_says_why(it):
    out = io.BytesIO()
    frames = [Image.fromarray(known_picture(*SIZE)), Image.new("RGB", SIZE)]
    frames[0].save(out, "TIFF", save_all=True, append_images=frames[1:])
    it.upload(out.getvalue(), "pages.tif")
    it.work("prepare")
    with it.core.db.read() as session:
        photo_id = session.scalars(select(Photo.id)).one()
    see(it, photo_id, found())
    it.post(f"/repairs/{detail(it, photo_id)['repairs'][0]['id']}", {"state": "accepted"})
    it.work("repair")
    with it.core.db.read() as session:
        job = session.scalars(select(Job).where(Job.kind == "repair")).one()
    assert job.state == "failed"
    assert "several pages" in job.reason
    assert detail(it, photo_id)["versions"] == []


def test_boxes_are_told_where_they_lie_in_what_is_shown(it, bent):
    photo_id, _ = bent
    box = [230.0, 150.0, 40.0, 40.0]
    with it.core.db.write() as session:
        session.add(
            Face(photo_id=photo_id, box=box, landmarks=[], score=0.9, quality=0.9, network="n")
        )
        session.commit()
    it.post(f"/repairs/{detail(it, photo_id)['repairs'][0]['id']}", {"state": "accepted"})
    it.work("repair")
    moved = detail(it, photo_id)["faces"][0]["box"]
    middle = np.array([[250.0, 170.0]])
    wanted = SWIRL.inverse(middle)[0]
    assert abs(moved[0] + moved[2] / 2 - wanted[0]) < 6
    assert abs(moved[1] + moved[3] / 2 - wanted[1]) < 6
    assert pixels(it, detail(it, photo_id)["faces"][0]["crop"]).shape == (192, 192, 3)


def test_boxes_of_the_tags_review_lie_in_the_repaired_picture(it, bent):
    photo_id, _ = bent
    it.post(f"/repairs/{detail(it, photo_id)['repairs'][0]['id']}", {"state": "accepted"})
    it.work("repair")
    it.see(photo_id, {"person": 0.4})
    with it.core.db.write() as session:
        session.scalars(select(PhotoTag)).one().boxes = [[230.0, 150.0, 40.0, 40.0, 0.4]]
        session.commit()
    x, y, width, height = it.get("/review")["items"][0]["boxes"][0][:4]
    wanted = SWIRL.inverse(np.array([[250.0, 170.0]]))[0]
    assert abs(x + width / 2 - wanted[0]) < 6
    assert abs(y + height / 2 - wanted[1]) < 6


def test_it_comes_back_from_a_backup(it, bent, tmp_path):
    photo_id, _ = bent
    it.post(f"/repairs/{detail(it, photo_id)['repairs'][0]['id']}", {"state": "accepted"})
    it.work("repair")
    elsewhere = Config(data=tmp_path / "elsewhere")
    assert fetch(save(it, tmp_path / "backup.tar"), elsewhere) == 0
    restored = InProcess(elsewhere)
    try:
        restored.work("prepare", "repair")
        told = detail(restored, photo_id)
        assert [version["shown"] for version in told["versions"]] == [True]
        assert psnr(pixels(restored, told["preview"]), known_picture(*SIZE)) > 27
        assert pixels(restored, told["thumb"]).shape == (360, 480, 3)
    finally:
        restored.close()
