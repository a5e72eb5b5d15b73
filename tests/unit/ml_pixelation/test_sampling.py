"""Where blocks lie to the pixel, and whether they are means: of whole pictures as programs resize
them, and of what editors make.
"""

import cv2
import numpy as np
import pytest
from skimage import data

from ml import engine
from ml.degradations.mosaic import Mosaic
from ml.pixelation import sampling
from ml.pixelation.collapse import collapse
from ml.pixelation.covered import Covered
from ml.pixelation.restore import restore
from ml.repair.quality import psnr

PHOTO = np.ascontiguousarray(data.astronaut()[:301, 80:470])


def sampled(block):
    """The photo by nearest neighbour, and a grid that is a little off, as one that was found is."""
    size = PHOTO.shape[1::-1]
    small = tuple(int(side / block) for side in size)
    down = cv2.resize(PHOTO, small, interpolation=cv2.INTER_NEAREST)
    image = cv2.resize(down, size, interpolation=cv2.INTER_NEAREST)
    return image, down, Covered(round(size[0] / small[0] * 1.0005, 3), (0.5, 0.5))


@pytest.mark.parametrize("block", [1.6, 2, 2.7, 3, 5.3])
def test_each_pixel_of_a_resized_photo_is_found_again(block):
    image, down, covered = sampled(block)
    rows, columns = sampling.lines(image, covered)
    small = collapse(image, np.ones(image.shape[:2], bool), rows, columns)
    assert np.array_equal(small, down)
    assert np.array_equal(PHOTO[rows.taken][:, columns.taken], down)


@pytest.mark.parametrize("block", [1.6, 2.7, 4])
def test_what_was_sampled_comes_back_far_nearer(block):
    image, _, covered = sampled(block)
    done = restore(image, covered, engine.load("superres_fast"))
    assert psnr(done, PHOTO) > psnr(image, PHOTO) + 3


def test_pillow_s_middles_are_found():
    from PIL import Image

    size = PHOTO.shape[1::-1]
    down = Image.fromarray(PHOTO).resize((141, 109), Image.Resampling.NEAREST)
    image = np.asarray(down.resize(size, Image.Resampling.NEAREST))
    rows, columns = sampling.lines(image, Covered(size[0] / 141, (0.0, 0.0)))
    # Where a middle lies between two pixels, Pillow's rounding decides.
    assert (PHOTO[rows.taken][:, columns.taken] == np.asarray(down)).mean() > 0.98


@pytest.mark.parametrize("block", [1.7, 3.4, 4])
def test_means_are_told_from_single_pixels(block):
    inside = np.ones(PHOTO.shape[:2], bool)
    middle = (PHOTO.shape[0] // 2, PHOTO.shape[1] // 2)
    image, _, covered = sampled(block)
    assert not sampling.averaged(image, inside, sampling.lines(image, covered), middle)
    mosaic, covered = Mosaic(block).apply(PHOTO), Covered(block, (0.0, 0.0))
    assert sampling.averaged(mosaic, inside, sampling.lines(mosaic, covered), middle)


def test_a_part_and_what_is_even_stay_as_they_are():
    covered = Covered(4, (1.0, 2.0), ((10, 10), (90, 10), (90, 60)))
    rows, columns = sampling.lines(PHOTO, covered)
    assert (rows.start[1], columns.start[1]) == (2, 1)
    even = np.full((40, 60, 3), 90, np.uint8)
    lines = sampling.lines(even, Covered(2, (0.0, 0.0)))
    assert sampling.averaged(even, np.ones((40, 60), bool), lines, (20, 30))
    assert np.array_equal(restore(even, Covered(2, (0, 0)), engine.load("superres_fast")), even)


@pytest.mark.parametrize(("sample", "means"), [("area", True), ("corner", False)])
@pytest.mark.parametrize("block", [4, 9])
def test_a_part_is_judged_by_its_own_blocks(block, sample, means):
    photo, side = data.coffee(), 18 * block
    mosaic = Mosaic(block, (1, 2), sample, "rectangle", (60, 40, side, side))
    image, mask = mosaic.apply(photo), mosaic.mask(photo.shape[1::-1])
    right, low = 60 + side - 1, 40 + side - 1
    covered = Covered(block, (1.0, 2.0), ((60, 40), (right, 40), (right, low), (60, low)))
    blocks = sampling.lines(image, covered)
    assert sampling.averaged(image, mask, blocks, (40 + side // 2, 60 + side // 2)) == means
