"""What finest detail tells of the direction of a warp."""

import numpy as np
import pytest

from ml.estimators.lattice.crispness import agreement
from ml.estimators.lattice.tiles import grid
from ml.warps import Warp, distort
from ml.warps.draw import default

SIZE = (480, 360)
MIDDLES = grid(SIZE, 600).middles


def _textured() -> np.ndarray:
    return np.random.default_rng(2).integers(60, 190, (SIZE[1], SIZE[0], 3)).astype(np.uint8)


@pytest.mark.parametrize("kind", ["bulge", "pinch", "ripple", "contour"])
def test_the_direction_that_was_taken_agrees(kind: str) -> None:
    """What was enlarged lost its finest detail, so the warp agrees and no warp does not."""
    warp: Warp = default(kind, SIZE)
    bent = distort(_textured(), (warp,), border="mirror")
    assert agreement(bent, MIDDLES, [warp])[0] > 10


def test_an_opposite_disagrees() -> None:
    """A contour's opposite shrinks what it enlarged."""
    warp = default("contour", SIZE).weakened(0.6)
    bent = distort(_textured(), (warp,), border="mirror")
    right, wrong = agreement(bent, MIDDLES, [warp, warp.weakened(-1)])
    assert right > 10
    assert wrong < -10


def test_nothing_is_told_of_what_moves_as_a_whole() -> None:
    """An even enlargement is none against itself."""
    still = default("contour", SIZE).weakened(0.0)
    assert agreement(_textured(), MIDDLES, [still])[0] == pytest.approx(0, abs=1e-3)
