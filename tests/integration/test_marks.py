"""Damage marked by hand: painted, filled, taken back; pixels beside it stay."""

import base64
import io
import json
import urllib.parse

import numpy as np
import pytest
from PIL import Image
from skimage import data
from sqlalchemy import select

from app.models import Photo
from ml.degradations.marks import Scratches
from ml.marks.mask import LONGEST, decoded, encoded
from tests.in_process import InProcess

SIZE = (240, 160)
LINE = (slice(70, 73), slice(30, 210))


def scratched() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    clean = np.stack([60 + x / 2, 90 + y / 2, 120 + (x + y) / 8], 2).astype(np.uint8)
    photo = clean.copy()
    photo[LINE] = 250
    return clean, photo


@pytest.fixture
def photo_id(it: InProcess) -> int:
    out = io.BytesIO()
    Image.fromarray(scratched()[1]).save(out, "PNG")
    it.upload(out.getvalue(), "old.png")
    it.work("prepare", "metadata")
    with it.core.db.read() as session:
        return session.scalars(select(Photo.id)).one()


def line() -> str:
    mask = np.zeros(SIZE[::-1], np.bool_)
    mask[LINE] = True
    return encoded(mask)


def begun(it: InProcess, photo_id: int, kind: str = "scratch") -> dict:
    return it.post(f"/photos/{photo_id}/marks", {"kind": kind})["repair"]


def test_a_painted_scratch_is_filled_and_all_else_stays(it, photo_id):
    repair = begun(it, photo_id)
    assert begun(it, photo_id)["id"] == repair["id"], "it goes on where it was begun"
    it.post(f"/repairs/{repair['id']}/mask", {"mask": line()})
    it.post(f"/photos/{photo_id}/version")
    assert it.work("repair") == 1
    told = it.get(f"/photos/{photo_id}")
    version = told["versions"][0]
    assert "mask" not in version["recipe"]["steps"][0]["params"]
    file = it.client.get(version["file"], buffered=True).data
    made = np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))
    clean, before = scratched()
    beside = np.ones(SIZE[::-1], np.bool_)
    beside[LINE[0].start - 1 : LINE[0].stop + 1, LINE[1].start - 1 : LINE[1].stop + 1] = False
    assert (made[beside] == before[beside]).all()
    assert np.abs(made[LINE].astype(int) - clean[LINE]).max() < 8


def test_the_mask_comes_back_and_an_empty_one_shows_the_original(it, photo_id):
    repair = begun(it, photo_id)
    it.post(f"/repairs/{repair['id']}/mask", {"mask": line()})
    sent = it.raw("GET", f"/api/v1/repairs/{repair['id']}/mask").data
    assert decoded(base64.b64encode(sent).decode())[LINE].all()
    assert it.work("repair") == 0, "no version for every stroke"
    it.post(f"/photos/{photo_id}/version")
    it.work("repair")
    empty = encoded(np.zeros(SIZE[::-1], np.bool_))
    it.post(f"/repairs/{repair['id']}/mask", {"mask": empty})
    it.post(f"/photos/{photo_id}/version")
    it.work("repair")
    assert not any(one["shown"] for one in it.get(f"/photos/{photo_id}")["versions"])


def test_the_preview_is_filled_by_a_word_for_the_mask(it, photo_id):
    repair = begun(it, photo_id)
    done = it.post(f"/repairs/{repair['id']}/mask", {"mask": line()})
    [row] = done["photo"]["repairs"]
    assert row["params"]["mask"] != repair["params"]["mask"]
    assert len(row["params"]["mask"]) < 40
    told = it.get(f"/photos/{photo_id}")
    recipe = {"steps": [{key: row[key] for key in ("stage", "kind", "params", "strength")}]}
    address = told["before"].replace("/preview?", "/repaired?")
    sent = it.client.get(f"{address}&recipe={urllib.parse.quote(json.dumps(recipe))}")
    picture = Image.open(io.BytesIO(sent.data)).convert("RGB")
    filled = np.asarray(picture.resize(SIZE)).astype(int)[LINE]
    assert np.abs(filled - scratched()[0][LINE]).mean() < 8
    for word in (repair["params"]["mask"], "@9999999999-abcdefabcdef"):
        recipe["steps"][0]["params"] = {"mask": word}
        old = urllib.parse.quote(json.dumps(recipe))
        assert it.client.get(f"{address}&recipe={old}").status_code == 404


def test_marks_are_never_left_open(it, photo_id):
    repair = begun(it, photo_id)
    it.post(f"/repairs/{repair['id']}", {"state": "suggested"}, status=400)


def test_what_is_found_covers_the_scratches_and_is_kept_nowhere(it):
    clean = np.ascontiguousarray(data.astronaut()[:320, :400])
    worn = Scratches(0.6, 2).apply(clean)
    out = io.BytesIO()
    Image.fromarray(worn.image).save(out, "PNG")
    it.upload(out.getvalue(), "worn.png")
    it.work("prepare", "metadata")
    with it.core.db.read() as session:
        photo_id = session.scalars(select(Photo.id)).one()
    repair = it.post(f"/photos/{photo_id}/marks", {"kind": "scratch"})
    assert repair["sought"]
    found = decoded(it.get(f"/photos/{photo_id}/marks/scratch")["mask"])
    assert found.shape == clean.shape[:2]
    plain = np.abs(worn.image.astype(int) - clean).max(2) > 60
    assert found[plain].mean() > 0.5
    assert worn.mask[found].mean() > 0.6
    sent = it.raw("GET", f"/api/v1/repairs/{repair['repair']['id']}/mask").data
    assert not decoded(base64.b64encode(sent).decode()).any()


def test_a_kind_that_nothing_looks_for_is_told(it, photo_id):
    assert not it.post(f"/photos/{photo_id}/marks", {"kind": "stain"})["sought"]
    told = it.raw("GET", f"/api/v1/photos/{photo_id}/marks/stain")
    assert told.status_code == 404
    assert "stain" in told.get_json()["error"]["message"]


def test_undo_takes_the_strokes_back(it, photo_id):
    repair = begun(it, photo_id)
    action = it.post(f"/repairs/{repair['id']}/mask", {"mask": line()})["action"]
    it.post(f"/actions/{action['id']}/undo", {})
    sent = it.raw("GET", f"/api/v1/repairs/{repair['id']}/mask").data
    assert not decoded(base64.b64encode(sent).decode()).any()


def huge() -> str:
    out = io.BytesIO()
    Image.new("1", (LONGEST + 1, 8)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


@pytest.mark.parametrize(
    "mask", ["", "no base64!", "QUJD", huge(), "A" * 180_001, "@1-abcdefabcdef"]
)
def test_what_is_no_mask_is_refused_in_words(it, photo_id, mask):
    repair = begun(it, photo_id)
    told = it.post(f"/repairs/{repair['id']}/mask", {"mask": mask}, status=400)
    assert "mask" in told["error"]["message"].lower()
    assert it.get(f"/photos/{photo_id}")["versions"] == []
