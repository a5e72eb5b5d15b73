"""Sensors' patterns: estimated in the background from a body's photos, and used for its photos."""

import io
import os

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data
from sqlalchemy import select

from app.models import Job, Photo, Sensor
from app.services.authenticity import sensors
from app.services.authenticity.sensors import half_of
from app.storage import SUMS
from ml.authenticity.sensor import LEAST

SIDE = (256, 320)
PATTERN = np.random.default_rng(1).normal(0, 0.02, SIDE)


def shot(number, serial="77", pattern=PATTERN):
    """A simulated camera's file: a piece of a picture, the sensor's pattern, noise, JPEG 95."""
    rng = np.random.default_rng(number)
    whole = (data.astronaut(), data.coffee(), data.chelsea())[number % 3]
    top, left = (int(rng.integers(a - b)) for a, b in zip((290, 440), SIDE, strict=True))
    large = cv2.resize(whole, (440, 290), interpolation=cv2.INTER_AREA)
    piece = large[top : top + SIDE[0], left : left + SIDE[1]] * rng.uniform(0.6, 1)
    values = piece * (1 + pattern[..., None]) + rng.normal(0, 1.5, piece.shape)
    exif, out = Image.Exif(), io.BytesIO()
    exif[271], exif[272] = "Maker", "Five"
    fields = exif.get_ifd(0x8769)
    fields[33434], fields[33437], fields[34855], fields[0xA431] = 0.01, 4.0, 200, serial
    shown = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    Image.fromarray(shown).save(out, "JPEG", quality=95, exif=exif.tobytes())
    return out.getvalue()


@pytest.fixture
def photos(it):
    for number in range(LEAST):
        it.upload(shot(number), f"{number}.jpg")
    it.upload(shot(900, "88", 0 * PATTERN), "other.jpg")
    it.work("prepare", "metadata")
    return {each["name"]: each["id"] for each in it.get("/photos?limit=200")["photos"]}


def look(it, *ids):
    it.post("/authenticity/find", {"selection": {"ids": list(ids)}})
    it.work("authenticity")


def told(it, photo_id):
    evidence = it.get(f"/photos/{photo_id}")["authenticity"]["evidence"]
    return [each["weight"] for each in evidence if each["kind"] == "sensor"]


def test_a_body_of_enough_photos_gets_a_pattern_and_its_photos_are_looked_at_again(it, photos):
    mine = photos["3.jpg"]
    look(it, mine, photos["other.jpg"])
    assert told(it, mine) == []
    assert it.work("sensor") == 2  # one a body
    with it.core.db.read() as session:
        known = {row.body: row for row in session.scalars(select(Sensor))}
        row = known["Maker · Five · 77 · 320×256"]
        assert row.photos == LEAST
        assert known["Maker · Five · 88 · 320×256"].photos == 0  # one photo alone
    assert it.work("authenticity") == 2
    assert max(told(it, mine)) >= 3
    assert told(it, photos["other.jpg"]) == []
    with it.core.db.read() as session:
        waiting = session.scalars(select(Job).where(Job.kind == "sensor", Job.state == "queued"))
        assert list(waiting) == []  # what is known is not estimated again


def test_a_photo_is_compared_with_the_half_it_has_no_part_in(it, photos):
    look(it, photos["3.jpg"])
    it.work("sensor")
    with it.core.db.read() as session:
        row = session.scalars(select(Sensor)).one()
        mine = {half_of(number): number for name, number in photos.items() if name != "other.jpg"}
        assert set(mine) == {0, 1}
        for number in mine.values():
            photo = session.get_one(Photo, number)
            place = it.core.storage.sensor(row.library_id, row.id, 1 - half_of(photo.id))
            found = sensors.pattern(session, it.core, photo, row.body)
            assert np.array_equal(found.kept, np.load(place))
            place.unlink()  # as after a backup was restored, which has no patterns
            assert sensors.pattern(session, it.core, photo, row.body) is None


def test_fewer_photos_ask_for_nothing(it):
    it.upload(shot(1), "a.jpg")
    it.work("prepare", "metadata")
    (photo,) = it.get("/photos")["photos"]
    look(it, photo["id"])
    with it.core.db.read() as session:
        assert list(session.scalars(select(Sensor))) == []


def test_a_pattern_goes_with_its_photos(it, photos):
    """The serial number of a camera stays no longer than the photos that named it."""
    look(it, photos["3.jpg"])
    it.work("sensor")
    sensors.forget(it.core, before=0)
    with it.core.db.write() as session:
        row = session.scalars(select(Sensor)).one()
        files = [it.core.storage.sensor(row.library_id, row.id, half) for half in (0, 1)]
        assert all(file.is_file() for file in files)
        for photo in session.scalars(select(Photo).where(Photo.id != photos["3.jpg"])):
            session.delete(photo)
        session.commit()
    sensors.forget(it.core, before=0)
    with it.core.db.read() as session:
        assert list(session.scalars(select(Sensor))) == []
    assert not any(file.exists() for file in files)


def test_what_a_killed_worker_added_up_goes_after_a_day(it):
    old, new = (it.core.storage.root / "sensors" / "1" / f"{SUMS}{name}" for name in "ab")
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "above").write_bytes(b"0")
    for path in (old / "above", old):
        os.utime(path, (1000, 1000))
    sensors.forget(it.core, before=2000)
    assert not old.exists()
    assert (new / "above").exists()
