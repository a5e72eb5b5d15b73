"""Rates of naming faces, on vectors made by hand."""

from pathlib import Path

import numpy as np
import pytest

from ml.evaluate.face_rivals import RIVALS, ours
from ml.evaluate.face_tree import Faces, Tree, portrait
from ml.evaluate.open_set import Trial, rates, splits
from ml.people.whitening import unit
from ml.results import Face

PEOPLE, PHOTOS, STRANGERS = 6, 16, 200


def library(noise: float, missed: int = 0) -> tuple[Tree, Faces]:
    rng = np.random.default_rng(0)
    centres = unit(rng.normal(size=(PEOPLE, 128)))
    known = np.repeat(centres, PHOTOS, axis=0) + rng.normal(0, noise, (PEOPLE * PHOTOS, 128))
    vectors = unit(np.concatenate([known, rng.normal(size=(STRANGERS, 128))]))
    people = [f"person {i // PHOTOS}" for i in range(PEOPLE * PHOTOS)]
    people += [f"/stranger/{i}.jpg" for i in range(STRANGERS)]
    found = np.ones(len(vectors), np.bool_)
    for person in range(PEOPLE):
        found[person * PHOTOS : person * PHOTOS + missed] = False
    paths = tuple(Path(f"{i}.jpg") for i in range(len(vectors)))
    plain = np.ones(len(vectors), np.float32)
    return Tree(paths, tuple(people)), Faces(found, vectors, plain, plain * 100)


def trial(noise: float, missed: int = 0) -> Trial:
    tree, faces = library(noise, missed)
    return Trial(tree, faces, faces, np.ones(len(tree.paths), np.bool_), 0)


@pytest.mark.parametrize("name", ["ours", *RIVALS])
def test_clear_faces_are_all_named(name: str):
    found = rates(trial(0.02).run(RIVALS.get(name, ours), 3), 0)
    assert found["rank1"].value == 1.0
    assert found["tpir_fpir1"].value > 0.99
    assert found["rank1"].n == PEOPLE


def test_faces_that_were_not_found_count_as_missed():
    found = rates(trial(0.02, missed=4).run(RIVALS["centroid"], 3), 0)
    assert found["rank1"].value == pytest.approx(1 - 4 / (PHOTOS - 3))
    assert found["tpir_fpir01"].value <= found["tpir_fpir1"].value <= found["rank1"].value
    assert found["rank1"].lo <= found["rank1"].value <= found["rank1"].hi


def test_noise_that_drowns_people_names_nobody():
    found = rates(trial(3.0).run(RIVALS["centroid"], 1), 0)
    assert found["rank1"].value < 0.5
    assert found["tpir_fpir1"].value < 0.2


def test_a_split_teaches_and_tries_no_photo_twice_and_parts_the_strangers():
    tree, faces = library(0.1, missed=2)
    for split in splits(tree, faces.found, 10, 0):
        taught = set(np.concatenate(split.labels).tolist())
        assert all(faces.found[row] for row in taught)
        assert taught.isdisjoint(split.tried.tolist())
        assert len(taught) + len(split.tried) == PEOPLE * PHOTOS
        assert set(split.calibrating.tolist()).isdisjoint(split.strangers.tolist())
        assert len(split.calibrating) + len(split.strangers) == STRANGERS


def test_people_with_too_few_photos_for_so_many_labels_are_left_out():
    tree, faces = library(0.02)
    assert rates(Trial(tree, faces, faces, faces.found, 0).run(ours, PHOTOS - 4), 0) == {}


def test_the_portrait_is_the_largest_face_nearest_the_centre():
    def face(x: float, side: float, *, embedded: bool = True) -> Face:
        vector = np.ones(128, np.float32) if embedded else None
        return Face((x, 100, side, side), 0.9, np.zeros((5, 2), np.float32), 0.5, vector)

    middle, corner, blind = face(170, 60), face(0, 70), face(150, 100, embedded=False)
    assert portrait([corner, middle, blind], (400, 260)) is middle
    assert portrait([blind], (400, 260)) is None
