"""What is still seen of an effect once the one over it is undone, and what is none."""

import cv2
import numpy as np
import pytest
import skimage.data

from ml.estimators.encodings import encode
from ml.estimators.explanation import _is_plane
from ml.estimators.lattice.evened import undone_evenly
from ml.estimators.lattice.evidence import Evidence
from ml.estimators.lattice.fit import Fit
from ml.estimators.lattice.tiles import detail
from ml.warps import FAMILIES, Warp, distort, undo
from ml.warps.sampling import lookup

SIZE = (448, 336)
BARREL = FAMILIES["barrel"]((223.5, 167.5), 0.08, 280.0)
SWIRL = FAMILIES["swirl"]((230.0, 160.0), 60.0, 150.0)


def photo() -> np.ndarray:
    """A photo made smaller, so that it is sharp to the pixel as files in a gallery are."""
    return cv2.resize(skimage.data.astronaut()[:384], SIZE, interpolation=cv2.INTER_AREA)


def unevenness(picture: np.ndarray, warp: Warp) -> float:
    """How much the finest detail varies with the part of a pixel at which a warp's undoing read."""
    read = lookup(warp.forward, SIZE)
    inside = (read >= 1).all(2) & (read < np.array(SIZE) - 1).all(2)
    column = ((read[..., 0] % 1) * 6).astype(int)[inside]
    along_x = detail(picture)[0][inside]
    means = np.bincount(column, along_x) / np.bincount(column)
    return float(means.std() / means.mean())


@pytest.mark.parametrize("warp", [BARREL, SWIRL])
def test_undoing_leaves_the_parts_of_a_pixel_more_equally_sharp(warp):
    bent = distort(photo(), warp, border="mirror")
    plain = undo(bent, warp, border="mirror")
    even = undone_evenly(bent, warp)
    assert even.shape == plain.shape
    assert unevenness(even, warp) < 0.7 * unevenness(plain, warp)
    assert np.abs(even.astype(float) - plain).mean() < 4


def test_fringes_of_what_was_done_before_are_still_there():
    twice = distort(distort(photo(), SWIRL, border="mirror"), BARREL, border="mirror")
    assert Evidence(undone_evenly(twice, BARREL)).of(SWIRL) > 15
    assert Evidence(twice).of(SWIRL) < 6


def test_what_was_only_resized_is_not_explained_by_a_part_of_something_bent():
    size = (387, 290)
    smaller = cv2.resize(photo(), size, interpolation=cv2.INTER_CUBIC)
    part = FAMILIES["pinch"]((193.0, 145.0), 0.16, 4000.0)
    told = Fit("pinch", "smooth", encode(part, size), 10.0)
    assert _is_plane(Evidence(smaller), told)


def test_a_mild_bulge_is_no_plane():
    mild = FAMILIES["bulge"]((223.5, 167.5), 0.35, 160.0)
    evidence = Evidence(distort(photo(), mild, border="mirror"))
    told = Fit("bulge", mild.model, encode(mild, SIZE), evidence.of(mild))
    assert not _is_plane(evidence, told)
