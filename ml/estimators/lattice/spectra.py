"""How often, and in which direction, detail comes and goes in each tile: what the network sees."""

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ml.estimators.lattice.tiles import TILE, Grid, Pixels, Tiles, tiles

BINS = TILE * (TILE // 2 + 1)
CHANNELS = 2 * BINS
_STEPS = 24.0  # of a factor e of power
_MIDDLE = 96.0


def seen(image: Pixels, places: Grid) -> NDArray[np.uint8]:
    """The spectra of the tiles as the network takes them: (down, across, CHANNELS)."""
    return levels(tiles(image, places), places)


def levels(cut: Tiles, places: Grid) -> NDArray[np.uint8]:
    """Logarithms of power beside the tile's median, in steps, of tiles (2, N, TILE, TILE)."""
    power = np.square(np.abs(scipy.fft.rfft2(cut)))
    power += 1e-6
    power /= np.median(power, (2, 3), keepdims=True)
    steps = np.clip(np.log(power) * _STEPS + _MIDDLE, 0, 255).astype(np.uint8)
    rows = steps.reshape(2, places.down, places.across, BINS).transpose(1, 2, 0, 3)
    return np.ascontiguousarray(rows.reshape(places.down, places.across, CHANNELS))
