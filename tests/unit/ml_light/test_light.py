"""Laws of lost light, undone: exactly where the law is known, at any depth, alpha untouched."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.degradations.light import Fading, Haze, LowLight, Varnish
from ml.errors import ImageError, MLError, WeightsError
from ml.image import Picture
from ml.light import brighten, gate, told, undone
from ml.light.statistics import NAMES, measured, view_of
from ml.repair.quality import psnr
from ml.repair.recipe import Recipe, Step
from ml.stages.light import find_light
from ml.train.light_examples import grey, toned

FADED = {f"density_{c}": 0.7 for c in told.COLOURS} | {f"paper_{c}": 0.9 for c in told.COLOURS}
DARK = {f"gain_{c}": 2.0 for c in told.COLOURS} | {f"power_{c}": 0.8 for c in told.COLOURS}


@pytest.fixture(scope="module")
def photo():
    return data.astronaut()[::2, ::2].copy()


def test_fading_of_known_numbers_is_undone(photo):
    damage = Fading(0.6, 4)
    lost = damage.apply(photo).image
    done = undone.undo(lost, "RGB", [("faded", damage.params, 1.0)])
    assert psnr(done, photo) > psnr(lost, photo) + 15


def test_varnish_of_known_numbers_is_undone_but_for_its_unevenness(photo):
    damage = Varnish(0.6, 4)
    params = {f"through_{name}": share for name, share in damage.params.items()}
    lost = damage.apply(photo).image
    done = undone.undo(lost, "RGB", [("varnish", params | {"veil": 0.035 * 0.6}, 1.0)])
    assert psnr(done, photo) > psnr(lost, photo) + 6


def test_half_the_strength_lies_between(photo):
    lost = Fading(0.6, 4).apply(photo).image
    full, half = (undone.undo(lost, "RGB", [("faded", FADED, share)]) for share in (1.0, 0.5))
    between = (full.astype(float) + lost) / 2
    assert np.abs(half - between).max() <= 1


def test_16_bits_stay_smooth_and_alpha_as_it_is():
    ramp = np.linspace(0, 65535, 4096).astype(np.uint16)
    values = np.stack([ramp, ramp, ramp, ramp[::-1]], 1)[None].repeat(40, 0)
    for kind, params in (("faded", FADED), ("dark", DARK | {"noise": 0.0})):
        done = undone.undo(values, "RGBA", [(kind, params, 1.0)])
        assert np.array_equal(done[..., 3], values[..., 3])
        line = done[20, :, 0].astype(int)
        assert (np.diff(line) >= 0).all()
        shown = line[(line > 2000) & (line < 64000)]
        assert len(np.unique(shown)) == len(shown)  # no two steps of the ramp become one


def test_a_photo_without_colour_stays_so(photo):
    flat = grey(photo)[..., 0]
    done = undone.undo(flat, "L", [("faded", FADED, 1.0)])
    assert done.shape == flat.shape
    assert done.dtype == np.uint8
    with pytest.raises(ImageError, match="CMYK"):
        undone.undo(np.zeros((4, 4, 4), np.uint8), "CMYK", [("faded", FADED, 1.0)])


@pytest.mark.parametrize(
    ("kind", "params", "word"),
    [
        ("bleached", {}, "bleached"),
        ("faded", {}, "density_red"),
        ("faded", FADED | {"density_red": 9}, "0.2 to 1.2"),
        ("faded", FADED | {"density_red": True}, "density_red"),
        ("dark", DARK, "noise"),
    ],
)
def test_other_parameters_are_refused_in_words(kind, params, word):
    with pytest.raises(MLError, match=word):
        Step("light", kind, params).check()


def test_what_can_be_set_by_hand_begins_where_nothing_is_done(photo):
    for kind in undone.kinds():
        params = {each["name"]: each["default"] for each in kind["parameters"]}
        done = undone.undo(photo, "RGB", [(kind["effect"], params, 1.0)])
        assert np.abs(done.astype(int) - photo).max() <= 1, kind["effect"]


def test_noise_is_left_to_damage_where_that_found_it():
    dark = Step("light", "dark", DARK | {"noise": 12.0})
    assert Recipe((dark,)).grain[0][:2] == ("noise", {"sigma": 12.0})
    assert not Recipe((Step("damage", "noise", {"sigma": 5.0}), dark)).grain
    assert not Recipe((Step("light", "dark", DARK | {"noise": 0.0}),)).grain


def test_a_version_names_networks_of_damage_and_of_brightened_noise():
    dark = Step("light", "dark", DARK | {"noise": 12.0})
    named = Recipe((Step("damage", "jpeg", {"quality": 20}), dark)).networks["restoration"]
    assert [each.partition("@")[0] for each in named.split("+")] == [
        "restoration_jpeg",
        "restoration_noise",
    ]


def test_numbers_of_a_view_are_finite_also_where_there_is_nothing_to_see():
    for view in (np.zeros((90, 160, 3), np.uint8), np.full((160, 40, 3), 255, np.uint8)):
        looks = measured(view_of(view))
        assert looks.shape == (len(NAMES),)
        assert np.isfinite(looks).all()


def test_a_line_between_logarithms_finds_factor_and_power():
    tones = np.random.default_rng(1).uniform(0.02, 0.4, (80, 80)).astype(np.float32)
    gain, power = brighten.fitted(tones, (1.8 * tones**0.7).astype(np.float32))
    assert (gain, power) == pytest.approx((1.8, 0.7), abs=0.01)


@pytest.mark.parametrize(
    ("damage", "kind", "least"), [(LowLight(0.6, 2), "dark", 6.0), (Haze(0.6, 2), "haze", 4.0)]
)
def test_lost_light_is_proposed_and_given_back(photo, damage, kind, least):
    lost = damage.apply(photo).image
    (found,) = gate.proposed(lost)
    assert found.kind == kind
    more = {"noise": 0.0} if kind == "dark" else {}
    done = undone.undo(lost, "RGB", [(kind, found.params | more, 1.0)])
    assert psnr(done, photo) > psnr(lost, photo) + least


def test_ordinary_photos_and_those_toned_on_purpose_are_left_alone(photo):
    rng = np.random.default_rng(5)
    views = [photo, grey(photo), toned(photo, rng), data.coffee(), data.chelsea(), data.rocket()]
    assert [gate.proposed(view) for view in views] == [()] * len(views)


def test_what_is_too_small_or_too_narrow_is_not_judged():
    for size in ((20, 200, 3), (36, 1100, 3), (9000, 270, 3)):
        assert told.judge(np.zeros(size, np.uint8)) == ()


def test_what_no_repair_takes_has_no_parameters(tmp_path, photo):
    path = tmp_path / "a.jpg"
    Image.fromarray(LowLight(0.6, 2).apply(photo).image).convert("CMYK").save(path, quality=98)
    (found,) = find_light(Picture.open(path))
    assert found.params == {}


def test_a_gate_of_other_trees_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "gate.json"
    told = json.loads(gate.FILE.read_text("utf-8"))
    path.write_text(json.dumps(told | {"trees": "0" * 64}))
    monkeypatch.setattr(gate, "FILE", path)
    with pytest.raises(WeightsError, match="light-gate"):
        gate.fitted.__wrapped__()
