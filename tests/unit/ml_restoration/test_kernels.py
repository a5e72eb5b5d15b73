"""Kernels of blur, what they leave of a spectrum, and their undoing."""

from dataclasses import astuple, replace

import cv2
import numpy as np
import pytest
from skimage import data

from ml.errors import WeightsError
from ml.restoration import blind, blurred, deconvolution, kernels, likelihood, spectrum
from ml.restoration.blind import Steering, restore
from ml.restoration.kernels import Way
from ml.restoration.traces import calm, parts
from ml.restoration.undone import check, steering

BENT = Way(12.0, 30.0, 0.2, 0.1, -0.3)


@pytest.fixture(scope="module")
def clean():
    return np.ascontiguousarray(data.astronaut()[:320, 60:380])


def blurred_by(kernel, image):
    return cv2.filter2D(image, -1, kernel[::-1, ::-1], borderType=cv2.BORDER_REFLECT)


@pytest.mark.parametrize(
    "kernel",
    [
        kernels.bell(0.4),
        kernels.bell(3.0),
        kernels.disc(2.8),
        kernels.soft(2.0, 0.5),
        kernels.way(BENT),
        kernels.joined(1.0, 0.0, BENT),
    ],
)
def test_a_kernel_keeps_the_light_and_has_a_middle(kernel):
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert kernel.min() >= 0
    assert all(side % 2 for side in kernel.shape)


def test_a_disc_is_as_wide_as_its_bell():
    for share in (0.0, 1.0):
        kernel = kernels.soft(2.5, share)
        at = np.arange(len(kernel)) - len(kernel) // 2
        assert np.sqrt((kernel.sum(0) * at**2).sum()) == pytest.approx(2.5, rel=0.06)


def test_a_way_gone_back_leaves_the_same_power():
    there, back = (kernels.way(each) for each in (BENT, BENT.turned()))
    assert np.allclose(there, back[::-1, ::-1], atol=1e-6)
    assert np.abs(there - back).max() > 0.01
    left = blurred.moved(np.array([astuple(BENT), astuple(BENT.turned())]))
    assert np.allclose(left[0], left[1], atol=1e-5)


def test_nothing_has_no_kernel_and_is_left_alone(clean):
    assert Steering().kernel() is None
    assert np.array_equal(restore(clean, [(None, Steering())]), clean)


@pytest.mark.parametrize(
    "told",
    [
        Steering(blur=2.0),
        Steering(length=12.0, angle=30.0, bend=0.2, end=0.3),
        Steering(length=24.0, angle=10.0),
    ],
)
def test_tiles_join_without_a_seam(clean, monkeypatch, told):
    soft = blurred_by(told.kernel(), clean)
    whole = restore(soft, [(None, told)])
    monkeypatch.setattr(blind, "KERNEL_TILE", 160)
    away = np.abs(restore(soft, [(None, told)]).astype(int) - whole)
    assert np.percentile(away, 99.9) <= 6
    assert away.mean() < 0.3


def test_an_even_picture_stays_even():
    grey = np.full((90, 120, 3), 0.4, np.float32)
    done = deconvolution.undone(grey, kernels.way(BENT), 0.3, deconvolution.DOUBT["way"])
    assert np.allclose(done, 0.4, atol=1e-4)


def test_more_noise_makes_it_more_careful(clean):
    soft = blurred_by(kernels.bell(2.0), clean).astype(np.float32) / 255
    steps = [
        np.abs(np.diff(deconvolution.undone(soft, kernels.bell(2.0), noise, 0.0005), axis=1)).mean()
        for noise in (0.3, 3.0, 12.0)
    ]
    assert steps == sorted(steps, reverse=True)


def test_the_spectrum_tells_the_true_kernel_from_others(clean):
    seen = spectrum.logarithm(spectrum.power(parts(blurred_by(kernels.way(BENT), clean))))
    others = [replace(BENT, angle=60.0), replace(BENT, length=8.0), replace(BENT, bend=0.0)]
    misfits = likelihood.misfits(
        seen, blurred.moved(np.array([astuple(each) for each in (BENT, *others)])), 0.3
    )
    assert misfits.argmin() == 0
    assert misfits[0] < likelihood.misfits(seen, np.ones((1, len(spectrum.DOWN))), 0.3)[0] - 20


def test_a_small_picture_has_a_power_too(clean):
    assert np.isfinite(spectrum.power([clean[:64, :70]])).all()


def test_without_its_prior_nothing_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(spectrum, "FILE", tmp_path / "none.npz")
    spectrum.prior.cache_clear()
    with pytest.raises(WeightsError, match="train grain"):
        spectrum.prior()
    spectrum.prior.cache_clear()


def test_noise_is_measured_where_a_picture_is_calm():
    rng = np.random.default_rng(1)
    noisy = np.clip(128 + 6 * rng.standard_normal((200, 300, 3)), 0, 255)
    assert calm(noisy.astype(np.uint8)) == pytest.approx(6, rel=0.2)
    assert calm((noisy * 257).astype(np.uint16)) == pytest.approx(6, rel=0.2)
    assert calm(np.zeros((8, 8), np.uint8)) == 0


def test_recipes_of_straight_motion_are_still_taken():
    params = {"length": 12.0, "angle": 30.0}
    assert check("motion_blur", params) == 12
    told = steering([("motion_blur", params, 1.0)])
    assert (told.length, told.angle, told.bend) == (12, 30, 0)
    assert steering([("blur", {"sigma": 2.0}, 0.5)]).blur == 1


def test_a_way_is_followed_downhill_from_nearby(clean):
    seen = spectrum.logarithm(spectrum.power(parts(blurred_by(kernels.way(BENT), clean))))
    near = np.array([[10.5, 38.0, 0.1, 0.0, 0.0], [6.0, 120.0, 0.0, 0.0, 0.0]])
    widths = np.full((2, 5), 0.1) * [10, 60, 1, 1, 1]
    found, misfits = likelihood.followed(seen, 0.3, near, blurred.WAYS, widths=widths, rounds=8)
    begun = likelihood.misfits(seen, blurred.moved(near), 0.3)
    assert (misfits < begun + 0.5).all()
    assert misfits.argmin() == 0
    assert misfits[0] < begun[0] - 5
    assert found[0, 0] == pytest.approx(BENT.length, rel=0.08)
    assert found[0, 1] % 180 == pytest.approx(BENT.angle, abs=3)
