"""Steep swirls by their fringes, and effects that only a part of a photo has."""

import numpy as np
import pytest
import skimage

from ml.estimators.diagnosis import diagnose
from ml.estimators.gate import Gate
from ml.estimators.refinement import networks
from ml.estimators.swirls import turns
from ml.estimators.swirls.detail import BINS, Detail, Spectra
from ml.estimators.swirls.finish import ENOUGH
from ml.estimators.swirls.rim import by_rims
from ml.estimators.swirls.search import search
from ml.estimators.windows import likeliest
from ml.warps import distort
from ml.warps.swirl import PROFILES, Swirl

FACE = Swirl((224.0, 110.0), 140.0, 90.0)
GATE = Gate(1.0, 0.99, 0.99, 0.999, "", coherent=ENOUGH + 3, certain=0.999, alone=0.5)


def photo():
    return skimage.data.astronaut()


@pytest.mark.parametrize("profile", PROFILES)
def test_many_swirls_at_once_are_each_of_them(profile):
    warps = [
        Swirl((250.0, 240.0), 130.0, 180.0, 1.0, profile),
        Swirl((230.0, 260.0), -80.0, 150.0, 1.3, profile),
    ]
    rows = np.stack([turns.row_of(warp) for warp in warps])
    blocks = Detail(photo(), (0, 0, 512, 512)).blocks(8, 200, np.random.default_rng(1))
    points = blocks.places.reshape(2, -1).T.astype(np.float64)
    x, y = turns.sources(rows, blocks)
    for row, warp in enumerate(warps):
        assert turns.swirl(rows[row]) == warp
        away = np.abs(np.stack([x[row], y[row]], 1) - warp.inverse(points))
        assert np.percentile(away, 99) < 0.05
    slopes = turns.slopes(rows, blocks)
    step = np.array([[0.5, 0.0], [-0.5, 0.0], [0.0, 0.5], [0.0, -0.5]])
    right, left, low, high = (warps[1].inverse(blocks.middles.T + s) for s in step)
    wanted = np.stack([right - left, low - high], 2).transpose(1, 2, 0)
    inside = turns.radii(rows, blocks)[1] < 0.97
    assert inside.sum() > 20
    assert np.percentile(np.abs(slopes[:, :, 1] - wanted)[..., inside], 95) < 0.05


def test_swirls_of_other_profiles_turn_nearly_alike():
    row = turns.row_of(Swirl((100.0, 100.0), 90.0, 80.0))
    others = turns.alike(row)
    assert sorted(others[:, 5]) == [0.0, 1.0, 3.0]
    radius = np.linspace(0, 1, 9) * 80
    wanted = 90 * PROFILES["quadratic"](radius / 80)
    for other in others:
        warp = turns.swirl(other)
        turned = warp.angle * PROFILES[warp.profile](radius / warp.radius)
        assert np.abs(turned - wanted).mean() < 12


def test_blocks_are_loud_at_the_frequency_of_their_fringes():
    image = np.zeros((256, 256, 3), np.uint8)
    assert Detail(image[:40, :40], (0, 0, 40, 40)).known is False
    noise = np.random.default_rng(2).integers(0, 256, (256, 256, 3), np.uint8)
    blocks = Detail(noise, (0, 0, 256, 256)).blocks(8, 400, np.random.default_rng(1))
    assert len(blocks) == 400
    slopes = np.random.default_rng(3).uniform(-0.5, 0.5, (2, 2, 6, 400))
    scores = Spectra(blocks).score(slopes, np.ones((1, 6, 400), np.float32))
    assert np.abs(scores).max() < 6
    assert BINS % 8 == 0  # JPEG's frequencies lie on bins


@pytest.mark.parametrize("angle", [-205.0, 120.0])
def test_a_rim_tells_where_a_swirl_lies_and_how_far_it_turns(angle):
    true = Swirl((224.0, 110.0), angle, 90.0)
    corner, white = Detail(distort(photo(), true, border="mirror"), (84, 0, 364, 250)).whole
    told = zip(*by_rims(white, np.array([226.0, 108.0]) - corner, 4.0, (70.0, 110.0)), strict=True)
    rows, scores = (np.concatenate(parts) for parts in told)
    best = rows[scores.argmax()]
    assert scores.max() > 8
    assert np.allclose(best[:2] + corner, true.center, atol=0.8)
    assert best[2] == pytest.approx(true.radius, abs=1.5)
    assert abs(best[4]) == pytest.approx(np.radians(abs(angle)), rel=0.15)


def test_no_rim_is_seen_in_a_photo_or_beside_one():
    [(corner, white)] = [Detail(photo(), (84, 0, 364, 250)).whole]
    for about in (np.array([226.0, 108.0]) - corner, np.array([-900.0, 4000.0])):
        told = list(by_rims(white, about, 3.0, (70.0, 110.0)))
        assert max(float(scores.max()) for _, scores in told) < 6.5


def test_a_face_hidden_by_a_steep_swirl_is_had_back_from_a_rough_guess():
    true = Swirl((224.0, 110.0), -200.0, 84.0)
    bent = distort(photo(), true, border="mirror")
    found = search(bent, Swirl((231.0, 118.0), -60.0, 120.0))
    points = np.stack(np.meshgrid(np.arange(150.0, 300, 8), np.arange(40.0, 190, 8)), -1)
    points = points.reshape(-1, 2)
    off = [
        np.linalg.norm(each.warp.inverse(points) - true.inverse(points), axis=1) for each in found
    ]
    assert min(each.mean() for each in off) < 0.5


def test_a_steep_swirl_is_found_from_a_rough_place():
    bent = distort(photo(), FACE, border="mirror")
    guess = Swirl((228.0, 105.0), 40.0, 100.0)
    found = search(bent, guess)[0]
    assert found.coherence > ENOUGH
    assert found.warp.profile == "quadratic"
    assert np.allclose(found.warp.center, FACE.center, atol=0.3)
    assert found.warp.angle == pytest.approx(FACE.angle, abs=2)
    assert found.warp.radius == pytest.approx(FACE.radius, abs=1)


def test_a_swirled_face_is_found_with_its_region_and_a_clean_photo_left_alone():
    bent = distort(photo(), FACE, border="mirror")
    found_by = networks()
    [found] = diagnose(found_by, bent, GATE)
    assert found.kind == "swirl"
    assert np.allclose(found.warp.center, FACE.center, atol=0.5)
    assert np.allclose(found.region((512, 512)), (134, 20, 180, 180), atol=2)
    assert diagnose(found_by, photo(), GATE) == []
    looked = likeliest(found_by.windows, found_by.judge, photo())
    assert looked is None or looked.probability < GATE.part
