"""The lattice: fringes that a warp leaves, what explains them, and what does not."""

import cv2
import numpy as np
import pytest
import skimage.data

from ml.estimators import explanation
from ml.estimators.encodings import WIDTH, encode
from ml.estimators.encodings.table import decode
from ml.estimators.kinds import CHOICES, KINDS
from ml.estimators.lattice import bows
from ml.estimators.lattice.bows import in_place
from ml.estimators.lattice.evidence import Evidence
from ml.estimators.lattice.fit import Fit, score
from ml.estimators.lattice.maps import Places, warp_of
from ml.estimators.lattice.opposites import opposites
from ml.estimators.lattice.phases import fine
from ml.estimators.lattice.search import coarse
from ml.estimators.lattice.spectra import CHANNELS, seen
from ml.estimators.lattice.tiles import TILE, Grid, grid, tiles
from ml.estimators.reading import Reading
from ml.evaluate.distortion_trials import endpoint_errors
from ml.warps import FAMILIES, distort, imagemagick
from ml.warps.arc import Arc
from ml.warps.sampling import lookup, sample

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
    assert evidence.of(warp) > 1.5 * CHANCE
    assert evidence.of(warp.weakened(0.7)) < CHANCE
    assert Evidence(photo()).of(warp) < CHANCE


def test_a_displacement_and_its_opposite_leave_the_same_fringes():
    bulge = FAMILIES["bulge"]((230.0, 160.0), 0.3, 150.0)
    evidence = Evidence(distort(photo(), bulge, border="mirror"))
    [other] = opposites(Fit("bulge", "smooth", encode(bulge, SIZE)[:5]))
    assert other.kind == "pinch"
    found = fine(evidence, other)
    assert found.score > 2 * CHANCE
    assert opposites(Fit("shear", "", np.ones(2)))[1].numbers.tolist() == [-1, 1]
    assert not opposites(Fit("polar", "", np.ones(7)))


def test_a_rough_guess_becomes_exact():
    warp = BARREL
    evidence = Evidence(distort(photo(), warp, border="mirror"))
    guess = encode(warp, SIZE) + np.random.default_rng(4).normal(0, 0.1, WIDTH)
    guesses = [(guess, np.full(WIDTH, 0.1))] * 2
    rough = coarse(evidence, warp.kind, [""], guesses)
    found = max((fine(evidence, each) for each in rough), key=score)
    error, nothing = endpoint_errors((warp,), (found.warp(SIZE),), SIZE)
    assert found.score > 2 * CHANCE
    assert error < 0.3
    assert nothing > 4


@pytest.mark.parametrize(
    ("kind", "model", "numbers"),
    [
        ("bulge", "smooth", [0.4, 0.1, -0.2, -0.2, -0.1]),
        ("bulge", "sine", [0.4, 0.1, -0.2, -0.2, -0.1]),
        ("pinch", "smooth", [0.3, 0.1, -0.2, -0.2, -0.1]),
        ("pinch", "sine", [0.3, 0.1, -0.2, -0.2, -0.1]),
        ("lens", "", [0.6, -0.3, 0.1, -0.1, 0.2, -0.1]),
        ("barrel", "", [0.6, 0.1, -0.2]),
        ("barrel", "", [2.5, 0.1, -0.2]),
        ("pincushion", "", [-0.6, 0.1, -0.2]),
        ("pincushion", "", [-3.0, 0.6, -0.2]),
        ("pincushion", "", [0.6, 0.1, -0.2]),
        ("fisheye", "", [0.8, 0.1, -0.2]),
        ("fisheye", "", [2.5, 0.1, -0.2]),
        ("ripple", "", [0.5, 0.4, 0.1, -0.2, 0.2]),
        ("ripple", "", [3.0, -2.0, 0.1, -0.2, 0.2]),
        ("perspective", "", [0.5, 0.3, -0.4, 0.2, 0.1, -0.3, 0.2, 0.6]),
        ("contour", "", [0.3, -0.2, 0.1, 0.4, 0.2, -0.1, *[0.05] * 9]),
    ],
)
def test_many_warps_at_once_are_each_of_them(kind, model, numbers):
    x, y = np.meshgrid(np.linspace(20, 430, 14), np.linspace(20, 310, 11))
    places = Places(SIZE, np.stack([x.ravel(), y.ravel()], 1))
    rows = np.stack([np.array(numbers), 0.5 * np.array(numbers)])
    together = places.by_numbers(kind, model, rows)
    for i, row in enumerate(rows):
        warp = warp_of(kind, model, row, SIZE)
        there = warp.inverse(places.points)
        across, down = (warp.inverse(places.points + step) - there for step in 0.1 * np.eye(2))
        wanted = (there, across / 0.1, down / 0.1)
        for one, other, most in zip(together, wanted, (0.5, 0.05, 0.05), strict=True):
            assert np.median(np.abs(one[i] - other)) < most / 8
            assert np.percentile(np.abs(one[i] - other), 90) < most


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        ("barrel", [0.6, 1.2, 1.2]),
        ("pincushion", [-0.6, 1.2, 1.2]),
        ("fisheye", [0.8, 1.2, 1.2]),
        ("lens", [0.2, 0.1, 1.2, 1.2, 0.1, -0.1]),
    ],
)
def test_lenses_go_on_straight_beyond_their_edge(kind, numbers):
    far = np.array([[0.0, 0.0], [10.0, 0.0], [0.0, 20.0]])
    warp = warp_of(kind, "", np.array(numbers), SIZE)
    maps = Places(SIZE, far).by_numbers(kind, "", np.array([numbers]))
    assert np.abs(maps.source[0] - warp.inverse(far)).max() < 0.05
    for moved, step in zip((maps.across[0], maps.down[0]), np.eye(2), strict=True):
        assert np.abs(moved - (warp.inverse(far + step) - warp.inverse(far))).max() < 0.01


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [("perspective", [12, 0, -12, 0, 0, 0, 0, 0]), ("lens", [-9, 0, 0, 0, 0, 0])],
)
def test_what_folds_the_picture_has_no_map(kind, numbers):
    places = Places(SIZE, np.array([[100.0, 50.0], [300.0, 200.0]]))
    folded, plain = places.by_numbers(kind, "", np.array([numbers, np.zeros(len(numbers))])).source
    assert np.isnan(folded).all()
    assert np.allclose(plain, places.points, atol=1e-3)


def test_slopes_of_any_warp_are_those_between_its_points():
    points = np.array([[150.0, 120.0], [260.0, 180.0], [40.0, 300.0]])
    maps = Places(SIZE, points).by_warps([SWIRL, None])
    there = SWIRL.inverse(points)
    for moved, step in zip((maps.across, maps.down), np.eye(2), strict=True):
        assert np.abs(moved[0] - (SWIRL.inverse(points + step) - there)).max() < 0.05
        assert np.isnan(moved[1]).all()


def test_a_contour_is_found_from_nothing_but_its_kind():
    rng = np.random.default_rng(8)
    numbers = rng.normal(0, 1, WIDTH) / np.arange(2, WIDTH + 2)
    warp = decode("contour", numbers, SIZE)
    evidence = Evidence(distort(photo(), warp, border="mirror"))
    spread = 1 / np.arange(2, WIDTH + 2)
    rough = coarse(evidence, "contour", [""], [(np.zeros(WIDTH), spread)] * 2)
    assert max(fine(evidence, each).score for each in rough) > 2 * CHANCE


def test_a_lens_of_several_coefficients_is_found_from_its_middle():
    [lens] = imagemagick.barrel(SIZE, 0, 0.15, 0).warps
    evidence = Evidence(distort(photo(), lens, border="mirror"))
    rough = coarse(evidence, "lens", [""], [(np.zeros(WIDTH), np.full(WIDTH, 0.1))] * 2)
    found = max((fine(evidence, each) for each in rough), key=score)
    error, nothing = endpoint_errors((lens,), (found.warp(SIZE),), SIZE)
    assert error < 0.5
    assert nothing > 4


def test_an_arc_is_known_by_its_canvas():
    effect = imagemagick.arc(SIZE, 97.3)
    bent = sample(photo(), lookup(effect.inverse, effect.size), "black", "cubic")
    evidence = Evidence(bent)
    found = max((fine(evidence, each) for each in coarse(evidence, "bow", [""], [])), key=score)
    assert found.score > 2 * CHANCE
    arc = in_place(found.warp(effect.size))
    true = Arc(
        (SIZE[0] / 2 - 0.5 - effect.origin[0], SIZE[1] / 2 - 0.5 - effect.origin[1]),
        97.3,
        float(SIZE[0]),
    )
    error, nothing = endpoint_errors((true,), (arc,), effect.size)
    assert error < 1
    assert nothing > 15


def test_a_canvas_that_no_arc_fills_is_searched_for_nothing(monkeypatch):
    evidence = Evidence(photo()[:60])
    nothing = Reading(
        *(np.zeros(n) for n in (len(KINDS), len(CHOICES))), *np.zeros((2, len(KINDS), WIDTH))
    )
    monkeypatch.setattr(bows, "_DEGREES", bows._DEGREES[:0])
    assert explanation._fits(evidence, "bow", [nothing, nothing], 3) == []
