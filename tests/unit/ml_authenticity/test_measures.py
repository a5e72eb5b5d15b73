"""What authenticity is measured on: photographs developed, and edits with their regions."""

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.authenticity.patches import LEAST
from ml.authenticity.verdict import OUTCOMES
from ml.errors import MLError
from ml.evaluate import (
    authenticity_developed,
    authenticity_fakes,
    authenticity_makers,
    authenticity_splices,
    inpainting,
)
from ml.evaluate.authenticity_splices import Spliced
from ml.weights.manifest import entry
from ml.weights.store import find
from tests.conftest import lacking


@pytest.mark.parametrize("seed", range(12))
def test_a_development_changes_the_photo_and_leaves_it_large_enough(seed):
    photo = data.astronaut()[:300]
    made = authenticity_developed.development(photo, np.random.default_rng(seed))
    assert made.dtype == np.uint8
    assert min(made.shape[:2]) >= LEAST
    assert made.shape != photo.shape or (made != photo).any()


def test_straightening_leaves_no_empty_rim():
    white = np.full((300, 500, 3), 255, np.uint8)
    for seed in range(6):
        rng = np.random.default_rng(seed)
        turned = authenticity_developed._straightened(white, rng)
        assert turned.min() > 250


def spliced(gap, seed):
    rng = np.random.default_rng(seed)
    true = np.zeros((12, 16), bool)
    true[2:7, 3:9] = True
    logits = rng.normal(-3 + gap * true, 0.3).astype(np.float32)
    return Spliced(-3.0, -3.0 + gap, logits, true, copy=True, false_copy=False)


@pytest.mark.parametrize(("gap", "least", "most"), [(4.0, 0.8, 1.0), (0.0, 0.0, 0.4)])
def test_regions_are_found_where_they_stand_out(gap, least, most):
    found = [spliced(gap, seed) for seed in range(8)]
    told = authenticity_splices._metrics(found, np.arange(8) < 4, 0)
    assert least <= told["pixel_f1"].value <= most
    assert told["auc_edited"].value == (1.0 if gap else 0.5)
    assert told["copy_found_rate"].value == 1
    assert told["copy_false_rate"].value == 0


def test_splices_are_measured_on_photographs(tmp_path):
    folder = tmp_path / "real" / "own"
    folder.mkdir(parents=True)
    for name in ("astronaut", "coffee", "chelsea", "rocket"):
        Image.fromarray(getattr(data, name)()).save(folder / f"{name}.png")
    report = authenticity_splices.evaluate([tmp_path])
    assert (report.n, report.seen_in_training) == (4, 0)
    assert 0 <= report.metrics["auc_edited"].value <= 1
    assert report.baselines["every_pixel"]["pixel_f1"].value > 0
    with pytest.raises(MLError, match="photographs"):
        authenticity_splices.evaluate([folder])


@pytest.mark.parametrize("name", authenticity_makers.MAKERS)
def test_what_is_made_of_a_photograph_is_as_large_and_not_the_same(name):
    if name == "inpainted" and find(entry(inpainting.NETWORK)) is None:
        lacking("MI-GAN is not here (python -m ml weights fetch migan)")
    photo = np.ascontiguousarray(data.astronaut()[:300, :360])
    made = authenticity_makers.MAKERS[name](photo, np.random.default_rng(2))
    assert made.shape == photo.shape
    assert made.dtype == np.uint8
    difference = np.abs(made.astype(int) - photo)
    assert 0.1 < difference.mean() < 20
    if name == "face_swapped":
        assert difference[50:130, 190:260].mean() > 4 * difference[:, :100].mean()


@pytest.mark.parametrize("name", ["face_swapped", "coloured"])
def test_of_what_has_no_face_or_colour_nothing_is_made(name):
    grey = np.repeat(data.camera()[300:, :, None], 3, 2)
    assert authenticity_makers.MAKERS[name](grey, np.random.default_rng(0)) is None


def test_fakes_are_measured_beside_their_photographs(tmp_path, monkeypatch):
    folder = tmp_path / "real" / "own"
    folder.mkdir(parents=True)
    for name in ("astronaut", "coffee", "chelsea", "rocket"):
        Image.fromarray(getattr(data, name)()).save(folder / f"{name}.png")
    faces = {"face_swapped": authenticity_makers.swapped, "same": lambda photo, _: photo}
    monkeypatch.setattr(authenticity_fakes, "MAKERS", faces)
    found = authenticity_fakes.evaluate([tmp_path]).metrics
    assert (found["face_swapped_auc"].n, found["same_auc"].n) == (1, 4)
    assert found["same_auc"].value == found["same_person_auc"].value == 0.5
    told = [found[f"same_told_{name}"].value for name in OUTCOMES]
    assert sum(told) == pytest.approx(1)


def test_developed_photographs_are_judged(tmp_path):
    folder = tmp_path / "real" / "own"
    folder.mkdir(parents=True)
    cv2.imwrite(str(folder / "a.png"), data.astronaut()[..., ::-1])
    report = authenticity_developed.evaluate([tmp_path])
    assert (report.task, report.n) == ("authenticity-developed", 1)
    assert report.metrics["false_accusation_rate"] is not None
