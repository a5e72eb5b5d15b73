"""Views are halves of halves: means of 2 × 2 pixels, whatever the sides."""

import numpy as np
import pytest

from ml.image.picture import shrink


@pytest.mark.parametrize(
    ("size", "side", "wanted"),
    [
        ((64, 48), 64, (64, 48)),
        ((64, 48), 33, (64, 48)),
        ((64, 48), 16, (16, 12)),
        ((65, 47), 16, (17, 12)),
        ((1, 9), 2, (1, 3)),
    ],
)
def test_the_long_side_stays_at_or_above_what_was_asked_for(size, side, wanted):
    pixels = np.zeros((size[1], size[0], 3), np.uint8)
    assert shrink(pixels, side).shape == (wanted[1], wanted[0], 3)


@pytest.mark.parametrize("size", [(64, 48), (65, 47), (67, 49)])
def test_each_pixel_is_the_mean_of_those_beneath_it(size):
    pixels = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    found = shrink(pixels, 16)
    down, across = size[1] // 4, size[0] // 4
    blocks = pixels[: 4 * down, : 4 * across].reshape(down, 4, across, 4, 3).mean((1, 3))
    assert np.abs(found[:down, :across] - blocks).max() <= 1


def test_the_last_of_odd_sides_is_kept():
    pixels = np.zeros((5, 7, 3), np.uint8)
    pixels[:, 6], pixels[4] = 200, 100
    found = shrink(pixels, 3)
    assert (found[:2, 3] == 200).all()
    assert (found[2] == 100).all()
