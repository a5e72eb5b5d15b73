"""Features that tell mosaics from photos, and trees as plain numbers."""

import cv2
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from ml.degradations.mosaic import Mosaic
from ml.engine import OnnxEngine
from ml.pixelation.features import FEATURES, cells
from ml.pixelation.profiles import grey, profiles
from ml.train import onnx_trees
from tests.unit.ml_pixelation.scenes import scene


def feature(table, name):
    return table[..., FEATURES.index(name)]


def test_every_cell_has_finite_numbers():
    for shape in ((20, 30), (130, 129), (320, 400)):
        table = cells(scene(*shape))
        assert table.dtype == np.float32
        assert table.shape[2] == len(FEATURES)
        assert np.isfinite(table).all()
    assert cells(scene()).shape[:2] == (10, 12)
    assert cells(scene(), hop=2).shape[:2] == (5, 6)


@pytest.mark.parametrize("flat", [0, 255])
def test_a_picture_without_any_step_is_no_trouble(flat):
    assert np.isfinite(cells(np.full((200, 200, 3), flat, np.uint8))).all()


@pytest.mark.parametrize("block", [3, 5.5, 8, 12])
def test_a_mosaic_is_a_comb_of_lone_steps(block):
    photo = scene()
    clean, covered = cells(photo), cells(Mosaic(block, (1, 2)).apply(photo))
    for name, most in (("comb2", 0.2), ("alone2_low", 0.5), ("contrast4", 1.9)):
        assert np.median(feature(clean, name)) < most, name
    assert np.median(feature(covered, "comb2")) > 0.5
    assert np.median(feature(covered, "alone2_low")) > 0.8
    assert np.median(feature(covered, "contrast4")) > 2


def test_turned_pictures_have_turned_features():
    photo = Mosaic(6, shape="rectangle", region=(64, 96, 128, 160)).apply(scene(320, 320))
    turned = np.ascontiguousarray(photo.transpose(1, 0, 2))
    assert np.allclose(cells(photo).transpose(1, 0, 2), cells(turned), atol=1e-3)


def test_profiles_are_means_of_steps():
    luma = grey(scene())
    got = profiles(luma)
    steps = np.minimum(np.abs(np.diff(luma.astype(int), axis=1)), 32)
    assert np.allclose(got.steps[1, :383], steps[32:64, :383].mean(0), atol=1e-4)
    assert np.allclose(got.even[0, :383], (steps[:32, :383] <= 1).mean(0), atol=1e-4)
    assert cv2.absdiff(got.alone, np.minimum(got.alone, got.steps)).max() < 1e-4


@pytest.mark.parametrize("every", [2, 4])
def test_fewer_rows_tell_nearly_the_same(every):
    luma = grey(Mosaic(8, (1, 2)).apply(scene()))
    full, some = profiles(luma), profiles(luma, every)
    assert some.steps.shape == full.steps.shape
    wanted = np.minimum(np.abs(np.diff(luma.astype(int), axis=1)), 32)[64:96:every, :383].mean(0)
    assert np.allclose(some.steps[2, :383], wanted, atol=1e-4)
    assert np.corrcoef(some.steps.ravel(), full.steps.ravel())[0, 1] > 0.9


def test_a_drawing_with_large_even_parts_is_no_enlargement():
    drawing = np.full((400, 400, 3), 200, np.uint8)
    drawing[:, 100:160], drawing[220:300] = 40, 90
    small = scene(160, 160)
    whole = np.kron(small, np.ones((2, 2, 1), np.uint8))
    for picture, least, most in ((drawing, 0, 0.05), (scene(), 0, 0.05), (whole, 0.9, 1)):
        turns = feature(cells(picture), "whole_turns")
        assert least <= turns.min() <= turns.max() <= most
    assert feature(cells(whole), "whole_contrast").min() > 5
    assert feature(cells(drawing), "whole_contrast").max() < 5


def test_trees_say_the_same_as_plain_numbers():
    rng = np.random.default_rng(0)
    table = rng.normal(0, 1, (600, 5)).astype(np.float32)
    wanted = table[:, 0] * table[:, 1] > 0.1
    trees = HistGradientBoostingClassifier(max_iter=15, random_state=0).fit(table, wanted)
    model = onnx_trees.model(trees, ("a", "b", "c", "d", "e"), {"seed": "0"})
    engine = OnnxEngine(model.SerializeToString())
    fresh = rng.normal(0, 1, (400, 5)).astype(np.float32)
    both = np.concatenate([table, fresh])
    assert np.allclose(engine.run(both)["logit"][:, 0], trees.decision_function(both), atol=1e-4)
    assert engine.metadata["features"] == "a,b,c,d,e"
