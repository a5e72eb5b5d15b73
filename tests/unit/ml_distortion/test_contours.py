"""Contours found by their fringes, from a part to the whole."""

import numpy as np

from ml.estimators.encodings import ENCODINGS
from ml.estimators.lattice import contours
from ml.estimators.lattice.evidence import Evidence
from ml.estimators.lattice.fit import Fit
from ml.estimators.lattice.phases import fine
from ml.warps import distort
from ml.warps.draw import draw, grid

SIZE = (480, 360)
USUAL = np.full(ENCODINGS["contour"].length, 0.5)


def _textured(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(40, 210, (SIZE[1], SIZE[0], 3)).astype(np.uint8)


def _likely(image: np.ndarray) -> tuple[Evidence, list[Fit]]:
    evidence = Evidence(image)
    guesses = [(np.zeros_like(USUAL), USUAL)]
    return evidence, contours.likely(evidence, guesses, np.random.default_rng(1))


def test_a_contour_is_found_whole() -> None:
    """Its numbers, or their opposites, which leave the same fringes."""
    warp = draw("contour", SIZE, np.random.default_rng(4), 0.03)
    evidence, found = _likely(distort(_textured(3), (warp,), border="mirror"))
    numbers = fine(evidence, found[0]).numbers
    points = grid(SIZE, 16)
    missed = []
    for sign in (1, -1):
        told = Fit("contour", "", sign * numbers).warp(SIZE)
        missed.append(np.linalg.norm(told.inverse(points) - warp.inverse(points), axis=1).mean())
    assert min(missed) < 0.3


def test_a_picture_that_was_never_bent_has_none() -> None:
    """No part of it stands out."""
    assert _likely(_textured(5))[1] == []
