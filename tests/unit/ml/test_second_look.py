"""Looking again at what may be a face, with a detector that is a stand-in for the network."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from ml.faces import find, second_look
from ml.faces.detect import Detection

Detector = Callable[[np.ndarray, int, float], tuple[np.ndarray, np.ndarray, np.ndarray]]


def face(x: float, y: float, side: float, score: float) -> Detection:
    corners = np.array([x, y, x + side, y + side], np.float32)
    points = np.float32([x, y]) + side * np.float32(
        [[0.3, 0.3], [0.7, 0.3], [0.5, 0.5], [0.35, 0.8], [0.65, 0.8]]
    )
    return Detection(corners, score, points)


def middle(score: float) -> Detector:
    """Sees a face in the middle of every view."""

    def detect(view: np.ndarray, side: int, least: float) -> tuple[np.ndarray, ...]:
        half = side * 0.22
        seen = face(side / 2 - half, side / 2 - half, 2 * half, score)
        return seen.corners[None], np.float32([score]), seen.landmarks.reshape(1, 10)

    return detect  # type: ignore[return-value]


@pytest.mark.parametrize(("again", "kept"), [(0.9, True), (0.1, False)])
def test_a_doubtful_face_stays_if_it_is_seen_again(
    monkeypatch: pytest.MonkeyPatch, again: float, kept: bool
):
    monkeypatch.setattr(second_look, "detect_at", middle(again))
    view = np.zeros((200, 300, 3), np.uint8)
    found = second_look.confirm(view, [face(100, 80, 40, 0.6)], 0.55)
    assert [round(one.score, 2) for one in found] == ([0.75] if kept else [])


def test_a_sure_face_is_not_looked_at_again(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(second_look, "detect_at", None)
    sure = face(100, 80, 40, 0.93)
    assert second_look.confirm(np.zeros((200, 300, 3), np.uint8), [sure], 0.55) == [sure]


@pytest.mark.parametrize("place", [(100.0, 80.0), (-5.0, -8.0), (285.0, 190.0)])
def test_landmarks_of_a_closer_look_lie_in_the_view(
    monkeypatch: pytest.MonkeyPatch, place: tuple[float, float]
):
    monkeypatch.setattr(second_look, "detect_at", middle(0.9))
    known = face(*place, 30, 0.9)
    points = second_look.landmarks(np.zeros((200, 300, 3), np.uint8), known)
    centre = points[2]
    assert np.abs(centre - (np.float32(place) + 15)).max() < 1.5


def test_landmarks_stay_where_no_look_finds_the_face(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(second_look, "detect_at", middle(0.1))
    known = face(100, 80, 40, 0.9)
    assert second_look.landmarks(np.zeros((200, 300, 3), np.uint8), known) is known.landmarks


@pytest.mark.parametrize("length", [10, 1024, 1025, 2000, 4000, 9001])
def test_tiles_cover_a_side_and_overlap(length: int):
    starts = find._starts(length)
    assert starts[0] == 0
    assert starts[-1] + 1024 >= length
    for one, following in itertools.pairwise(starts):
        assert 0 < following - one <= 1024 - 128


def test_a_face_cut_by_a_tiles_edge_is_left_to_the_neighbour(monkeypatch: pytest.MonkeyPatch):
    def detect(tile: np.ndarray, side: int, least: float) -> tuple[np.ndarray, ...]:
        rows, columns = np.nonzero(tile[:, :, 0])
        if not len(rows):
            return np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 10))
        seen = np.float32([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]])
        return seen, np.float32([0.9]), np.zeros((1, 10), np.float32)

    monkeypatch.setattr(find, "detect_at", detect)
    view = np.zeros((300, 1900, 3), np.uint8)
    view[100:140, 860:900] = 255  # where the second tile begins
    [found] = find.tiled(view)
    assert found.corners.tolist() == [860, 100, 900, 140]
