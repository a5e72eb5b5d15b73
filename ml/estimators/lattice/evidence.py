"""How well warps explain the fringes of a photo."""

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ml.estimators.lattice.formulas import Floats, Maps
from ml.estimators.lattice.maps import Places
from ml.estimators.lattice.tiles import TILE, Pixels, grid, tiles
from ml.warps import Warp

COUNT = 1200  # tiles: more than the network looks at, since every one adds evidence
_BINS = 36  # frequencies a side, 1 / 36 of a pixel's cycle apart
_COARSE = 1.3 / TILE  # cycles a pixel below which a tile holds hardly one fringe
_STEEPEST = 2.2  # source pixels from one pixel to the next
_FEW = 1 / 30  # of the tiles: what moves fewer is not judged by them alone
_QUIET = 0.3  # of the usual power: what a patch has at least, lest silence count as agreement
_SPREAD = 4  # times that loudness is smoothed to be found from afar

Fringes = tuple[NDArray[np.bool_], NDArray[np.int32]]
"""Whether a tile shows the source at all (K, N), and the bins (2, K, N) of its spectra in which the
frequencies of its fringes stand, those of x and those of y.
"""


@dataclass(frozen=True, eq=False)
class Patches:
    """Tiles in squares of patches: indices (N,) in the order of the patches, where each begins,
    how many tiles it has, and the tiles' places.
    """

    tiles: NDArray[np.int64]
    starts: NDArray[np.int64]
    counts: NDArray[np.int64]
    places: Places

    def sums(self, values: Floats) -> Floats:
        """The sums (..., patches) of values (..., N) in the order of the patches."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=-1))


class Evidence:
    """The fringes of a picture (H, W, C) in its own pixels.

    `amplitudes` (2, N, 36²) are the tiles' spectra with phases about their middles, along x and
    along y, in units of what is usual at a frequency; `loud` and `blunt` (2, N, 36²) are by how
    much the logarithm of the power is above what is usual, as sharp as a tile tells frequencies and
    less so, in units of their deviation. `shape` is how many rows and columns of tiles there are.
    """

    def __init__(self, image: Pixels) -> None:
        self.size = (image.shape[1], image.shape[0])
        places = grid(self.size, COUNT)
        self.middles, self.shape = places.middles, (places.down, places.across)
        spectra = scipy.fft.fft2(tiles(image, places), (_BINS, _BINS)) * _ABOUT_MIDDLE
        level = np.log(np.square(spectra.real) + np.square(spectra.imag) + np.float32(1e-9))
        usual = level.mean(1, keepdims=True)
        amplitudes = spectra * np.exp(-usual / 2) * _LOOKED_AT
        loud = _smooth(np.maximum(level - usual, 0) * _LOOKED_AT)
        blunt = loud
        for _ in range(_SPREAD - 1):
            blunt = _smooth(blunt)
        self.amplitudes = amplitudes.astype(np.complex64).reshape(2, -1, _BINS * _BINS)
        self.loud, self.blunt = _deviations(loud), _deviations(blunt)
        self._places = Places(self.size, self.middles)
        self._cut = dict[tuple[int, int], Patches]()
        self.all = self.patches(1, 1)

    def patches(self, side: int, every: int) -> Patches:
        """Patches of side × side tiles, each `every`-th of them along diagonals."""
        if (side, every) not in self._cut:
            rows, columns = (each // side for each in self._rows_columns())
            self._cut[side, every] = self._patches(side, (rows + columns) % every == 0)
        return self._cut[side, every]

    def around(self, tile: tuple[int, int], reach: int) -> Patches:
        """Patches of 3 × 3 of the tiles that are at most `reach` from one, (row, column)."""
        down, across = self._rows_columns()
        near = (np.abs(down - tile[0]) <= reach) & (np.abs(across - tile[1]) <= reach)
        return self._patches(3, near)

    def _rows_columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The row and the column of each tile."""
        return np.divmod(np.arange(len(self.middles)), self.shape[1])

    def _patches(self, side: int, wanted: NDArray[np.bool_]) -> Patches:
        rows, columns = (each // side for each in self._rows_columns())
        taken = np.flatnonzero(wanted)
        number = rows * (columns.max() + 1) + columns
        order = taken[np.argsort(number[taken], kind="stable")]
        _, starts, counts = np.unique(number[order], return_index=True, return_counts=True)
        return Patches(order, starts, counts, self._places.taken(order))

    def loudness(self, maps: Maps) -> Floats:
        """How loud each tile is where warps have the frequencies of its fringes, blunt and both
        axes together: (K, rows, columns), from maps of all tiles.
        """
        known, bins = _fringes(maps, self.size)
        loud = (_at(self.blunt, self.all, bins) * known).sum(0)
        return np.asarray(loud.reshape(-1, *self.shape))

    def power(self, maps: Maps, patches: Patches, *, blunt: bool = False) -> Floats:
        """How loud the tiles are where warps have the frequencies of their fringes: (K,), about
        normal with deviation 1 to 3 for warps that are none of this photo's.
        """
        spectra = self.blunt if blunt else self.loud
        return self._power(_fringes(maps, self.size), patches, spectra)

    def _power(self, fringes: Fringes, patches: Patches, spectra: Floats) -> Floats:
        known, bins = fringes
        loud = _at(spectra, patches, bins) * known
        seen = _LOOKED_AT.reshape(-1).take(bins) & known
        found, count = loud.sum((0, 2)), seen.sum((0, 2))
        return np.asarray(found / np.sqrt(np.maximum(count, _FEW * 2 * len(patches.tiles))))

    def likeness(self, maps: Maps, patches: Patches, *, blunt: bool = False) -> Floats:
        """The power, and how far the phases of fringes agree within patches, together (K,)."""
        fringes = _fringes(maps, self.size)
        power = self._power(fringes, patches, self.blunt if blunt else self.loud)
        return np.asarray(power + _agreement(self._turned(maps, patches, fringes), patches))

    def coherence(self, maps: Maps, patches: Patches | None = None) -> Floats:
        """How far the fringes lie where warps have them, (K,) in standard deviations; those of a
        patch together wherever they do, with `patches`.
        """
        if patches is not None:
            return _agreement(self._turned(maps, patches), patches)
        along_x, along_y = np.maximum(self.sums(maps).real, 0)
        return np.asarray(np.hypot(along_x, along_y))

    def sums(self, maps: Maps) -> Floats:
        """The sums (2, K) of all tiles' amplitudes, real where fringes lie as warps have them, in
        standard deviations.
        """
        turned = self._turned(maps, self.all)
        noise = np.sqrt(np.square(np.abs(turned)).sum(2) / 2) + 1e-6
        return np.asarray(turned.sum(2) / noise)

    def turned(self, maps: Maps, patches: Patches) -> Floats:
        """The tiles' amplitudes (2, K, N) in the order of patches, real where their fringes lie as
        warps have them.
        """
        return self._turned(maps, patches)

    def _turned(self, maps: Maps, patches: Patches, fringes: Fringes | None = None) -> Floats:
        known, bins = fringes or _fringes(maps, self.size)
        found = _at(self.amplitudes, patches, bins)
        for i in (0, 1):
            cycles = np.where(known, maps.source[..., i], 0)
            angle = np.float32(-2 * np.pi) * (cycles - np.rint(cycles)).astype(np.float32)
            turn = np.empty(angle.shape, np.complex64)
            turn.real, turn.imag = np.cos(angle), np.sin(angle)  # single precision is quick
            found[i] *= turn * known
        return found

    def of(self, warp: Warp) -> float:
        """How coherent one warp is, in standard deviations."""
        return float(self.coherence(self.all.places.by_warps([warp]))[0])


def _smooth(loud: Floats) -> Floats:
    """Averaged with the frequencies beside: a tile does not tell them apart."""
    for axis in (2, 3):
        loud = (np.roll(loud, 1, axis) + np.roll(loud, -1, axis) + 2 * loud) / np.float32(4)
    return loud


def _deviations(loud: Floats) -> Floats:
    loud = (loud - loud.mean(1, keepdims=True)) * _LOOKED_AT
    spread = loud[:, :, _LOOKED_AT].std() + np.float32(1e-6)
    return np.asarray((loud / spread).reshape(2, -1, _BINS * _BINS))


def _fringes(maps: Maps, size: tuple[int, int]) -> Fringes:
    x, y = maps.source[..., 0], maps.source[..., 1]
    slopes = [each[..., i].astype(np.float32) for i in (0, 1) for each in (maps.across, maps.down)]
    with np.errstate(invalid="ignore"):
        known = (x >= 0) & (x < size[0]) & (y >= 0) & (y < size[1])
        for each in slopes:
            known &= np.abs(each) < _STEEPEST
    columns_x, rows_x, columns_y, rows_y = (_around(np.where(known, each, 0)) for each in slopes)
    bins = np.stack([rows_x * _BINS + columns_x, rows_y * _BINS + columns_y])
    return known, bins.astype(np.int32)


def _around(slope: Floats) -> Floats:
    """Bins of frequencies, of which there are so many before they begin again."""
    bins = np.rint(slope * np.float32(_BINS))
    return np.asarray(bins - _BINS * np.floor(bins * np.float32(1 / _BINS)))


def _at(spectra: Floats, patches: Patches, bins: NDArray[np.int32]) -> Floats:
    """What tiles' spectra (2, all tiles, 36²) have in bins (2, K, N)."""
    every = bins + (patches.tiles * spectra.shape[2]).astype(np.int32)
    every[1] += spectra.shape[1] * spectra.shape[2]
    return np.asarray(spectra.reshape(-1).take(every))


def _agreement(turned: Floats, patches: Patches) -> Floats:
    power = patches.sums(np.square(turned.real) + np.square(turned.imag))
    together = patches.sums(turned)
    least = _QUIET * patches.counts
    seen = power > 0
    excess = (np.square(np.abs(together)) / np.maximum(power, least) - 1) * seen
    return np.asarray(excess.sum((0, 2)) / np.sqrt(np.maximum(seen.sum((0, 2)), 1)))


_FREQUENCIES = np.fft.fftfreq(_BINS)
_EIGHTHS = np.abs(8 * _FREQUENCIES - np.rint(8 * _FREQUENCIES)) < 0.25
# JPEG's blocks of 8 pixels leave fringes of their own, the same all over a photo.
_LOOKED_AT = (np.hypot(_FREQUENCIES[:, None], _FREQUENCIES[None]) >= _COARSE) & ~(
    _EIGHTHS[:, None] & _EIGHTHS[None]
)
_PHASES = 2 * np.pi * _FREQUENCIES * (TILE // 2)
_ABOUT_MIDDLE = np.exp(1j * (_PHASES[:, None] + _PHASES[None])).astype(np.complex64)
