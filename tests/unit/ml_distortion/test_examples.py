"""Examples for training: what they show is what they say."""

import cv2
import numpy as np
import pytest
from skimage import data

from ml.estimators.encodings import WIDTH, choice_of, decode, encode, kind_of
from ml.estimators.kinds import KINDS
from ml.train import distortion_patterns as patterns
from ml.train.distortion_examples import GRID, Level, effect, example, level_after, random_warp
from ml.train.distortion_sources import FOLDERS, Sources, held_out, split, trained_on
from ml.warps.draw import grid

SIZE = (192, 160)


@pytest.fixture(scope="module")
def sources() -> Sources:
    photos = [cv2.resize(each, (384, 300)) for each in (data.astronaut(), data.coffee())]
    size = photos[0].size
    pixels = np.concatenate([photo.ravel() for photo in photos])
    places = np.array([[0, 300, 384], [size, 300, 384]])
    return Sources(("train/photos_a/1.jpg", "train/photos_a/2.jpg"), pixels, places)


@pytest.mark.parametrize("samples", [0, 60_000])
def test_examples_have_the_size_and_truth_that_a_batch_needs(sources, samples):
    rng = np.random.default_rng(1)
    made = [example(sources, SIZE, level_after(samples), rng) for _ in range(40)]
    for each in made:
        assert each.image.shape == (160, 192, 3)
        assert each.image.dtype == np.uint8
        assert each.vector.shape == (WIDTH,)
        assert each.effect.shape == (2 * GRID**2, WIDTH)
        assert np.isfinite(each.effect).all()
        assert (each.kind == 0) == (each.warp is None)
        if each.warp is not None:
            assert KINDS[each.kind] == kind_of(each.warp, SIZE)
    assert 0.15 < np.mean([each.kind == 0 for each in made]) < 0.8
    assert len({each.kind for each in made}) > 6


def test_the_same_seed_makes_the_same_examples(sources):
    level = level_after(0)
    one, two = (example(sources, SIZE, level, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one.image, two.image)
    assert one.warp == two.warp


def test_the_effect_tells_how_far_points_move():
    """A small change of the numbers moves the points as the effect says, to first order."""
    rng = np.random.default_rng(2)
    level, seen = Level(0, 0, 0, 0.02), set()
    points = grid(SIZE, GRID)
    for _ in range(60):
        warp = random_warp(SIZE, level, rng)
        kind, choice = kind_of(warp, SIZE), choice_of(warp)
        if kind in ("polar", *seen):
            continue
        seen.add(kind)
        vector = encode(warp, SIZE)
        change = np.where(vector != 0, rng.normal(0, 1e-3, WIDTH), 0.0)
        told = effect(kind, vector, SIZE, choice).astype(np.float64) @ change
        ends = [
            decode(kind, numbers, SIZE, choice).inverse(points)
            for numbers in (vector + change, vector)
        ]
        moved = ((ends[0] - ends[1]) * 100 / SIZE[0]).ravel()
        assert np.abs(moved - told).max() < 0.05 * np.abs(moved).max() + 1e-4, kind
    assert len(seen) > 8


@pytest.mark.parametrize("make", [patterns.grid, patterns.maze])
def test_patterns_have_two_colours_that_can_be_told_apart(make):
    for seed in range(8):
        picture = make((120, 90), np.random.default_rng(seed))
        assert picture.shape == (90, 120, 3)
        assert picture.std() > 10


def test_the_curriculum_grows_harder():
    levels = [level_after(n) for n in (0, 10_000, 100_000)]
    shares = [level.grids for level in levels]
    assert shares == sorted(shares, reverse=True)
    assert levels[0].mildest > levels[-1].mildest >= 0.008
    assert levels[-1].clean >= 0.5


def test_held_out_photos_and_their_near_copies_are_not_trained_on(sources, tmp_path):
    names = held_out()
    assert len(names) >= 400
    assert all(name.rsplit("/", 1)[0] in FOLDERS for name in names)
    held = min(names)
    pixels = np.concatenate([sources.pixels, sources.photo(0).ravel()])
    places = np.vstack([sources.places, [sources.pixels.size, 300, 384]])
    mixed = Sources((*sources.names, held), pixels, places)
    train, kept = split(mixed)
    assert kept.names == (held,)
    assert train.names == ("train/photos_a/2.jpg",)  # the first is the held-out one's double
    folder = tmp_path / "train" / "photos_bsds"
    folder.mkdir(parents=True)
    for name in ("a.jpg", held.rsplit("/", 1)[1]):
        (folder / name).touch()
    assert trained_on(folder / "a.jpg")
    assert not trained_on(folder / held.rsplit("/", 1)[1])
