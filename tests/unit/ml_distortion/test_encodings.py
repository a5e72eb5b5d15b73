"""Warps written as numbers and read again."""

import numpy as np
import pytest

from ml.estimators.encodings import ENCODINGS, WIDTH, choice_of, decode, encode, kind_of
from ml.estimators.kinds import CHOICES, GROUP_OF, GROUPS, KINDS
from ml.warps import FAMILIES, Warp
from ml.warps.draw import displacement, draw, grid

SIZE = (360, 250)
MIDDLE = (SIZE[0] / 2 - 0.5, SIZE[1] / 2 - 0.5)
GIVEN = {
    "shear": {"center": MIDDLE},
    "rotation": {"center": MIDDLE},
    "barrel": {"model": "division"},
    "pincushion": {"model": "division"},
}


def some(name: str, seed: int) -> Warp:
    return draw(name, SIZE, np.random.default_rng(seed), 0.03, **GIVEN.get(name, {}))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ENCODINGS)
def test_what_is_written_is_read_as_the_same_warp(name, seed):
    warp = some(name, seed)
    vector = encode(warp, SIZE)
    assert vector.shape == (WIDTH,)
    assert np.abs(vector).max() < 6
    assert not vector[ENCODINGS[name].length :].any()
    points = grid(SIZE, 9)
    back = decode(name, vector, SIZE, choice_of(warp)).inverse(points)
    np.testing.assert_allclose(back, warp.inverse(points), atol=1e-6)


@pytest.mark.parametrize("name", ENCODINGS)
def test_numbers_do_not_depend_on_the_size(name):
    warp = some(name, 3)
    larger = (SIZE[0] * 3, SIZE[1] * 3)
    np.testing.assert_allclose(encode(warp.scaled(3), larger), encode(warp, SIZE), atol=1e-9)


@pytest.mark.parametrize("name", ENCODINGS)
def test_numbers_that_would_fold_are_read_as_something_weaker(name):
    rng = np.random.default_rng(4)
    for _ in range(20):
        warp = decode(name, rng.normal(0, 3, WIDTH), SIZE)
        assert warp.kind == name
        assert np.isfinite(displacement(warp, SIZE))


def test_a_lens_counts_as_barrel_or_pincushion():
    lens = {"center": MIDDLE, "radius": 219.0}
    assert kind_of(FAMILIES["lens"](a=0.0, b=0.1, c=0.0, **lens), SIZE) == "barrel"
    assert kind_of(FAMILIES["lens"](a=0.0, b=-0.1, c=0.0, **lens), SIZE) == "pincushion"


def test_every_kind_has_a_group_and_every_choice_a_kind():
    assert set(GROUP_OF) == set(KINDS)
    assert set(GROUP_OF.values()) == set(GROUPS)
    assert {kind for kind, _ in CHOICES} <= set(KINDS)


def test_a_wave_is_read_with_phases_that_can_be_set_by_hand():
    """Far from the picture's middle, a short wave's phase would go round many times."""
    size = (3000, 2000)
    wave = FAMILIES["wave"]((30.0, 20.0), 310.0, (20.0, -170.0))
    found = decode("wave", encode(wave, size), size)
    assert np.allclose(found.phase, wave.phase, atol=1e-3)
