"""How well a warp explains the fringes of a photo."""

import math

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ml.estimators.lattice.tiles import TILE, Pixels, grid, tiles
from ml.warps import Points, Warp

COUNT = 1200  # tiles: more than the network looks at, since every one adds evidence
_BINS = 36  # frequencies a side, 1 / 36 of a pixel's cycle apart
_COARSE = 1.3 / TILE  # cycles a pixel below which a tile holds hardly one fringe
_STEEPEST = 2.2  # source pixels from one pixel to the next
_REACH = 6.0  # pixels about a tile's middle over which the map's slope is taken
_CORNERS = np.array([[0.0, -2 / math.sqrt(3)], [1.0, 1 / math.sqrt(3)], [-1.0, 1 / math.sqrt(3)]])

Fringes = tuple[NDArray[np.bool_], Points, NDArray[np.int64], NDArray[np.int64]]


class Evidence:
    """The fringes of a picture (H, W, C) in its own pixels.

    `amplitudes` (2, N, 36, 36) are the tiles' spectra with phases about their middles, along x and
    along y, in units of what is usual at a frequency; `loud` (2, N, 36, 36) is by how much the
    logarithm of the power is above what is usual.
    """

    def __init__(self, image: Pixels) -> None:
        self.size = (image.shape[1], image.shape[0])
        places = grid(self.size, COUNT)
        self.middles, self.shape = places.middles, (places.down, places.across)
        spectra = scipy.fft.fft2(tiles(image, places), (_BINS, _BINS)) * _ABOUT_MIDDLE
        power = np.square(spectra.real) + np.square(spectra.imag) + 1e-9
        level = np.log(power)
        usual = level.mean(1, keepdims=True)
        self.loud = np.maximum(level - usual, 0)
        self.loud -= self.loud.mean(1, keepdims=True)
        self.loud[:, :, _NOT_LOOKED_AT] = 0
        self.amplitudes = (spectra * np.exp(-usual / 2)).astype(np.complex64)
        self.amplitudes[:, :, _NOT_LOOKED_AT] = 0

    def power(self, warp: Warp, every: int = 1) -> float:
        """How much louder than usual the tiles, or each n-th of them, are at the frequencies of the
        warp's fringes; about normal with deviation 1 for a warp that is none of this photo's.
        """
        known, _, columns, rows = self._fringes(warp, every)
        numbers = np.arange(0, len(self.middles), every)
        found = self.loud[_AXES, numbers, rows, columns] * known
        return float(found.sum() / math.sqrt(found.size))

    def likeness(self, warp: Warp, patch: int) -> float:
        """Power, and coherence within patches, in one."""
        fringes = known, _, columns, rows = self._fringes(warp)
        found = self.loud[_AXES, np.arange(len(self.middles)), rows, columns] * known
        return float(found.sum() / math.sqrt(found.size)) + self._by_patches(
            self._turned(fringes), patch
        )

    def coherence(self, warp: Warp, patch: int | None = None) -> float:
        """How far all the fringes lie where the warp has them, in standard deviations.

        With `patch` only the fringes of patch × patch tiles must fit together: a milder demand.
        """
        turned = self.turned(warp)
        if patch is not None:
            return self._by_patches(turned, patch)
        return float(np.hypot(*_deviations(turned)))

    def by_axis(self, warp: Warp) -> NDArray[np.float64]:
        """The coherence (2,) of the fringes along x and of those along y."""
        return _deviations(self.turned(warp))

    def turned(self, warp: Warp) -> NDArray[np.complex128]:
        """The tiles' amplitudes (2, N), real where their fringes lie as the warp has them."""
        return self._turned(self._fringes(warp))

    def _turned(self, fringes: Fringes) -> NDArray[np.complex128]:
        known, source, columns, rows = fringes
        amplitudes = self.amplitudes[_AXES, np.arange(len(self.middles)), rows, columns]
        return np.asarray(amplitudes * np.exp(-2j * np.pi * source.T) * known)

    def _by_patches(self, turned: NDArray[np.complex128], patch: int) -> float:
        down, across = self.shape
        rows, columns = -(-down // patch), -(-across // patch)
        whole = np.zeros((2, rows * patch, columns * patch), np.complex128)
        whole[:, :down, :across] = turned.reshape(2, down, across)
        cells = whole.reshape(2, rows, patch, columns, patch)
        power = np.square(np.abs(cells)).sum((2, 4))
        sums = np.square(np.abs(cells.sum((2, 4))))
        seen = power > 0
        excess = sums[seen] / np.maximum(power[seen], 0.3 * patch * patch) - 1
        return float(excess.sum() / math.sqrt(max(1, seen.sum())))

    def _fringes(self, warp: Warp, every: int = 1) -> Fringes:
        """Of each tile, or each n-th: whether it shows the source at all, where in the source its
        middle lies, and the bins (2, N) of its fringes' frequencies, those of x and those of y.
        """
        middles = self.middles[::every]
        count = len(middles)
        corners = (middles[None] + _REACH * _CORNERS[:, None]).reshape(-1, 2)
        top, right, left = warp.inverse(corners).reshape(3, count, 2)
        source = (top + right + left) / 3
        across = (right - left) / (2 * _REACH)
        down = ((right + left) / 2 - top) / (math.sqrt(3) * _REACH)
        with np.errstate(invalid="ignore"):
            known = (
                (source >= 0).all(1)
                & (source < self.size).all(1)
                & (np.abs(across).max(1) < _STEEPEST)
                & (np.abs(down).max(1) < _STEEPEST)
            )
        source, across, down = (np.where(known[:, None], v, 0.0) for v in (source, across, down))
        columns, rows = (
            np.rint(slope.T * _BINS).astype(np.int64) % _BINS for slope in (across, down)
        )
        return known, source, columns, rows


def _deviations(turned: NDArray[np.complex128]) -> NDArray[np.float64]:
    noise = np.sqrt((np.square(np.abs(turned))).sum(1) / 2) + 1e-6
    return np.asarray(np.maximum(turned.real.sum(1) / noise, 0))


_AXES = np.arange(2)[:, None]
_FREQUENCIES = np.fft.fftfreq(_BINS)
_EIGHTHS = np.abs(8 * _FREQUENCIES - np.rint(8 * _FREQUENCIES)) < 0.25
# JPEG's blocks of 8 pixels leave fringes of their own, the same all over a photo.
_NOT_LOOKED_AT = (np.hypot(_FREQUENCIES[:, None], _FREQUENCIES[None]) < _COARSE) | (
    _EIGHTHS[:, None] & _EIGHTHS[None]
)
_PHASES = 2 * np.pi * _FREQUENCIES * (TILE // 2)
_ABOUT_MIDDLE = np.exp(1j * (_PHASES[:, None] + _PHASES[None])).astype(np.complex64)
