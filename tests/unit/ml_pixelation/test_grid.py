"""Block size and phase out of the steps, the outline, and blocks put down to one pixel each."""

import cv2
import numpy as np
import pytest

from ml.degradations.lookalikes import saved_as_jpeg
from ml.degradations.mosaic import Mosaic
from ml.pixelation.collapse import Line, collapse
from ml.pixelation.grid import Grid, find
from ml.pixelation.outline import outline
from tests.unit.ml_pixelation.scenes import luma, scene

ALL = np.ones((320, 400), bool)


# Of blocks of 1.5 px a JPEG leaves too little to be found.
BLOCKS = (2, 2.7, 4, 7, 8, 11.4, 23, 40)


@pytest.mark.parametrize(
    ("block", "quality"), [(1.5, 0), *((block, q) for block in BLOCKS for q in (0, 75))]
)
def test_block_and_phase_are_found(block, quality):
    mosaic = Mosaic(block, (0.4 * block, 0.7 * block))
    image = mosaic.apply(scene())
    grid = find(luma(saved_as_jpeg(image, quality) if quality else image), ALL)
    assert grid.block == pytest.approx(block, rel=0.02)
    for found, true in zip(grid.phase, mosaic.phase, strict=True):
        assert abs((found - true + block / 2) % block - block / 2) < 1.1


def test_a_resize_turns_small_blocks_into_no_others():
    image = luma(Mosaic(4, (1, 2)).apply(scene()))
    small = cv2.resize(image, (280, 224), interpolation=cv2.INTER_AREA)
    assert find(small, np.ones((224, 280), bool)).block == pytest.approx(2.8, rel=0.02)


def test_jpeg_own_grid_does_not_hide_another():
    image = saved_as_jpeg(Mosaic(11, (3, 6)).apply(scene()), 30)
    assert find(luma(image), ALL).block == pytest.approx(11, rel=0.02)


def test_a_flat_picture_has_no_grid():
    assert find(np.full((320, 400), 90, np.uint8), ALL) is None
    assert find(luma(scene()), np.zeros_like(ALL)) is None


def test_lines_lie_between_blocks():
    assert Grid(4, (1, 0), 1).lines(12, 0).tolist() == [1, 5, 9]
    assert Grid(4, (1, 0), 1).lines(12, 1).tolist() == [4, 8]


@pytest.mark.parametrize("shape", ["rectangle", "ellipse"])
def test_the_outline_is_that_of_the_mosaic(shape):
    mosaic = Mosaic(9, (2, 5), shape=shape, region=(120, 80, 170, 130))
    image, true = mosaic.apply(scene()), mosaic.mask((400, 320))
    rough = np.where(true, 2.0, -2.0).astype(np.float32)
    cells = np.kron(rough[16::32, 16::32], np.ones((32, 32), np.float32))
    logits = np.full(true.shape, -2.0, np.float32)
    logits[: cells.shape[0], : cells.shape[1]] = cells[:320, :400]
    mask = outline(luma(image), logits, Grid(9, (2, 5), 1))
    assert (mask & true).sum() / (mask | true).sum() > 0.9


def test_no_evidence_gives_no_outline():
    assert not outline(luma(scene()), np.full((320, 400), -1.0, np.float32), None).any()


@pytest.mark.parametrize("block", [2, 5, 7.5, 16])
def test_collapsed_blocks_have_their_colours(block):
    mosaic = Mosaic(block, (0.5 * block, 0.0))
    image = mosaic.apply(scene())
    grid = Grid(block, mosaic.phase, 1)
    rows, columns = Line.of(grid, 320, 1), Line.of(grid, 400, 0)
    small = collapse(image, ALL, rows, columns)
    again = [
        np.repeat(np.arange(len(line.start)), line.stop - line.start) for line in (rows, columns)
    ]
    assert np.abs(small[again[0]][:, again[1]] - image).max() < 0.01
