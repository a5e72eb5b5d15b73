"""Fitting a photo into a network's input and mapping points back."""

import numpy as np
import pytest

from ml.stages.letterbox import letterbox


@pytest.mark.parametrize("size", [(480, 640), (640, 480), (1, 900), (333, 500), (1500, 2000)])
@pytest.mark.parametrize("square", [True, False])
def test_points_return_where_they_came_from(size: tuple[int, int], square: bool):
    height, width = size
    canvas, place = letterbox(np.zeros((height, width, 3), np.uint8), 640, 32, square)
    assert canvas.shape[0] % 32 == canvas.shape[1] % 32 == 0
    if square:
        assert canvas.shape == (640, 640, 3)
    corners = np.array([[0, 0, width, height]], np.float32)
    there = corners.copy()
    there[:, 0::2] = there[:, 0::2] * place.scale_x + place.left
    there[:, 1::2] = there[:, 1::2] * place.scale_y + place.top
    assert np.allclose(place.to_picture(there), corners, atol=1e-3)


def test_the_picture_lies_in_the_middle_and_the_rest_is_grey():
    canvas, place = letterbox(np.zeros((300, 640, 3), np.uint8), 640, 32)
    assert canvas.shape == (320, 640, 3)
    assert (place.left, place.top) == (0, 10)
    assert canvas[0].min() == canvas[-1].max() == 114
    assert canvas[10:310].max() == 0


@pytest.mark.parametrize("side", [511, 427, 960])
def test_any_side_gives_whole_strides(side: int):
    canvas, _ = letterbox(np.zeros((768, 511, 3), np.uint8), side, 32)
    assert canvas.shape[0] % 32 == canvas.shape[1] % 32 == 0
