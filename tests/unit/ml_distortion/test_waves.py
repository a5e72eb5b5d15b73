"""Waves found by what slid rows and columns."""

import math

import numpy as np
import pytest

from ml.estimators.encodings import ENCODINGS, encode
from ml.estimators.lattice.fit import Fit
from ml.estimators.waves.search import search
from ml.warps import distort
from ml.warps.draw import grid
from ml.warps.wave import Wave

SIZE = (480, 360)
GUESS = np.zeros(ENCODINGS["wave"].length)


def _textured(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(40, 210, (SIZE[1], SIZE[0], 3)).astype(np.uint8)


def _missed(image: np.ndarray, warp: Wave) -> list[float]:
    """By how many pixels points miss their places, for each way round that is found."""
    length = encode(warp, SIZE)[4] + 0.1  # as networks tell it
    guess = (np.where(np.arange(len(GUESS)) == 4, length, 0.0), np.full(len(GUESS), 0.2))
    points, missed = grid(SIZE, 16), []
    for found in search(image, [guess]):
        told = Fit("wave", "", found.numbers).warp(SIZE)
        off = np.linalg.norm(told.inverse(points) - warp.inverse(points), axis=1)
        missed.append(float(off.mean()))
    return missed


@pytest.mark.parametrize("amplitude", [(12.0, 0.0), (0.0, 14.0), (11.0, 17.0)])
def test_a_wave_is_found(amplitude):
    """One of the ways round is right; each axis that slid doubles them, but for columns that rows
    tell.
    """
    warp = Wave(amplitude, 150.0, (40.0, -70.0))
    missed = _missed(distort(_textured(3), (warp,), border="mirror"), warp)
    assert len(missed) == 2
    assert min(missed) < 0.1


def test_a_steep_wave_is_found():
    """Its fringes come and go within a tile of the lattice."""
    warp = Wave((20.0, 20.0), 90.0, (10.0, 100.0))
    assert 2 * math.pi * 20 / 90 > 1.3
    assert min(_missed(distort(_textured(4), (warp,), border="mirror"), warp)) < 0.2


def test_a_narrow_picture_is_looked_at():
    """Narrower than what a row's loudness is taken from."""
    narrow = _textured(6)[:97]
    for each in (narrow, narrow.transpose(1, 0, 2)):
        assert search(each, [(GUESS, np.full(len(GUESS), 0.3))]) == []


def test_what_never_slid_has_no_wave():
    """Not where it was resized either, or cut out of rows that differ."""
    still = Wave((0.0, 0.0), 150.0)
    striped = _textured(5) // 2
    striped[::3] += 60
    assert _missed(_textured(5), still) == []
    assert _missed(striped, still) == []


def test_a_long_picture_is_looked_at_in_its_middle():
    """Its wave is told for all of it."""
    size = (6001, 130)
    texture = np.random.default_rng(8).integers(40, 210, (size[1], size[0], 3)).astype(np.uint8)
    warp = Wave((0.0, 9.0), 110.0, (0.0, 30.0))
    length = encode(warp, size)[4]
    guess = (np.where(np.arange(len(GUESS)) == 4, length, 0.0), np.full(len(GUESS), 0.1))
    points, missed = grid(size, 16), []
    for found in search(distort(texture, (warp,), border="mirror"), [guess]):
        told = Fit("wave", "", found.numbers).warp(size)
        off = np.linalg.norm(told.inverse(points) - warp.inverse(points), axis=1)
        missed.append(float(off.mean()))
    assert min(missed) < 0.2
