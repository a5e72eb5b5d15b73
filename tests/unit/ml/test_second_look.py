"""Looking again at what may be a face, with a detector that is a stand-in for the network."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from ml.faces import detect, find, second_look
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
        half = side * 0.18
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
    assert [round(one.score, 2) for one in found] == ([0.81] if kept else [])


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


def test_a_look_beyond_the_edge_shows_the_mirror_image():
    view = np.zeros((40, 60, 3), np.uint8)
    view[:, :3] = (10, 20, 30)
    crop = second_look._cut(view, np.array([-20, -30]), 100)
    assert crop.shape == (100, 100, 3)
    assert (crop[:, 17:23] == (10, 20, 30)).all(), "three columns and their image"
    assert not crop[:, 24:79].any()


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (500, 1), (30, 900)])
def test_a_view_of_any_shape_is_looked_at(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]):
    seen = []

    def look(view: np.ndarray, side: int, least: float) -> tuple[np.ndarray, ...]:
        seen.append((view.shape[:2], side))
        return np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 10), np.float32)

    monkeypatch.setattr(detect, "detect_at", look)
    assert detect.detect(np.zeros((*size, 3), np.uint8)) == []
    assert max(seen[-1][0]) == seen[-1][1]
    assert max(seen[-1][0]) >= round(min(max(size), 320) * 1.2)


def test_a_cut_face_is_found_beside_its_image_if_it_is_large(monkeypatch: pytest.MonkeyPatch):
    """A small face and its image resemble one face that the edge cuts; a large one is believed."""

    def look(view: np.ndarray, side: int, least: float) -> tuple[np.ndarray, ...]:
        margin = (side - 320) / 2
        cut = [face(margin - 20, margin + 50, 60, 0.9), face(margin - 5, margin + 150, 16, 0.9)]
        image = face(margin - 80, margin + 50, 50, 0.95)
        found = [*cut, image] if side == 416 else []
        return (
            np.array([one.corners for one in found], np.float32).reshape(-1, 4),
            np.array([one.score for one in found], np.float32),
            np.array([one.landmarks for one in found], np.float32).reshape(-1, 10),
        )

    monkeypatch.setattr(detect, "detect_at", look)
    [found] = detect.detect(np.zeros((640, 640, 3), np.uint8), (640, 320))
    assert found.corners.tolist() == [0, 100, 80, 220]


def test_tiny_faces_bring_a_look_at_twice_the_size_of_a_small_photo(
    monkeypatch: pytest.MonkeyPatch,
):
    looked = []

    def tiled(view: np.ndarray) -> list[Detection]:
        looked.append(view.shape[:2])
        return [face(200, 100, 24, 0.95), face(400, 100, 10, 0.95)] if len(view) > 300 else []

    monkeypatch.setattr(find, "tiled", tiled)
    monkeypatch.setattr(find, "detect", lambda *_: [face(20, 20, 13, 0.95)])
    monkeypatch.setattr(second_look, "detect_at", middle(0.9))

    class Photo:
        size = (300, 200)

        def view(self, side: int) -> np.ndarray:
            return np.zeros((200, 300, 3), np.uint8)

        def full(self) -> np.ndarray:
            return self.view(300)

    found = find.find(Photo(), 1600)  # type: ignore[arg-type]
    assert looked == [(400, 600)]
    assert sorted(one.corners.tolist() for one in found) == [[20, 20, 33, 33], [100, 50, 112, 62]]


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


def slanted(degrees: float) -> np.ndarray:
    """A view that grows brighter downwards, turned clockwise."""
    y, x = np.mgrid[-100:100, -100:100]
    turn = np.radians(degrees)
    ramp = 128 + 0.6 * (y * np.cos(turn) - x * np.sin(turn))
    return np.repeat(ramp.clip(0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def shy(view: np.ndarray, side: int, least: float) -> tuple[np.ndarray, ...]:
    """Sees a face in the middle, the better the more upright, and hardly says that it is turned."""
    grey = view[side // 4 : -side // 4, side // 4 : -side // 4, 0].astype(float)
    slope = np.degrees(np.arctan2(-np.diff(grey, axis=1).mean(), np.diff(grey, axis=0).mean()))
    corners, _, points = middle(0.9)(view, side, least)
    turn = np.radians(0.3 * slope)
    back = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    turned = (points.reshape(5, 2) - side / 2) @ back + side / 2
    score = np.float32([0.95 - 0.004 * abs(slope)])
    return corners, score, turned.reshape(1, 10)


@pytest.mark.parametrize("degrees", [0, -25, 40, -50])
def test_a_turned_face_is_turned_until_it_scores_best(
    monkeypatch: pytest.MonkeyPatch, degrees: int
):
    monkeypatch.setattr(second_look, "detect_at", shy)
    view = slanted(degrees)
    points = second_look.landmarks(view, face(70, 70, 60, 0.85))
    assert second_look.roll(points) == pytest.approx(degrees, abs=4)


def test_a_photo_without_faces_is_looked_at_askew(monkeypatch: pytest.MonkeyPatch):
    def look(view: np.ndarray, side: int, least: float) -> tuple[np.ndarray, ...]:
        corners, score, points = shy(view, side, least)
        seen = score >= max(least, 0.9)  # at first hand nothing that is turned
        return corners[seen], score[seen], points[seen]

    class Photo:
        size = (200, 200)

        def view(self, side: int) -> np.ndarray:
            return slanted(40)

    monkeypatch.setattr(find, "detect", lambda *_: [])
    monkeypatch.setattr(find, "detect_at", look)
    monkeypatch.setattr(second_look, "detect_at", look)
    [found] = find.find(Photo(), 1600)  # type: ignore[arg-type]
    assert second_look.roll(found.landmarks) == pytest.approx(40, abs=4)
    assert np.abs((found.corners[:2] + found.corners[2:]) / 2 - 100).max() < 4
