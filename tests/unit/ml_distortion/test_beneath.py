"""What is still seen of an effect once the one over it is undone; closer looks at what may be
bent.
"""

import cv2
import numpy as np
import pytest
import skimage.data

from ml.estimators.distortion import fit, reading, seen_size
from ml.estimators.encodings import WIDTH, encode
from ml.estimators.explanation import _is_plane
from ml.estimators.kinds import CHOICES, KINDS
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


class Counts:
    """Says of photos in the usual size what it was told to, and the opposite of larger ones."""

    def __init__(self, bent: float) -> None:
        self.bent, self.sizes = bent, list[tuple[int, int]]()

    def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        self.sizes.append((batch.shape[3], batch.shape[2]))
        kinds = np.full((1, len(KINDS)), -30.0, np.float32)
        kinds[0, 0] = 0
        kinds[0, 1] = self.bent if len(self.sizes) == 1 else -self.bent
        numbers = np.full((1, len(KINDS) - 1, WIDTH), float(len(self.sizes)), np.float32)
        choices = np.zeros((1, len(CHOICES)), np.float32)
        return {"kinds": kinds, "choices": choices, "mean": numbers, "log_variance": numbers}


def test_what_may_be_bent_is_seen_closer():
    network = Counts(4.0)
    told = reading(network, photo())
    assert network.sizes[0] == seen_size(SIZE)
    assert len(network.sizes) > 2
    assert all(w * h > 1.5 * 192**2 for w, h in network.sizes[1:])
    assert told.kinds[1] == -4
    assert told.mean[0, 0] == 1  # numbers are those of the usual size


def test_what_is_clean_is_seen_once():
    network = Counts(-4.0)
    assert reading(network, photo()).kinds[1] == -4
    assert len(network.sizes) == 1


def test_small_pictures_are_never_enlarged_to_be_seen():
    network = Counts(4.0)
    small = cv2.resize(photo(), (200, 150), interpolation=cv2.INTER_AREA)
    assert reading(network, small).kinds[1] == 4
    assert network.sizes == [fit(small).shape[1::-1]]


def test_what_was_only_resized_is_not_explained_by_a_part_of_something_bent():
    size = (387, 290)
    smaller = cv2.resize(photo(), size, interpolation=cv2.INTER_CUBIC)
    part = FAMILIES["pinch"]((193.0, 145.0), 0.16, 4000.0)
    told = Fit("pinch", "smooth", encode(part, size), 10.0)
    assert _is_plane(Evidence(smaller), told)


def test_a_mild_warp_is_no_plane():
    mild = BARREL.weakened(0.6)
    evidence = Evidence(distort(photo(), mild, border="mirror"))
    told = Fit("barrel", "division", encode(mild, SIZE), evidence.of(mild))
    assert not _is_plane(evidence, told)
