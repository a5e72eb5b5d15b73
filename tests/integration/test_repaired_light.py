"""Light in the library: off at first, looked for by policy, given back in a version, taken back."""

import io

import numpy as np
from PIL import Image
from skimage import data

from ml.degradations.light import LowLight
from ml.repair.quality import psnr
from tests.bent_photo import detail, pixels


def png(image: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(image).save(out, "PNG")
    return out.getvalue()


def test_darkness_is_looked_for_by_policy_and_given_back_in_a_version(it):
    clean = data.astronaut()[:320, :400].copy()
    dark = LowLight(0.6, 1).apply(clean).image
    it.upload(png(dark), "before.png")
    it.work("prepare", "metadata", "diagnose")
    assert it.get("/repairs")["items"] == []  # a new library looks for none
    it.call("PUT", "/settings", {"repair_light": "suggest"})
    it.upload(png(dark[:, ::-1].copy()), "dark.png")
    it.upload(png(clean), "clean.png")
    it.work("prepare", "metadata", "diagnose")
    (item,) = it.get("/repairs")["items"]
    assert (item["photo"]["name"], item["repair"]["kind"]) == ("dark.png", "dark")
    assert item["repair"]["reach"] == 0
    it.post(f"/repairs/{item['repair']['id']}", {"state": "accepted"})
    it.work("repair")
    photo_id = item["photo"]["id"]
    (version,) = detail(it, photo_id)["versions"]
    assert "light" in version["networks"]
    bright = pixels(it, version["file"])
    assert psnr(bright, clean[:, ::-1]) > psnr(dark, clean) + 6
    it.post(f"/repairs/{item['repair']['id']}", {"state": "rejected"})
    it.work("repair")
    assert not any(each["shown"] for each in detail(it, photo_id)["versions"])
