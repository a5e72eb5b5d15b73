"""The generator of mosaics: exact blocks, any phase, whole or in part."""

import cv2
import numpy as np
import pytest

from ml.degradations.mosaic import Mosaic, draw


def _photo(height=90, width=120, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, 3)).astype(np.uint8)


def test_area_blocks_have_the_mean_of_their_pixels():
    photo = _photo()
    tiled = Mosaic(8, (3, 5)).apply(photo)
    block = photo[5:13, 11:19].reshape(-1, 3)
    assert (tiled[5:13, 11:19] == np.rint(block.mean(0)).astype(np.uint8)).all()
    assert (tiled[:5, :3] == np.rint(photo[:5, :3].reshape(-1, 3).mean(0)).astype(np.uint8)).all()


def test_nearest_blocks_are_those_of_resizing_down_and_up():
    photo = _photo(64, 96)
    for block in (2, 4, 8):
        small = cv2.resize(photo, (96 // block, 64 // block), interpolation=cv2.INTER_NEAREST)
        theirs = cv2.resize(small, (96, 64), interpolation=cv2.INTER_NEAREST)
        assert (Mosaic(block, sample="corner").apply(photo) == theirs).all()


def test_fractional_blocks_have_the_right_number_of_columns():
    photo = _photo(40, 100)
    tiled = Mosaic(2.5, sample="centre").apply(photo)
    steps = (np.abs(np.diff(tiled.astype(int), axis=1)).sum((0, 2)) > 0).nonzero()[0]
    assert len(steps) == 100 / 2.5 - 1
    assert set(np.diff(steps)) == {2, 3}


@pytest.mark.parametrize("shape", ["rectangle", "ellipse"])
def test_a_part_leaves_the_rest_alone(shape):
    photo = _photo()
    mosaic = Mosaic(6, (1, 2), shape=shape, region=(30, 20, 50, 40))
    tiled, mask = mosaic.apply(photo), mosaic.mask((120, 90))
    assert (tiled[~mask] == photo[~mask]).all()
    assert (tiled[mask] != photo[mask]).any(1).mean() > 0.9
    rows, columns = mask.nonzero()
    assert (columns.min(), columns.max(), rows.min(), rows.max()) == (30, 79, 20, 59)
    expected = 50 * 40 * (1 if shape == "rectangle" else np.pi / 4)
    assert mask.sum() == pytest.approx(expected, rel=0.01)


def test_a_feather_fades_in():
    mosaic = Mosaic(6, shape="rectangle", region=(20, 20, 60, 50), feather=10)
    share = mosaic.coverage((120, 90))
    assert share[45, 50] == 1
    assert share[45, 19] == 0
    assert 0 < share[45, 22] < share[45, 26] < 1


def test_grey_pictures_are_taken():
    grey = _photo()[..., 0]
    assert Mosaic(7, (2, 2)).apply(grey).shape == grey.shape


def test_parameters_survive_json():
    mosaic = draw((300, 200), np.random.default_rng(4), "ellipse")
    assert Mosaic.from_json(mosaic.as_json()) == mosaic
    with pytest.raises(ValueError, match="no parameters"):
        Mosaic.from_json({"blocks": 3})


def test_the_same_seed_draws_the_same_mosaic_within_its_limits():
    for seed in range(60):
        shape = ("whole", "rectangle", "ellipse")[seed % 3]
        drawn = [draw((300, 200), np.random.default_rng(seed), shape) for _ in range(2)]
        assert drawn[0] == drawn[1]
        assert 1.5 <= drawn[0].block <= 64
        assert drawn[0].mask((300, 200)).sum() >= 32 * 32 * 0.7


@pytest.mark.parametrize(
    "values", [{"block": 1}, {"block": float("nan")}, {"block": 8, "feather": -1}]
)
def test_what_is_no_mosaic_is_refused(values):
    with pytest.raises(ValueError, match=r"block|finite|negative"):
        Mosaic(**values)
