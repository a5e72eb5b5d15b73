"""Damage found by traces, and undone by a recipe: at any depth, and no more than is asked."""

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.degradations.blur import DefocusBlur, GaussianBlur, Jpeg, MotionBlur
from ml.degradations.noise import GaussianNoise
from ml.errors import MLError
from ml.image import Picture
from ml.image.deep import Deep
from ml.repair.quality import psnr
from ml.repair.recipe import Recipe, Step, apply, draft
from ml.restoration import gate, grain, undone
from ml.restoration.traces import FEATURES, measured, parts
from ml.stages.damage import find_damage


@pytest.fixture(scope="module")
def clean():
    return np.ascontiguousarray(data.astronaut()[:288, 60:380])


def step(kind, number, strength=1.0):
    return Step("damage", kind, {grain.PARAMS[kind]: number}, strength)


@pytest.mark.parametrize("shape", [(64, 90), (256, 256), (300, 700), (1200, 900)])
def test_parts_lie_in_the_photo(shape):
    found = parts(np.zeros((*shape, 3), np.uint8))
    assert all(64 <= side <= 256 for part in found for side in part.shape[:2])
    assert len(found) == (5 if max(shape) >= 512 else 1)
    assert measured(found[0]).shape == (len(FEATURES),)
    assert np.isfinite(measured(found[0])).all()


def test_noise_and_compression_are_told_with_their_numbers(clean):
    told = {one.kind: one for one in grain.judge(GaussianNoise.of(25, 1).apply(clean).image)}
    assert told["noise"].chance > 0.9
    assert told["noise"].number == pytest.approx(25, rel=0.25)
    assert told["jpeg"].chance < 0.5
    told = {one.kind: one for one in grain.judge(Jpeg.of(20).apply(clean).image)}
    assert told["jpeg"].chance > 0.9
    assert told["jpeg"].number == pytest.approx(20, abs=8)


def test_the_stage_finds_what_was_done_and_leaves_a_clean_photo_alone(clean, tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(clean).save(path)
    assert find_damage(Picture.open(path)) == ()
    Image.fromarray(GaussianNoise.of(30, 1).apply(clean).image).save(path)
    found = find_damage(Picture.open(path))
    assert "noise" in {one.kind for one in found}
    for one in found:
        Step(one.stage, one.kind, one.params).check()
        assert one.region == (0.0, 0.0, 320.0, 288.0)


def test_the_preview_of_a_raw_tells_nothing_of_its_pixels(clean, tmp_path, monkeypatch):
    path = tmp_path / "a.png"
    Image.fromarray(GaussianNoise.of(30, 1).apply(clean).image).save(path)
    monkeypatch.setattr(Picture, "raw", True)
    assert find_damage(Picture.open(path)) == ()


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_noise_is_undone_at_the_files_own_depth(clean, depth):
    noisy = GaussianNoise.of(25, 1).apply(clean).image
    unit = np.iinfo(depth).max // 255
    values = np.dstack([noisy, np.arange(288)[:, None].repeat(320, 1) % 256]).astype(depth) * unit
    done = apply(Deep(values, "RGBA", None), Recipe((step("noise", 25.0),))).values
    assert done.dtype == depth
    assert (done[..., 3] == values[..., 3]).all()
    assert psnr(done[..., :3] / unit, clean) > psnr(noisy, clean) + 4
    weak = apply(Deep(values, "RGBA", None), Recipe((step("noise", 25.0, 0.3),))).values
    assert psnr(weak[..., :3] / unit, noisy) > psnr(done[..., :3] / unit, noisy) + 2


def test_kinds_are_steered_together_and_undone_one_after_the_other():
    noise = ("noise", {"sigma": 20.0}, 0.5)
    jpeg = ("jpeg", {"quality": 40}, 1.0)
    motion = ("motion_blur", {"length": 12.0, "angle": 30.0}, 1.0)
    told = undone.steering([noise, jpeg, motion])
    assert (told.noise, told.blur, told.quality) == (10.0, 0.0, 40.0)
    assert (told.length, told.angle) == (12.0, 30.0)
    # Noise that was saved as JPEG goes with it; what is left of the blur last.
    assert [name for name, _ in undone.plan(told)] == ["restoration_noise", None]
    assert undone.networks([noise, jpeg, motion]) == ("restoration_noise",)
    assert undone.networks([jpeg]) == ("restoration_jpeg",)
    assert undone.plan(told)[1][1].noise == 0


@pytest.mark.parametrize(
    ("damage", "least"),
    [(GaussianBlur.of(1), 3), (GaussianBlur.of(2.5), 2), (DefocusBlur(0.5), 3)],
)
def test_softness_is_told_by_its_kernel_and_undone(clean, damage, least):
    soft = damage.apply(clean).image
    told = {one.kind: one for one in grain.judge(soft)}
    assert told["blur"].chance > 0.5
    assert told["blur"].number == pytest.approx(damage.params["sigma"], rel=0.15)
    assert told["blur"].shape["disc"] == isinstance(damage, DefocusBlur)
    done = undone.undo(soft, "RGB", [("blur", told["blur"].params, 1.0)])
    assert psnr(done, clean) > psnr(soft, clean) + least


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_way_is_told_whole_and_gone_back(clean, seed):
    damage = MotionBlur(0.4, seed)
    moved = damage.apply(clean).image
    told = {one.kind: one for one in grain.judge(moved)}["motion_blur"]
    assert told.chance > 0.5
    assert told.number == pytest.approx(damage.params["length"], rel=0.15)
    assert abs((told.shape["angle"] - damage.params["angle"] + 90) % 180 - 90) < 10
    done = undone.undo(moved, "RGB", [("motion_blur", told.params, 1.0)])
    assert psnr(done, clean) > psnr(moved, clean) + 2


def test_noise_that_stays_is_not_sharpened(clean):
    soft = GaussianBlur.of(2).apply(clean).image
    noisy = GaussianNoise.of(4, 1).apply(soft).image
    assert undone.calm(noisy) > 2.5
    done = undone.undo(noisy, "RGB", [("blur", {"sigma": 2.0}, 1.0)])
    assert psnr(done, clean) > psnr(noisy, clean) + 1


def test_colours_that_no_network_takes_are_told_and_not_repaired(clean, tmp_path):
    noisy = Image.fromarray(GaussianNoise.of(30, 1).apply(clean).image)
    noisy.convert("CMYK").save(tmp_path / "a.tif")
    found = find_damage(Picture.open(tmp_path / "a.tif"))
    assert found
    assert all(one.params == {} for one in found)


def test_the_screen_shows_less_noise_where_the_picture_is_small(clean):
    noisy = GaussianNoise.of(25, 1).apply(clean).image
    done = draft(noisy, Recipe((step("noise", 25.0),)), 1.0)
    assert psnr(done, clean) > psnr(noisy, clean) + 3
    assert draft(noisy, Recipe((step("noise", 25.0),)), 0.3).shape == noisy.shape


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("noise", {}),
        ("noise", {"sigma": 0.0}),
        ("noise", {"sigma": "25"}),
        ("blur", {"sigma": True}),
        ("jpeg", {"quality": 200}),
        ("jpeg", {"quality": 20, "more": 1}),
        ("scratch", {"sigma": 2.0}),
        ("noise", {"sigma": float("nan")}),
        ("motion_blur", {"angle": 30.0}),
        ("motion_blur", {"length": 12.0, "bend": 2.0}),
        ("motion_blur", {"length": 12.0, "angle": 400.0}),
    ],
)
def test_what_is_no_damage_is_refused(kind, params):
    with pytest.raises(MLError):
        Step("damage", kind, params).check()


def test_a_soft_photo_is_not_called_noisy(clean):
    told = {one.kind: one for one in grain.judge(GaussianBlur.of(2).apply(clean).image)}
    assert told["noise"].chance < 0.5
    assert max(told["blur"].chance, told["motion_blur"].chance) > 0.5


@pytest.mark.parametrize(("sigma", "told"), [(8.0, True), (30.0, False)])
def test_motion_is_not_proposed_beside_much_noise(clean, monkeypatch, sigma, told):
    moved = grain.Grain("motion_blur", 0.99, 12.0, {"angle": 30.0})
    noisy = grain.Grain("noise", 0.99, sigma)
    monkeypatch.setattr(gate, "judge", lambda photo: (noisy, moved))
    kinds = {one.kind for one in gate.proposed(clean)}
    assert kinds == ({"noise", "motion_blur"} if told else {"noise"})


@pytest.mark.parametrize(
    ("damage", "kind"), [(GaussianNoise.of(12, 1), "noise"), (GaussianBlur.of(1.5), "blur")]
)
def test_a_burnt_out_part_does_not_hide_what_the_others_show(damage, kind):
    photo = data.astronaut()
    damaged = damage.apply(np.concatenate([photo, photo[:, ::-1]], 1)).image
    damaged[:256, :300] = 255
    told = {one.kind: one for one in grain.judge(damaged)}
    assert told[kind].chance > 0.7
