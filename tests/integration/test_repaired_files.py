"""Repaired versions as files: delivered, with regions in place, and known when they come back."""

import hashlib
import io
import json
import subprocess
import zipfile

import numpy as np
import pyexiv2
from PIL import Image
from sqlalchemy import select

from app.models import Face, Photo
from ml.repair.quality import psnr
from tests.bent_photo import SIZE, SWIRL, detail
from tests.unit.ml_distortion.known_picture import photo as known_picture


def delivered(it, **options) -> dict[str, bytes]:
    """The files of a download of everything."""
    made = it.post("/exports", {"selection": {"filter": {}}, "options": options}, status=201)
    it.work("export")
    status = it.get(f"/exports/{made['id']}")
    assert status["errors"] == []
    with zipfile.ZipFile(
        io.BytesIO(it.client.get(status["url"], buffered=True).get_data())
    ) as zip_:
        return {name: zip_.read(name) for name in zip_.namelist()}


def test_downloads_hold_repaired_originals_or_both(it, bent):
    photo_id, data = bent
    it.post(f"/repairs/{detail(it, photo_id)['repairs'][0]['id']}", {"state": "accepted"})
    it.work("repair")
    clean = known_picture(*SIZE)

    def nearness(file: bytes) -> float:
        return psnr(np.asarray(Image.open(io.BytesIO(file)).convert("RGB")), clean)

    assert nearness(delivered(it)["trip/face.jpg"]) > 27
    assert delivered(it, pictures="originals") == {"trip/face.jpg": data}
    both = delivered(it, pictures="both")
    assert both["trip/face.jpg"] == data
    assert nearness(both["trip/face-repaired.jpg"]) > 27
    it.post("/exports", {"selection": {"filter": {}}, "options": {"pictures": "no"}}, status=400)


def test_regions_lie_on_faces_of_the_repaired_copy(it, bent, tmp_path):
    photo_id, _ = bent
    box = [230.0, 150.0, 40.0, 40.0]
    with it.core.db.write() as session:
        session.add(
            Face(photo_id=photo_id, box=box, landmarks=[], score=1.0, quality=1.0, network="n")
        )
        session.commit()
    face = detail(it, photo_id)["faces"][0]["id"]
    it.post("/faces/name", {"faces": [face], "name": "Ann"})
    it.post(f"/repairs/{detail(it, photo_id)['repairs'][0]['id']}", {"state": "accepted"})
    it.work("repair")
    wanted = {"a": SWIRL.inverse(np.array([[250.0, 170.0]]))[0], "b": np.array([250.0, 170.0])}
    both = delivered(it, pictures="both")
    for key, name in (("a", "trip/face-repaired.jpg"), ("b", "trip/face.jpg")):
        path = tmp_path / f"{key}.jpg"
        path.write_bytes(both[name])
        asked = ["exiftool", "-json", "-struct", "-RegionInfo", "-PersonInImage", str(path)]
        told = json.loads(subprocess.run(asked, capture_output=True, check=True).stdout)[0]
        area = told["RegionInfo"]["RegionList"][0]["Area"]
        assert told["PersonInImage"] == ["Ann"]
        assert abs(area["X"] * SIZE[0] - wanted[key][0]) < 6, name
        assert abs(area["Y"] * SIZE[1] - wanted[key][1]) < 6, name


def test_a_repaired_copy_that_comes_back_changes_nothing(it, bent):
    photo_id, _ = bent
    it.post(f"/repairs/{detail(it, photo_id)['repairs'][0]['id']}", {"state": "accepted"})
    it.see(photo_id, {"dog": 0.9})
    it.post("/tags/apply", {"selection": {"ids": [photo_id]}, "add": ["harbour"], "remove": []})
    it.work("repair")
    copy = delivered(it)["trip/face.jpg"]
    it.upload(copy, "trip/face.jpg")
    it.work("prepare", "metadata")
    with it.core.db.read() as session:
        photos = session.scalars(select(Photo)).all()
        assert len(photos) == 1
        assert photos[0].sha256 == hashlib.sha256(bent[1]).hexdigest(), "the original stays"


def edited(data: bytes, tmp_path) -> bytes:
    """The same picture with another title, as another program saves it."""
    path = tmp_path / "edited.jpg"
    path.write_bytes(data)
    with pyexiv2.Image(str(path)) as image:
        image.modify_xmp({"Xmp.dc.title": "Harbour"})
    return path.read_bytes()


def test_a_file_edited_elsewhere_has_its_version_made_anew(it, bent, tmp_path):
    photo_id, data = bent
    it.post(f"/repairs/{detail(it, photo_id)['repairs'][0]['id']}", {"state": "accepted"})
    it.work("repair")
    it.upload(edited(data, tmp_path), "trip/face.jpg")
    it.work("prepare", "metadata", "repair")
    told = detail(it, photo_id)
    assert [version["shown"] for version in told["versions"]] == [True, False]
    file = it.client.get(told["versions"][0]["file"], buffered=True).get_data()
    assert b"Harbour" in file
    assert [repair["state"] for repair in told["repairs"]] == ["accepted"]
