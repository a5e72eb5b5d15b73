"""What the patch network learns from: edits are where their masks say, and half is untouched."""

import cv2
import numpy as np
import pytest
from skimage import data

from ml.train.authenticity_examples import CELL, FIRST, LATER, Examples
from ml.train.authenticity_fills import Fills
from ml.train.authenticity_forgeries import forged
from ml.train.authenticity_sources import GENERATED, REAL, Source, Sources

RIM = 121  # px, within which the softest rim ends


def test_an_edit_is_where_its_mask_says():
    host = np.ascontiguousarray(data.astronaut()[:240, :256])
    donor = np.ascontiguousarray(data.coffee()[:320, :330])
    inside, changed = [], []
    for seed in range(30):
        edit, mask = forged(host, donor, np.random.default_rng(seed))
        assert (edit.shape, edit.dtype, mask.shape) == (host.shape, np.uint8, host.shape[:2])
        moved = np.abs(edit.astype(int) - host).max(2) > 0
        near = cv2.dilate(mask, np.ones((RIM, RIM))) > 0
        assert not (moved & ~near).any(), f"{seed}: nothing changes far from the mask"
        inside.append((mask > 0).mean())
        changed.append((moved & (mask > 0)).sum() / (mask > 0).sum())
    assert 0.02 < min(inside) < max(inside) < 0.7
    assert np.median(changed) > 0.9
    assert min(changed) > 0.02, "every edit changes something"


@pytest.fixture
def examples(tmp_path):
    pictures = [
        cv2.resize(picture, (1100, 1100), interpolation=cv2.INTER_CUBIC)
        for picture in (data.astronaut(), data.coffee()[:, :400])
    ]
    told = (Source("a", REAL, "a"), Source("b", GENERATED, "b"))
    places = np.array([[0, 1100, 1100], [pictures[0].size, 1100, 1100]])
    sources = Sources(told, np.concatenate([each.ravel() for each in pictures]), places)
    hole = np.full((400, 500), 255, np.uint8)
    hole[100:300, 150:350] = 0
    cv2.imwrite(str(tmp_path / "a.png"), np.dstack([pictures[0][:400, :500], hole]))
    return Examples(sources, Fills((tmp_path / "a.png",)))


def test_lessons_follow_each_other_by_what_was_drawn(examples):
    rng = np.random.default_rng(3)
    batches = examples.batches(rng, 45_000 - FIRST.batch)
    assert [len(next(batches).photos) for _ in range(2)] == [FIRST.batch, LATER.batch]


@pytest.mark.parametrize("lesson", [FIRST, LATER])
def test_half_of_the_examples_are_untouched(examples, lesson):
    rng = np.random.default_rng(3)
    edited = []
    for _ in range(6):
        batch = examples.batch(rng, lesson)
        assert batch.photos.shape == (lesson.batch, 3, lesson.side, lesson.side)
        assert batch.photos.dtype == np.uint8
        assert batch.edited.shape == (lesson.batch, lesson.side // CELL, lesson.side // CELL)
        assert 0 <= batch.edited.min() <= batch.edited.max() <= 1
        edited.append(batch.edited.max((1, 2)) > 0)
    assert 0.4 < np.mean(edited) <= 0.5


def test_a_fill_is_read_with_its_mask(tmp_path):
    planes = np.dstack([data.astronaut()[:60, :80], np.full((60, 80), 255, np.uint8)])
    planes[20:30, 40:60, 3] = 0
    cv2.imwrite(str(tmp_path / "a.png"), planes)
    picture, mask = Fills((tmp_path / "a.png",)).draw(np.random.default_rng(0))
    assert (picture == planes[..., :3]).all()
    assert mask.sum() == 200
    assert mask[20:30, 40:60].all()
