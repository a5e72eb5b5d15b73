"""The lattice: fringes that a warp leaves, what explains them, and what does not."""

import cv2
import numpy as np
import pytest
import skimage.data

from ml.estimators.encodings import WIDTH, encode
from ml.estimators.lattice.evidence import Evidence
from ml.estimators.lattice.opposites import opposites
from ml.estimators.lattice.search import Fit, coarse, fine, together
from ml.estimators.lattice.spectra import CHANNELS, seen
from ml.estimators.lattice.tiles import TILE, Grid, grid, tiles
from ml.evaluate.distortion_trials import endpoint_errors
from ml.warps import FAMILIES, distort

SIZE = (448, 336)
SWIRL = FAMILIES["swirl"]((230.0, 160.0), 60.0, 150.0)
BARREL = FAMILIES["barrel"]((223.5, 167.5), 0.08, 280.0)
CHANCE = 6.0  # deviations that a search finds where there is nothing


def photo() -> np.ndarray:
    """A photo made smaller, so that it is sharp to the pixel as files in a gallery are."""
    return cv2.resize(skimage.data.astronaut()[:384], SIZE, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("size", [(512, 340), (340, 512), (4000, 3000), (60, 600)])
def test_tiles_are_spread_over_all_of_a_picture(size):
    places = grid(size)
    assert len(places.middles) == places.across * places.down <= 500
    low, high = places.middles.min(0), places.middles.max(0)
    assert (low >= TILE // 2).all()
    assert (high <= np.array(size) - TILE // 2).all()
    assert (low < TILE + 10).all()


def test_what_is_too_small_for_a_tile_is_refused():
    with pytest.raises(ValueError, match="no room"):
        grid((TILE - 1, 300))


def test_tiles_of_a_large_picture_are_those_of_a_part_of_it():
    large = cv2.resize(skimage.data.astronaut(), (1400, 1200), interpolation=cv2.INTER_CUBIC)
    places = grid((1400, 1200))
    one = len(places.middles) // 2 + places.across // 2
    x, y = places.middles[one].astype(int)
    part = large[y - 60 : y + 60, x - 60 : x + 60]
    alone = Grid(1, 1, np.array([[60.0, 60.0]]))
    assert np.allclose(tiles(large, places)[:, one], tiles(part, alone)[:, 0], atol=1e-4)


def test_spectra_have_a_channel_a_frequency():
    places = grid(SIZE)
    told = seen(photo(), places)
    assert told.shape == (places.down, places.across, CHANNELS)
    assert told.dtype == np.uint8


@pytest.mark.parametrize("warp", [SWIRL, BARREL])
@pytest.mark.parametrize("interpolation", ["linear", "cubic", "lanczos"])
def test_fringes_agree_with_the_warp_that_left_them_alone(warp, interpolation):
    evidence = Evidence(distort(photo(), warp, border="mirror", interpolation=interpolation))
    assert evidence.coherence(warp) > 1.5 * CHANCE
    assert evidence.coherence(warp.weakened(0.7)) < CHANCE
    assert Evidence(photo()).coherence(warp) < CHANCE


def test_a_displacement_and_its_opposite_leave_the_same_fringes():
    bulge = FAMILIES["bulge"]((230.0, 160.0), 0.3, 150.0)
    evidence = Evidence(distort(photo(), bulge, border="mirror"))
    [other] = opposites(Fit("bulge", "smooth", encode(bulge, SIZE)[:5]))
    assert other.kind == "pinch"
    found = fine(evidence, together(evidence, other))
    assert found.score > 2 * CHANCE
    assert opposites(Fit("wave", "", np.ones(5)))[1].numbers.tolist() == [-1, -1, 1, 1, 1]
    assert not opposites(Fit("polar", "", np.ones(7)))


@pytest.mark.parametrize("warp", [SWIRL, BARREL])
def test_a_rough_guess_becomes_exact(warp):
    evidence = Evidence(distort(photo(), warp, border="mirror"))
    guess = encode(warp, SIZE) + np.random.default_rng(4).normal(0, 0.1, WIDTH)
    model = "quadratic" if warp is SWIRL else ""
    found = fine(evidence, coarse(evidence, warp.kind, model, [(guess, np.full(WIDTH, 0.1))]))
    error, nothing = endpoint_errors((warp,), (found.warp(SIZE),), SIZE)
    assert found.score > 2 * CHANCE
    assert error < 0.3
    assert nothing > 4
