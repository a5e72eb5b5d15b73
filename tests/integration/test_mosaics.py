"""Mosaics looked for in the lab: by every method, in files and in photos of the library."""

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
from PIL import Image

from app.services import mosaics
from ml.degradations.mosaic import Mosaic
from tests.in_process import InProcess

pytestmark = pytest.mark.integration
BYTES = {"Content-Type": "application/octet-stream"}
MOSAIC = Mosaic(9, (2, 4), shape="rectangle", region=(150, 40, 180, 180))


def saved(pixels: Any) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def sent(it: InProcess, data: bytes, method: str = "cascade", status: int = 200) -> Any:
    answer = it.raw("POST", f"/api/v1/lab/mosaics/file?method={method}", data, BYTES)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_json()


def picture(uri: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1])))


@pytest.mark.parametrize("method", ["trees", "network", "cascade"])
def test_a_mosaic_is_found_and_covered_by_every_method(it: InProcess, method: str) -> None:
    photo = skimage.data.astronaut()
    told = sent(it, saved(MOSAIC.apply(photo)), method)
    (found,) = told["found"]
    assert found["block"] == pytest.approx(9, rel=0.02)
    assert found["phase"] == pytest.approx([2, 4], abs=1)
    assert told["probability"] > 0.9
    names = {"trees": "pixelation_trees", "network": "pixelation_cells"}
    assert told["told_by"] in names.get(method, ("pixelation_trees", "both"))
    assert picture(told["picture"]).size == (told["width"], told["height"]) == (512, 512)
    alpha = np.asarray(picture(told["mask"]).getchannel("A")) > 127
    true = MOSAIC.mask((512, 512))
    assert (alpha & true).sum() / (alpha | true).sum() > 0.8


def test_of_a_clean_photo_only_the_chance_is_told(it: InProcess) -> None:
    told = sent(it, saved(skimage.data.astronaut()))
    assert (told["found"], told["mask"]) == ([], None)
    assert told["probability"] < 0.9


def test_a_photo_of_the_library_is_seen_as_its_original(it: InProcess) -> None:
    it.upload(saved(MOSAIC.apply(skimage.data.astronaut())), "a.png")
    it.work("prepare", "metadata")
    number = it.get("/photos")["photos"][0]["id"]
    told = it.post("/lab/mosaics", {"photo": number, "method": "trees"})
    assert told["found"][0]["block"] == pytest.approx(9, rel=0.02)
    it.post("/lab/mosaics", {"photo": number, "method": "guess"}, 400)
    it.post("/lab/mosaics", {"photo": 999, "method": "trees"}, 404)


def test_what_cannot_be_looked_at_is_said(it: InProcess, monkeypatch: Any) -> None:
    assert "could not be looked at" in sent(it, b"none", status=400)["error"]["message"]
    sent(it, b"", status=400)
    sent(it, saved(skimage.data.astronaut()), "guess", 400)
    monkeypatch.setattr(mosaics, "MOST_PIXELS", 1000)
    sent(it, saved(skimage.data.astronaut()), status=413)
    answer = it.raw("POST", "/api/v1/lab/mosaics/file?method=trees", b"{}")
    assert answer.status_code == 415


def test_a_file_is_read_only_for_a_known_method(it: InProcess, monkeypatch: Any) -> None:
    read = list[str]()

    @contextmanager
    def received(name: str) -> Iterator[Path]:
        read.append(name)
        yield Path(name)

    monkeypatch.setattr("app.routes.mosaics.received", received)
    sent(it, b"none", "guess", 400)
    assert not read
    sent(it, b"none", "trees", 400)
    assert read
