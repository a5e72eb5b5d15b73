"""Turned and tilted photos set right: pixels, points, files."""

import numpy as np
import pytest
from PIL import Image

from ml.errors import MLError
from ml.image import Picture
from ml.image.deep import Deep
from ml.repair.making import make
from ml.repair.quality import psnr
from ml.repair.recipe import Recipe, Step, apply, draft
from ml.warps import distort
from ml.warps.rotation import Rotation
from tests.unit.ml_distortion.known_picture import photo

SIZE = (320, 240)
CENTRE = [159.5, 119.5]


def turned(degrees):
    return Step("rotation", "turned", {"degrees": degrees})


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_quarter_turn_moves_pixels_and_points_alike(degrees):
    clean = photo(*SIZE)
    stored = np.ascontiguousarray(np.rot90(clean, -degrees // 90))
    recipe = Recipe((turned(degrees),))
    done = apply(Deep(stored, "RGB", None), recipe).values
    assert (done == clean).all()
    assert (draft(stored, recipe, 0.5) == clean).all()
    geometry = recipe.geometry((stored.shape[1], stored.shape[0]))
    points = np.array([[12.0, 30.0], [100.0, 7.0]])
    there = geometry.to_repaired(points)
    for (x, y), (across, down) in zip(points.astype(int), there.astype(int), strict=True):
        assert (stored[y, x] == done[down, across]).all()
    assert np.allclose(geometry.to_photo(there), points)


def test_a_tilt_is_cropped_to_what_is_known_and_level():
    clean = photo(*SIZE)
    tilted = distort(clean, (Rotation(center=tuple(CENTRE), angle=6.0),), border="black")
    step = Step("rotation", "tilted", {"center": CENTRE, "degrees": 6.0})
    recipe = Recipe((step,))
    done = apply(Deep(tilted, "RGB", None), recipe).values
    left, top, width, height = recipe.geometry(SIZE).box
    assert 0.6 < width * height / (SIZE[0] * SIZE[1]) < 0.95
    assert done.shape[:2] == (height, width)
    assert psnr(done, clean[top : top + height, left : left + width]) > 30
    assert step.reach((0, 0, *SIZE)) > 15


def test_only_which_way_is_up_changes_in_a_jpeg(tmp_path):
    source, target = tmp_path / "in.jpg", tmp_path / "out.jpg"
    Image.fromarray(np.ascontiguousarray(np.rot90(photo(*SIZE), -1))).save(source, quality=88)
    assert not Picture.open(source).header.oriented
    make(Picture.open(source), Recipe((turned(90),)), target)
    with Image.open(source) as one, Image.open(target) as other:
        assert (np.asarray(one) == np.asarray(other)).all()
    repaired = Picture.open(target)
    assert repaired.size == SIZE
    assert repaired.header.oriented
    assert repaired.header.orientation == 8


def test_a_png_is_turned_pixel_by_pixel(tmp_path):
    clean = photo(*SIZE)
    source, target = tmp_path / "in.png", tmp_path / "out.png"
    Image.fromarray(np.ascontiguousarray(np.rot90(clean, -3))).save(source)
    make(Picture.open(source), Recipe((turned(270),)), target)
    assert (Picture.open(target).full() == clean).all()


@pytest.mark.parametrize(
    ("kind", "params"),
    [
        ("turned", {"degrees": 45}),
        ("turned", {}),
        ("turned", {"degrees": 90, "center": [1, 2]}),
        ("tilted", {"degrees": 3.0}),
        ("tilted", {"center": [1, 2], "degrees": "3"}),
        ("fallen", {"degrees": 90}),
    ],
)
def test_what_is_no_turn_is_refused(kind, params):
    with pytest.raises(MLError):
        Step("rotation", kind, params).check()
