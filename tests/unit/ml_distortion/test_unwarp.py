"""Repair at full size: what is known, what is cut off, what is filled in and said to be."""

import numpy as np
import pytest

from ml.evaluate.distortion_trials import psnr
from ml.repair.unwarp import largest_rectangle, unwarp
from ml.warps import distort, recovered
from ml.warps.draw import default
from tests.unit.ml_distortion.known_picture import photo

SIZE = (480, 360)


@pytest.mark.parametrize("name", ["swirl", "barrel", "pincushion", "wave", "perspective", "bulge"])
def test_the_crop_is_the_clean_picture(name):
    clean, warp = photo(*SIZE), default(name, SIZE)
    repaired = unwarp(distort(clean, warp), (warp,))
    left, top, width, height = repaired.box
    assert repaired.pixels.shape == (height, width, 3)
    assert recovered(warp, SIZE)[top : top + height, left : left + width].all()
    shown = np.ones((height, width), np.bool_)
    assert psnr(repaired.pixels, clean[top : top + height, left : left + width], shown) > 27
    assert not repaired.estimated.any()


def test_what_is_filled_in_is_told():
    clean, warp = photo(*SIZE), default("pincushion", SIZE)
    repaired = unwarp(distort(clean, warp), (warp,), rim="fill")
    assert repaired.pixels.shape == clean.shape
    assert (repaired.estimated == ~recovered(warp, SIZE)).all()
    assert 0 < repaired.estimated.mean() < 0.5
    dark = distort(clean, warp, border="black")
    assert repaired.pixels[repaired.estimated].mean() > 20, "no black rim"
    assert (dark != repaired.pixels).any()


def test_the_largest_rectangle():
    known = np.zeros((100, 200), np.bool_)
    assert largest_rectangle(~known) == (0, 0, 200, 100)
    known[20:90, 10:60] = known[40:60, :] = True
    assert largest_rectangle(known) == (0, 40, 200, 20)
    known[20:90, 10:100] = True
    assert largest_rectangle(known) == (10, 20, 90, 70)


def test_a_large_picture_loses_at_most_a_sliver():
    known = np.ones((3000, 4000), np.bool_)
    known[:31] = False
    left, top, width, height = largest_rectangle(known)
    assert (left, width) == (0, 4000)
    assert 31 <= top < 31 + 16
    assert top + height == 3000


@pytest.mark.parametrize("name", ["swirl", "wave", "contour"])
def test_a_draft_looks_the_same(name):
    clean, warp = photo(*SIZE), default(name, SIZE)
    bent = distort(clean, warp)
    exact, draft = unwarp(bent, (warp,)), unwarp(bent, (warp,), draft=True)
    assert exact.box == draft.box
    shown = np.ones(exact.pixels.shape[:2], np.bool_)
    assert psnr(draft.pixels, exact.pixels, shown) > 38
