"""MATLAB's imresize, which figures of super-resolution are told by."""

import numpy as np
import pytest

from ml.superres import bicubic


def test_what_is_even_stays_even():
    grey = np.full((12, 20, 3), 77, np.float32)
    for size in ((5, 3), (40, 24), (31, 17)):
        np.testing.assert_allclose(bicubic.resize(grey, size), 77, rtol=1e-6)


def test_the_same_size_is_the_same_picture():
    noise = np.random.default_rng(0).random((9, 14), np.float32)
    np.testing.assert_allclose(bicubic.resize(noise, (14, 9)), noise, atol=1e-6)


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_ramp_is_sampled_where_pixels_lie(factor):
    """Keys' kernel is exact for straight lines; pixel centres, not corners, are kept."""
    ramp = np.tile(np.arange(24, dtype=np.float32), (24, 1))
    large, small = bicubic.enlarge(ramp, factor), bicubic.shrink(ramp, factor)
    inside = slice(4 * factor, -4 * factor)
    wanted = (np.arange(24 * factor) + 0.5) / factor - 0.5
    np.testing.assert_allclose(large[5, inside], wanted[inside], atol=1e-4)
    wanted = (np.arange(24 // factor) + 0.5) * factor - 0.5
    np.testing.assert_allclose(small[3, 2:-2], wanted[2:-2], atol=1e-4)


def test_shrinking_averages_instead_of_skipping():
    board = np.indices((32, 32)).sum(0) % 2 * np.float32(255)
    np.testing.assert_allclose(bicubic.shrink(board, 4)[2:-2, 2:-2], 127.5, atol=1e-3)


def test_halves_are_matlabs():
    """imresize([0 0 0 255 255 255 0 0], 0.5), computed from the formula in its source by hand:
    eight taps of the widened kernel, mirrored at the rim.
    """
    line = np.array([[0, 0, 0, 255, 255, 255, 0, 0]], np.float32).repeat(4, 0)
    taps = np.array([-3, -9, 29, 111, 111, 29, -9, -3]) / 256
    padded = np.concatenate([line[0, 2::-1], line[0], line[0, :4:-1]])
    wanted = [float(padded[2 * i : 2 * i + 8] @ taps) for i in range(4)]
    np.testing.assert_allclose(bicubic.resize(line, (4, 4))[1], wanted, atol=1e-3)
