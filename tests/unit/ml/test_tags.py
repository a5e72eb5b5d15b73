"""Decoding what a detector gives, without the detector."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.errors import WeightsError
from ml.stages.tags import decode, suppress


def dense(*detections: tuple[float, float, float, float, int, float]) -> np.ndarray:
    """An output of three classes in the YOLO11 layout: centre, size, class scores."""
    output = np.zeros((7, 100), np.float32)
    for column, (x, y, width, height, kind, score) in enumerate(detections):
        output[:4, column] = x, y, width, height
        output[4 + kind, column] = score
    return output


def test_dense_head_is_decoded_best_first():
    corners, scores, kinds = decode(
        dense((50, 40, 20, 10, 2, 0.5), (200, 100, 40, 40, 0, 0.9)), 3, 0.25
    )
    assert kinds.tolist() == [0, 2]
    assert scores.tolist() == pytest.approx([0.9, 0.5])
    assert corners[1].tolist() == [40, 35, 60, 45]


def test_doubles_are_suppressed_within_a_class_only():
    box = (100, 100, 50, 50)
    _, _, kinds = decode(dense((*box, 1, 0.9), (*box, 1, 0.8), (*box, 2, 0.7)), 3, 0.25)
    assert kinds.tolist() == [1, 2]


def test_nms_free_head_is_taken_as_it_is():
    output = np.zeros((300, 6), np.float32)
    output[0] = 1, 2, 3, 4, 0.3, 5
    output[1] = 1, 2, 3, 4, 0.9, 5
    corners, scores, kinds = decode(output, 80, 0.25)
    assert scores.tolist() == pytest.approx([0.9, 0.3])
    assert kinds.tolist() == [5, 5]
    assert corners.shape == (2, 4)


def test_nothing_found_is_empty():
    corners, scores, kinds = decode(dense(), 3, 0.25)
    assert corners.shape == (0, 4)
    assert len(scores) == len(kinds) == 0


def test_another_shape_is_refused():
    with pytest.raises(WeightsError, match="80 classes"):
        decode(np.zeros((17, 8400), np.float32), 80, 0.25)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 1)), max_size=20))
def test_what_survives_suppression_does_not_overlap(places: list[tuple[int, int, int]]):
    corners = np.array([[x, y, x + 10, y + 10] for x, y, _ in places], np.float32).reshape(-1, 4)
    kinds = np.array([kind for *_, kind in places], np.int64)
    kept = suppress(corners, kinds, 0.5)
    assert len(kept) > 0 or not places
    for first in kept:
        for second in kept:
            if first != second and kinds[first] == kinds[second]:
                low = np.maximum(corners[first, :2], corners[second, :2])
                high = np.minimum(corners[first, 2:], corners[second, 2:])
                shared = np.prod(np.clip(high - low, 0, None))
                assert shared / (200 - shared) <= 0.5
