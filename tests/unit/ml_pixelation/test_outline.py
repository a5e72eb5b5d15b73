"""Where a mosaic lies, to the pixel: by what its own steps are like, inside and beside it."""

import numpy as np
import pytest

from ml.degradations.lookalikes import saved_as_jpeg
from ml.degradations.mosaic import Mosaic
from ml.pixelation.grid import Grid
from ml.pixelation.likeness import likeness
from ml.pixelation.outline import outline
from tests.unit.ml_pixelation.scenes import luma, scene

GRID = Grid(9, (2, 5), 1)
MOSAIC = Mosaic(9, (2, 5), shape="rectangle", region=(120, 80, 170, 130))


def rough(true):
    """Logits of cells that reach up to 24 px too far to the right and below."""
    far = np.roll(true, (24, 24), (0, 1)) | true
    return np.where(far, 2.0, -2.0).astype(np.float32)


def iou(one, other):
    return (one & other).sum() / (one | other).sum()


@pytest.mark.parametrize(
    ("shape", "quality"), [("rectangle", 90), ("ellipse", 90), ("ellipse", 60)]
)
def test_steps_say_where_the_mosaic_ends_though_cells_reach_too_far(shape, quality):
    mosaic = Mosaic(9, (2, 5), shape=shape, region=(120, 80, 170, 130))
    image, true = saved_as_jpeg(mosaic.apply(scene()), quality), mosaic.mask((400, 320))
    assert iou(rough(true) > 0, true) < 0.8
    assert iou(outline(luma(image), rough(true), GRID), true) > 0.95


def test_steps_inside_are_told_from_those_beside():
    image, true = saved_as_jpeg(MOSAIC.apply(scene()), 75), MOSAIC.mask((400, 320))
    told = likeness(luma(image), GRID, true)
    assert told[true].mean() > 0.3 > -0.3 > told[~true].mean()


@pytest.mark.parametrize("inside", [np.zeros((320, 400), bool), np.ones((320, 400), bool)])
def test_nothing_is_told_without_both_sides(inside):
    assert not likeness(luma(scene()), GRID, inside).any()
