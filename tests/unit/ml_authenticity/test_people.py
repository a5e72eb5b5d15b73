"""People of a photo, looked at by themselves."""

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.authenticity import people
from ml.authenticity.patches import LEAST
from ml.image import Picture
from ml.stages.authenticity import judge_authenticity


def photo(folder, size, at):
    """The astronaut at a place on a ground that is grey, but for some noise."""
    ground = np.random.default_rng(size).integers(126, 131, (size, size, 3), dtype=np.uint8)
    person = data.astronaut()
    ground[at : at + len(person), at : at + len(person)] = person
    path = folder / f"{size}.png"
    Image.fromarray(ground).save(path)
    return Picture.open(path)


def test_a_person_is_cut_out_with_what_is_around(tmp_path):
    (cut,) = people.cut(photo(tmp_path, 1400, 700))
    x, y, width, height = cut.face
    assert 870 < x < 960
    assert 760 < y < 830
    left, top, across, down = cut.place
    assert left < x < x + width < left + across
    assert top < y < y + height < top + down
    assert cut.pixels.shape == (down, across, 3)
    assert across == pytest.approx(people.AROUND * max(width, height), abs=2)


def test_nobody_too_small_is_judged(tmp_path):
    small = Image.open(photo(tmp_path, 1400, 700).path).resize((600, 600))
    path = tmp_path / "small.png"
    small.save(path)
    assert people.faces(np.asarray(small), 600)
    assert people.cut(Picture.open(path)) == []


def test_a_small_face_of_a_large_photo_is_cut_from_all_of_it(tmp_path):
    picture = photo(tmp_path, 4400, 2600)
    (cut,) = people.cut(picture)
    assert min(cut.pixels.shape[:2]) >= LEAST
    assert picture.view(1600).shape[1] < 4400


def test_each_person_has_a_verdict_that_the_file_adds_nothing_to(tmp_path):
    told = judge_authenticity(photo(tmp_path, 1400, 700))
    (person,) = told.people
    assert person.verdict.region is None
    assert person.verdict.people == ()
    assert {each.kind for each in person.verdict.evidence} == {
        "whole",
        "objects",
        "statistics",
        "optics",
        "splice",
    }
    assert sum(person.verdict.probabilities.values()) == pytest.approx(1)
    assert person.verdict.probabilities != told.probabilities
