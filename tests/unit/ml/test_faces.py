"""Aligning faces and judging them, without a network."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.faces.align import SIDE, TEMPLATE, align, scale_to_template, similarity
from ml.faces.quality import quality


def moved(scale: float, degrees: float, shift: tuple[float, float]) -> np.ndarray:
    turn = np.deg2rad(degrees)
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return TEMPLATE @ matrix.T + shift


@given(
    st.floats(0.2, 20), st.floats(-180, 180), st.tuples(st.floats(-500, 500), st.floats(-500, 500))
)
def test_a_similarity_is_recovered(scale: float, degrees: float, shift: tuple[float, float]):
    points = moved(scale, degrees, shift)
    matrix = similarity(points, TEMPLATE)
    assert np.allclose(points @ matrix[:, :2].T + matrix[:, 2], TEMPLATE, atol=1e-6)
    assert scale_to_template(points) == pytest.approx(1 / scale, rel=1e-6)


def test_equal_points_give_no_scale():
    assert scale_to_template(np.zeros((5, 2))) == 0.0


@pytest.mark.parametrize("scale", [0.5, 1.0, 3.0, 9.5])
@pytest.mark.parametrize("degrees", [0, 35, 180])
def test_aligned_points_lie_on_the_template(scale: float, degrees: float):
    """Dots drawn on the landmarks come out at the template's places, whatever size the face has."""
    side = int(SIDE * scale * 2.5)
    centre = TEMPLATE.mean(axis=0)
    points = moved(scale, degrees, (0, 0))
    points += side / 2 - points.mean(axis=0)
    y, x = np.mgrid[0:side, 0:side]
    radius = max(2.0, 3 * scale)
    picture = np.zeros((side, side), np.float64)
    for point in points:
        picture += 255 * np.exp(-((x - point[0]) ** 2 + (y - point[1]) ** 2) / (2 * radius**2))
    view = np.repeat(np.clip(picture, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    crop = align(view, points)
    assert crop.shape == (SIDE, SIDE, 3)
    for target in TEMPLATE:
        row, column = round(target[1]), round(target[0])
        around = crop[row - 4 : row + 5, column - 4 : column + 5, 0].astype(float)
        dy, dx = np.mgrid[row - 4 : row + 5, column - 4 : column + 5]
        found = np.array([(around * dx).sum(), (around * dy).sum()]) / around.sum()
        assert np.abs(found - target).max() < 0.6
    assert centre.shape == (2,)


def test_a_face_at_the_edge_is_black_outside():
    crop = align(np.full((60, 60, 3), 200, np.uint8), TEMPLATE - 50)
    assert crop[0, 0].tolist() == [0, 0, 0]


def test_quality_falls_with_size_blur_and_pose():
    rng = np.random.default_rng(0)
    sharp = rng.integers(0, 255, (SIDE, SIDE, 3), dtype=np.uint8)
    flat = np.full_like(sharp, 128)
    front = quality(sharp, TEMPLATE, 0.9)
    turned = TEMPLATE.copy()
    turned[2, 0] += 20
    assert 0.9 < front <= 1
    assert quality(sharp, TEMPLATE / 10, 0.9) < front
    assert quality(flat, TEMPLATE, 0.9) < front
    assert quality(sharp, turned, 0.9) < front
