"""Laws of the damage that is made on purpose."""

import cv2
import numpy as np
import pytest
from skimage import color, data

from ml.degradations import table
from ml.degradations.blur import GaussianBlur, Jpeg
from ml.degradations.degradation import as_uint8
from ml.degradations.noise import GaussianNoise
from ml.degradations.table import DEGRADATIONS, Composition, draw

EVERY = pytest.mark.parametrize("name", DEGRADATIONS)
# Kinds of the contract; those of rotation are not damage.
CONTRACT = {
    "noise",
    "blur",
    "motion_blur",
    "jpeg",
    "scratch",
    "dust",
    "crease",
    "tear",
    "stain",
    "loss",
    "craquelure",
    "dark",
    "faded",
    "varnish",
    "haze",
}


@pytest.fixture(scope="module")
def photo():
    return np.ascontiguousarray(data.astronaut()[100:292, 120:376])


@EVERY
def test_equal_numbers_do_the_same(name, photo):
    kind = DEGRADATIONS[name]
    one, again, other = (kind(0.6, seed).apply(photo) for seed in (3, 3, 4))
    assert np.array_equal(one.image, again.image)
    assert np.array_equal(one.mask, again.mask)
    if name not in ("gaussian_blur", "defocus_blur", "jpeg"):  # nothing in those is random
        assert not np.array_equal(one.image, other.image)


@EVERY
def test_severity_0_leaves_every_bit(name, photo):
    for image in (photo, photo.astype(np.float32) / 255):
        damaged = DEGRADATIONS[name](0, 5).apply(image)
        assert np.array_equal(damaged.image, image)
        assert not damaged.mask.any()


@EVERY
def test_the_mask_is_where_pixels_change(name, photo):
    before = photo.copy()
    for image in (photo, photo.astype(np.float32) / 255):
        damaged = DEGRADATIONS[name](0.7, 8).apply(image)
        assert damaged.image.dtype == image.dtype
        assert np.array_equal(damaged.mask, (damaged.image != image).any(axis=2))
        assert damaged.mask.any()
    assert np.array_equal(photo, before)


@EVERY
def test_float_rounds_to_what_uint8_gives(name, photo):
    kind = DEGRADATIONS[name](0.5, 2)
    values = kind.apply(photo.astype(np.float32) / 255).image
    assert np.array_equal(as_uint8(values), kind.apply(photo).image)


@EVERY
def test_more_severe_is_worse(name, photo):
    kind = DEGRADATIONS[name]
    image = photo.astype(np.float32) / 255
    errors = [
        np.mean(
            [np.abs(kind(severity, seed).apply(image).image - image).mean() for seed in range(4)]
        )
        for severity in (0.15, 0.9)
    ]
    assert errors[0] < errors[1]


@pytest.mark.parametrize("name", [name for name, kind in DEGRADATIONS.items() if kind.local])
def test_local_damage_leaves_most_of_the_picture(name, photo):
    shares = [DEGRADATIONS[name](0.2, seed).apply(photo).mask.mean() for seed in range(4)]
    assert 0 < np.mean(shares) < 0.5


def test_the_table_has_the_kinds_of_the_contract():
    assert set(table.KINDS) == CONTRACT


def test_noise_has_its_sigma_and_leaves_the_range():
    grey = np.full((200, 200, 3), 0.02, np.float32)
    noisy = GaussianNoise.of(25, 1).apply(grey).image
    assert noisy.std() * 255 == pytest.approx(25, rel=0.02)
    assert noisy.min() < 0


@pytest.mark.parametrize("name", ["poisson_noise", "camera_noise"])
def test_sensor_noise_has_its_sigma_at_mid_grey(name):
    grey = np.full((240, 240, 3), 0.5, np.float32)
    kind = DEGRADATIONS[name](0.2, 1)
    found = (kind.apply(grey).image - grey).std() * 255
    most = 1.05 if name == "poisson_noise" else 1.0
    assert 0.4 * kind.params["sigma"] < found < most * kind.params["sigma"]


def test_jpeg_is_that_of_its_quality(photo):
    _, saved = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 30])
    expected = cv2.imdecode(saved, cv2.IMREAD_COLOR)[..., ::-1]
    damaged = Jpeg.of(30)
    assert damaged.params == {"quality": 30}
    assert np.array_equal(damaged.apply(photo).image, expected)


def test_fading_lifts_black_and_yellows_white():
    strip = np.repeat(np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8), 8, 0)
    faded = DEGRADATIONS["fading"](0.9, 3).apply(strip).image
    lightness, _, yellow = np.moveaxis(color.rgb2lab(faded[:1]), 2, 0)[:, 0]
    assert lightness[0] > 5
    assert yellow[1] > 5


@pytest.mark.parametrize("severity", [-0.1, 1.1, float("nan")])
def test_severities_beyond_the_range_are_refused(severity):
    with pytest.raises(ValueError, match="severity"):
        GaussianBlur(severity)


@pytest.mark.parametrize("image", [np.zeros((8, 8), np.uint8), np.zeros((8, 8, 3), np.uint16)])
def test_other_pictures_are_refused(image):
    with pytest.raises(ValueError, match="RGB"):
        GaussianBlur(0.5).apply(image)


@pytest.mark.parametrize("size", [(24, 24), (16, 200), (200, 16)])
def test_small_pictures_are_damaged_too(size):
    image = np.full((*size, 3), 128, np.uint8)
    for kind in DEGRADATIONS.values():
        assert kind(1.0, 1).apply(image).image.shape == image.shape


def test_a_composition_is_one_after_the_other(photo):
    rng = np.random.default_rng(2)
    drawn = draw(rng, most=4)
    again = draw(np.random.default_rng(2), most=4)
    assert drawn == again
    done = photo
    for step in drawn.steps:
        done = step.apply(done).image
    assert np.array_equal(drawn.apply(photo).image, done)


def test_a_composition_tells_where_each_kind_is(photo):
    scratches, noise = DEGRADATIONS["scratches"](0.5, 1), DEGRADATIONS["gaussian_noise"](0.1, 1)
    _, masks = Composition((scratches, noise)).traced(photo)
    assert list(masks) == ["scratch"]
    assert np.array_equal(masks["scratch"], scratches.apply(photo).mask)
