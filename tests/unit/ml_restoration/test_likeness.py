"""Faces where compression is undone: found, and given less of it, in files and on the screen."""

import numpy as np
import pytest
from skimage import data

from ml.degradations.blur import Jpeg
from ml.image.deep import Deep
from ml.repair.recipe import Recipe, Step, apply, draft
from ml.restoration import likeness, undone
from ml.restoration.likeness import Faces

QUALITY = 20
STRONG = (Step("damage", "jpeg", {"quality": float(QUALITY)}),)


@pytest.fixture(scope="module")
def compressed():
    portrait = np.ascontiguousarray(data.astronaut()[:288, 60:380])
    return Jpeg.of(QUALITY).apply(portrait).image


@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
def test_a_face_gets_half_of_what_everything_else_gets(compressed, depth, monkeypatch):
    values = compressed.astype(depth) * (np.iinfo(depth).max // 255)
    [(x, y, across, down)] = likeness.seen(values, "RGB", QUALITY).ellipses
    kept = apply(Deep(values, "RGB", None), Recipe(STRONG)).values
    monkeypatch.setattr(likeness, "seen", lambda *_: Faces())
    whole = apply(Deep(values, "RGB", None), Recipe(STRONG)).values
    face = np.s_[int(y - down / 2) : int(y + down / 2), int(x - across / 2) : int(x + across / 2)]
    half = (values.astype(float) + whole) / 2
    assert np.abs(kept - half)[face].max() <= 1
    far = np.hypot((np.arange(320) - x) / across, (np.arange(288)[:, None] - y) / down) > 1.75
    assert np.array_equal(kept[far], whole[far])
    assert not np.array_equal(kept[face], whole[face])


def test_a_grey_photo_with_alpha_has_faces_too(compressed):
    grey = compressed.mean(2).astype(np.uint8)
    values = np.dstack([grey, np.full_like(grey, 7)])
    assert len(likeness.seen(values, "LA", QUALITY).ellipses) == 1
    assert len(likeness.seen(grey.astype(np.float32) / 255, "L", QUALITY).ellipses) == 1


def test_the_screen_shows_faces_as_the_file_has_them(compressed):
    shown = draft(compressed, Recipe(STRONG), 1.0)
    made = apply(Deep(compressed, "RGB", None), Recipe(STRONG)).values
    assert np.abs(shown.astype(int) - made).max() <= 1


def test_a_screen_that_is_smaller_gives_faces_the_same_share(compressed, monkeypatch):
    """By the photo's own quality, not by the one that is left of it on the screen."""
    asked = []

    def seen(values, mode, quality):
        asked.append(quality)
        return Faces()

    monkeypatch.setattr(likeness, "seen", seen)
    draft(compressed, Recipe(STRONG), 0.25)
    assert asked == [QUALITY]


def test_milder_compression_is_undone_less_on_faces(compressed):
    shares = [likeness.seen(compressed, "RGB", quality).share for quality in (10, 20, 30, 40, 50)]
    assert shares == [0.5, 0.5, 0.375, 0.25, 0.25]


def test_strips_of_rows_join_and_edges_cut_faces():
    faces = Faces(((5.0, 20.0, 10.0, 12.0), (60.0, 45.0, 3.0, 4.0)), 0.5)
    whole = faces.shares(slice(0, 50), 62)
    parts = [faces.shares(slice(start, start + 10), 62) for start in range(0, 50, 10)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert (whole[20, 5], whole[45, 60], whole[0, 40]) == (0.5, 0.5, 1.0)
    assert np.abs(np.diff(whole, axis=1)).max() < 0.5


def test_noise_is_taken_from_faces_as_from_the_rest():
    noise = Step("damage", "noise", {"sigma": 20.0})
    assert not Recipe((noise, *STRONG)).keeps_faces
    assert not Recipe((noise,)).keeps_faces
    assert "faces" not in Recipe((noise,)).networks


def test_a_version_says_that_faces_were_looked_for_and_how(monkeypatch):
    recipe = Recipe(STRONG)
    assert recipe.networks["faces"].startswith("yunet@")
    before = recipe.digest
    monkeypatch.setattr(likeness, "VERSION", "faces@other")
    assert Recipe(STRONG).digest != before
    assert undone.networks(recipe.damage) == ("restoration_jpeg",)
