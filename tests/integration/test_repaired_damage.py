"""Damage and rotation in the library: looked for by policy, undone in a version, taken back."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data
from sqlalchemy import select

from app.models import Photo
from app.services.repairs import findings
from ml.degradations.noise import GaussianNoise
from ml.repair.quality import psnr
from ml.results import Finding
from tests.bent_photo import detail, pixels


def jpeg(image: np.ndarray, quality: int = 95) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(out, "JPEG", quality=quality)
    return out.getvalue()


def photo_ids(it) -> dict[str, int]:
    with it.core.db.read() as session:
        return {name: i for i, name in session.execute(select(Photo.id, Photo.name)).all()}


def see(it, photo_id: int, one: Finding) -> dict:
    """Keep a finding; gives what the photo says of it."""
    with it.core.db.write() as session:
        findings.keep(session, session.get_one(Photo, photo_id), one.stage, [one], "some@12345678")
        session.commit()
    return next(r for r in detail(it, photo_id)["repairs"] if r["kind"] == one.kind)


def test_noise_is_looked_for_by_policy_and_undone_in_a_version(it):
    clean = data.astronaut()[:320, :400]
    noisy = GaussianNoise.of(30, 1).apply(clean).image
    it.call("PUT", "/settings", {"repair_damage": "suggest"})
    it.upload(jpeg(noisy, 98), "noisy.jpg")
    it.upload(jpeg(clean), "clean.jpg")
    it.work("prepare", "metadata", "diagnose")
    listed = it.get("/repairs")
    assert listed["kinds"] == [{"kind": "noise", "count": 1}]
    item = listed["items"][0]
    assert item["photo"]["name"] == "noisy.jpg"
    assert item["repair"]["params"]["sigma"] == pytest.approx(30, rel=0.3)
    assert item["repair"]["reach"] == 0
    assert psnr(pixels(it, item["after"]), clean) > psnr(pixels(it, item["before"]), clean) + 3
    told = {one["effect"]: one["parameters"] for one in it.get("/repairs/kinds")["kinds"]}
    assert [one["name"] for one in told["noise"]] == ["sigma"]
    it.post(f"/repairs/{item['repair']['id']}", {"state": "accepted", "strength": 0.8})
    it.work("repair")
    version = detail(it, item["photo"]["id"])["versions"][0]
    assert set(version["networks"]) == {"damage", "restoration"}
    assert psnr(pixels(it, version["file"]), clean) > psnr(noisy, clean) + 4


def test_a_turned_photo_keeps_every_pixel_and_is_shown_upright(it):
    upright = data.astronaut()[:300, :400]
    stored = jpeg(np.rot90(upright, -1))
    it.upload(stored, "side.jpg")
    it.work("prepare", "metadata")
    photo_id = photo_ids(it)["side.jpg"]
    whole = (0.0, 0.0, 300.0, 400.0)
    repair = see(it, photo_id, Finding("rotation", "turned", 0.99, {"degrees": 90}, whole))
    action = it.post(f"/repairs/{repair['id']}", {"state": "accepted"})["action"]
    it.work("repair")
    version = detail(it, photo_id)["versions"][0]
    assert (version["width"], version["height"]) == (400, 300)
    file = it.client.get(version["file"], buffered=True).get_data()
    with Image.open(io.BytesIO(file)) as after, Image.open(io.BytesIO(stored)) as before:
        assert (np.asarray(after) == np.asarray(before)).all(), "which way is up, and no pixel"
        assert after.getexif()[274] == 8
    assert pixels(it, detail(it, photo_id)["preview"]).shape[:2] == (300, 400)
    it.post(f"/actions/{action['id']}/undo")
    it.work("repair")
    assert not any(v["shown"] for v in detail(it, photo_id)["versions"])


def test_what_is_told_and_not_repaired_is_no_proposal(it):
    it.upload(jpeg(data.astronaut()[:200, :200]), "moved.jpg")
    it.work("prepare", "metadata")
    with it.core.db.write() as session:
        told = Finding("damage", "motion_blur", 0.9, {}, (0.0, 0.0, 200.0, 200.0))
        photo = session.get_one(Photo, photo_ids(it)["moved.jpg"])
        findings.keep(session, photo, "damage", [told], "some@12345678")
        session.commit()
    assert it.get("/repairs")["left"] == 0
