"""Counting found faces, and the collages that they are counted on."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.errors import MLError
from ml.evaluate import detection
from ml.evaluate.face_collage import FACES, PORTRAIT_SIDE, collage
from ml.evaluate.labelled_faces import FILE, LabelledPhoto, labelled

NOTHING = np.zeros((0, 4))


def boxes(*each: tuple[float, float, float, float]) -> np.ndarray:
    return np.array(each, float).reshape(-1, 4)


def photo(faces: np.ndarray, tiny: np.ndarray = NOTHING, apart: np.ndarray = NOTHING):
    return LabelledPhoto(Path("x.jpg"), faces, tiny, apart)


def test_a_face_is_found_once_and_the_second_box_on_it_is_wrong():
    tally = detection.Tally()
    tally.add(photo(boxes((0, 0, 20, 20), (50, 50, 70, 70))), boxes((1, 0, 20, 20), (0, 1, 20, 21)))
    found = detection.figures(tally, 0)
    assert found["recall"].value == 0.5
    assert found["precision"].value == 0.5
    assert found["recall"].lo <= 0.5 <= found["recall"].hi


def test_tiny_faces_and_dolls_count_neither_for_nor_against():
    tally = detection.Tally()
    labels = photo(boxes((0, 0, 20, 20)), boxes((40, 0, 50, 10)), boxes((80, 0, 100, 20)))
    tally.add(labels, boxes((0, 0, 20, 20), (40, 0, 50, 10), (80, 2, 100, 22), (140, 0, 160, 20)))
    found = detection.figures(tally, 0)
    assert found["recall"].n == 1
    assert found["tiny_recall"].value == 1.0
    assert found["precision"].value == 0.5, "the last box lies on nothing"


def test_a_loose_box_finds_nothing():
    hits, used = detection.matches(boxes((0, 0, 20, 20)), boxes((0, 0, 20, 41)))
    assert not hits.any()
    assert not used.any()


def test_intervals_are_over_photos():
    tally = detection.Tally()
    for number in range(20):
        seen = boxes((0, 0, 20, 20)) if number % 2 else NOTHING
        tally.add(photo(boxes((0, 0, 20, 20))), seen)
    recall = detection.figures(tally, 0)["recall"]
    assert recall.value == 0.5
    assert 0.2 < recall.lo < 0.4
    assert 0.6 < recall.hi < 0.8


def test_committed_boxes_lie_in_their_photos():
    kept = json.loads(FILE.read_text())
    for entry in kept["photos"].values():
        width, height = entry["size"]
        for kind, x, y, w, h in entry["boxes"]:
            assert kind in {"face", "tiny", "apart"}
            assert 0 <= x < x + w <= width
            assert 0 <= y < y + h <= height
            assert kind != "face" or min(w, h) >= 12
    assert all(entry["reason"] for entry in kept["left_out"].values())
    assert not kept["photos"].keys() & kept["left_out"].keys()


def test_photos_are_known_by_their_content(tmp_path: Path):
    other = tmp_path / "other.jpg"
    other.write_bytes(b"another photo")
    assert labelled([other]) == []


def test_a_collage_has_each_portrait_where_its_box_is(tmp_path: Path):
    """Portraits with a red face of the truth's form: the boxes enclose what is red."""
    y, x = np.mgrid[0:PORTRAIT_SIDE, 0:PORTRAIT_SIDE]
    face = ((x - 125) / 41) ** 2 + ((y - 124) / 58) ** 2 <= 1
    pixels = np.zeros((PORTRAIT_SIDE, PORTRAIT_SIDE, 3), np.uint8)
    pixels[face] = (255, 0, 0)
    portrait = tmp_path / "portrait.png"
    Image.fromarray(pixels).save(portrait)
    made = collage([portrait] * FACES, 5, np.random.default_rng(1), tmp_path / "c.jpg")
    assert len(made.faces) == FACES
    seen = np.asarray(Image.open(made.path)).astype(int)
    red = (seen[:, :, 0] > 200) & (seen[:, :, 1] < 60) & (seen[:, :, 2] < 60)
    for x1, y1, x2, y2 in made.faces:
        rows, columns = np.nonzero(
            red[round(y1) - 4 : round(y2) + 4, round(x1) - 4 : round(x2) + 4]
        )
        assert columns.min() - 4 == pytest.approx(0, abs=3)
        assert columns.max() - 3 == pytest.approx(x2 - x1, abs=3)
        assert rows.min() - 4 == pytest.approx(0, abs=3)
        assert rows.max() - 3 == pytest.approx(y2 - y1, abs=3)


def test_small_collages_have_their_tiny_faces_apart(tmp_path: Path):
    portrait = tmp_path / "portrait.png"
    Image.new("RGB", (PORTRAIT_SIDE, PORTRAIT_SIDE)).save(portrait)
    made = collage([portrait] * FACES, 0, np.random.default_rng(0), tmp_path / "c.jpg")
    assert len(made.faces) + len(made.tiny) == FACES
    assert (made.tiny[:, 2] - made.tiny[:, 0] < 12).all()
    assert (made.faces[:, 2] - made.faces[:, 0] >= 12).all()


def test_folders_without_labels_or_portraits_are_an_error(tmp_path: Path):
    Image.new("RGB", (40, 30)).save(tmp_path / "photo.png")
    with pytest.raises(MLError, match="labelled"):
        detection.evaluate([tmp_path])
