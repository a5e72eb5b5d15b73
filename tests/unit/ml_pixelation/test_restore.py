"""Mosaics undone: nearer to the photo than before, true to their blocks, nothing else touched."""

import numpy as np
import pytest

from ml import engine
from ml.degradations.mosaic import Mosaic
from ml.errors import MLError
from ml.pixelation.collapse import Line, means
from ml.pixelation.covered import Covered
from ml.pixelation.grid import Grid
from ml.pixelation.restore import restore
from ml.repair.quality import psnr
from tests.unit.ml_pixelation.scenes import scene

SIZE = (400, 320)
FAST = "superres_fast"


@pytest.mark.parametrize("block", [1.7, 2, 3, 5.5, 9])
def test_a_restored_photo_is_nearer_to_the_true_one_and_keeps_what_blocks_said(block):
    true, covered = scene(), Covered(block, (0.4 * block, 0.7 * block))
    image = Mosaic(block, covered.phase).apply(true)
    done = restore(image, covered, engine.load(FAST))
    assert psnr(done, true) > psnr(image, true) + 0.3
    lines = Line.of(covered.grid, SIZE[1], 1), Line.of(covered.grid, SIZE[0], 0)
    assert np.abs(means(done, *lines) - means(image, *lines)).mean() < 1


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_what_lies_outside_stays_bit_by_bit(channels, dtype):
    mosaic = Mosaic(7, (3, 1), shape="ellipse", region=(100, 60, 180, 150))
    planes = np.repeat(mosaic.apply(scene()), 2, 2)[..., :channels]
    image = planes.astype(dtype) * (np.iinfo(dtype).max // 255)
    before, mask = image.copy(), mosaic.mask(SIZE)
    covered = Covered.found(Grid(7, (3, 1), 1), mask)
    inside = covered.mask(SIZE)
    done = restore(image, covered, engine.load(FAST))
    assert done.dtype == dtype
    assert (done[~inside] == before[~inside]).all()
    assert (done[inside] != before[inside]).mean() > 0.5
    assert (image == before).all()


def test_strength_and_tiles():
    image = Mosaic(2, (0, 0)).apply(np.tile(scene()[:140], (1, 3, 1)))
    covered = Covered(2, (0, 0))
    whole = restore(image, covered, engine.load(FAST)).astype(int)
    half = restore(image, covered, engine.load(FAST), 0.5).astype(int)
    assert np.abs(half * 2 - whole - image).max() <= 2
    # Tiles of 512 blocks: what they see of their neighbours leaves no seam.
    part = np.s_[:, 900:1200]
    alone = restore(np.ascontiguousarray(image[part]), covered, engine.load(FAST))
    assert np.abs(alone - whole[part])[:, 40:-40].max() <= 1


@pytest.mark.parametrize("shape", ["rectangle", "ellipse"])
def test_an_outline_has_few_corners_and_says_where(shape):
    mosaic = Mosaic(9, (0, 0), shape=shape, region=(50, 40, 230, 190))
    mask = mosaic.mask(SIZE)
    covered = Covered.found(Grid(9, (0, 0), 1), mask)
    assert len(covered.outline) <= 32
    again = Covered.of(covered.as_json())
    assert again == covered
    both = again.mask(SIZE)
    assert (both & mask).sum() / (both | mask).sum() > 0.97
    small = covered.scaled(0.5).mask((200, 160))
    assert abs(small.sum() * 4 / mask.sum() - 1) < 0.05


def test_one_that_reaches_all_edges_is_whole():
    mask = np.ones(SIZE[::-1], bool)
    mask[:10] = False
    covered = Covered.found(Grid(3, (0, 0), 1), mask)
    assert covered.outline == ()
    assert covered.mask(SIZE).all()


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"block": 4},
        {"block": "4", "phase": [0, 0]},
        {"block": 4, "phase": [0]},
        {"block": 4, "phase": 3},
        {"block": float("nan"), "phase": [0, 0]},
        {"block": 400, "phase": [0, 0]},
        {"block": 0.1, "phase": [0, 0]},
        {"block": 4, "phase": [0, 0], "colour": 1},
        {"block": 4, "phase": [0, 0], "outline": [[0, 0]]},
        {"block": 4, "phase": [0, 0], "outline": [[0, 0], [1, 1], [2]]},
        {"block": 4, "phase": [0, 0], "outline": [[0, 0], [1, 1], [2, True]]},
        {"block": 4, "phase": [0, 0], "outline": [[0, 0]] * 40},
        {"block": 4, "phase": [0, 0], "outline": "all"},
    ],
)
def test_what_is_no_mosaic_is_refused(params):
    with pytest.raises(MLError):
        Covered.of(params)
