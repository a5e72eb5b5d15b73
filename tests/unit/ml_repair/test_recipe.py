"""Recipes: data in, data out; where points and boxes lie before and after."""

import numpy as np
import pytest
from PIL import Image
from skimage.metrics import structural_similarity

from ml.degradations.mosaic import Mosaic
from ml.errors import MLError
from ml.image.deep import Deep
from ml.repair.quality import psnr, ssim
from ml.repair.recipe import Geometry, Recipe, Step, apply, draft
from ml.repair.unwarp import unwarp
from ml.warps import distort
from ml.warps.draw import default
from tests.unit.ml_distortion.known_picture import photo

SIZE = (480, 360)


def step(name, strength=1.0):
    return Step("distortion", name, default(name, SIZE).as_json(), strength)


def test_json_and_digest_go_round():
    recipe = Recipe((step("swirl"), step("barrel", 0.5)), "fill")
    again = Recipe.of(recipe.as_json())
    assert again == recipe
    assert again.digest == recipe.digest != Recipe((step("swirl"),)).digest
    assert [warp.kind for warp in recipe.warps] == ["barrel", "swirl"], (
        "the last found bent it first"
    )


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"steps": [{"stage": "distortion"}]},
        {"steps": [], "rim": "torn"},
        {"steps": [3]},
        {"steps": [{"stage": "distortion", "kind": "?", "params": {}}]},
        {"steps": [{"stage": "distortion", "kind": "swirl", "params": {"x": 1}}]},
        {"steps": [{"stage": "pixelation", "kind": "swirl", "params": {"block": 4}}]},
        {"steps": [{"stage": "pixelation", "kind": "mosaic", "params": {"block": 4}}]},
    ],
)
def test_what_is_no_recipe_is_refused(told):
    with pytest.raises(MLError):
        _ = Recipe.of(told).warps


@pytest.mark.parametrize("name", ["swirl", "pincushion", "wave", "perspective"])
def test_points_lie_where_the_picture_shows_them(name):
    recipe = Recipe((step(name),))
    geometry = recipe.geometry(SIZE)
    assert isinstance(geometry, Geometry)
    points = np.array([[200.0, 150.0], [240.0, 200.0], [300.0, 180.0]])
    assert np.allclose(geometry.to_photo(geometry.to_repaired(points)), points, atol=1e-3)
    clean = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    clean[140:170, 190:230] = 255
    bent = distort(clean, recipe.warps)
    fixed = unwarp(bent, recipe.warps)
    ys, xs = np.nonzero(fixed.pixels[..., 0] > 127)
    seen_y, seen_x = np.nonzero(bent[..., 0] > 127)
    box = (seen_x.min(), seen_y.min(), np.ptp(seen_x) + 1, np.ptp(seen_y) + 1)
    x, y, width, height = geometry.box_in(box, repaired=True)
    assert x <= xs.min() + 1
    assert y <= ys.min() + 1
    assert x + width >= xs.max()
    assert y + height >= ys.max()


def test_nothing_moves_without_a_warp():
    assert Recipe(()).geometry(SIZE) is None


def test_figures_agree_with_scikit_image():
    one = photo(*SIZE)
    other = np.clip(one + np.random.default_rng(1).normal(0, 12, one.shape), 0, 255).astype(
        np.uint8
    )
    wanted = structural_similarity(
        one, other, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
    )
    assert abs(ssim(other, one) - wanted) < 1e-3
    assert 25 < psnr(other, one) < 28
    assert ssim(one, one) == pytest.approx(1)


def mosaic(block=4.0, **more):
    return Step("pixelation", "mosaic", {"block": block, "phase": [0.0, 0.0], **more})


def test_a_mosaic_is_undone_before_what_was_bent_whatever_is_told_first():
    true = photo(*SIZE)
    swirl = step("swirl")
    covered = Mosaic(4).apply(distort(true, default("swirl", SIZE)))
    recipe = Recipe((swirl, mosaic()))
    done = apply(Deep(covered, "RGB", None), recipe).values
    other = apply(Deep(covered, "RGB", None), Recipe((mosaic(), swirl))).values
    assert (done == other).all()
    assert recipe.geometry(SIZE) == Recipe((swirl,)).geometry(SIZE)
    assert mosaic().reach((0, 0, 100, 100)) == 0
    assert recipe.networks["superres"].startswith("superres_quality@")
    assert Recipe((swirl,)).networks == {}


@pytest.mark.parametrize("mode", ["RGBA", "LA", "CMYK"])
def test_alpha_stays_and_every_colour_is_repaired(mode):
    plain = np.array(Image.fromarray(photo(*SIZE)).convert(mode))
    channels = plain.shape[2] - (1 if mode.endswith("A") else 0)
    for channel in range(channels):
        plain[..., channel] = Mosaic(6).apply(plain[..., channel])
    values = plain.astype(np.uint16) * 257
    if mode.endswith("A"):
        values[..., -1] = np.arange(SIZE[0], dtype=np.uint16)
    done = apply(Deep(values, mode, None), Recipe((mosaic(6.0),))).values
    assert done.dtype == np.uint16
    for channel in range(channels):
        assert (done[..., channel] != values[..., channel]).mean() > 0.2 or mode == "CMYK"
    if mode.endswith("A"):
        assert (done[..., -1] == values[..., -1]).all()


def test_a_draft_leaves_blocks_that_cannot_be_seen():
    covered = Mosaic(6).apply(photo(*SIZE))
    assert (draft(covered, Recipe((mosaic(12.0),)), 0.5) != covered).mean() > 0.2
    assert (draft(covered, Recipe((mosaic(2.0),)), 0.5) == covered).all()
