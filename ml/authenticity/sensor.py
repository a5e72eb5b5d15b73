"""The pattern that a camera's sensor leaves in every photograph (photo-response non-uniformity).

Chen, Fridrich, Goljan, Lukáš: Determining image origin and integrity using sensor noise, IEEE TIFS
2008; residuals by locally adaptive shrinkage of wavelets (Mıhçak et al., ICASSP 1999), here of the
undecimated à trous transform.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity.stored import Stored

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

LEAST = 50  # photographs that a pattern is estimated from
_NOISE = 3.0  # grey levels of deviation that count as noise
_SPLINE = np.array([1, 4, 6, 4, 1], np.float32) / 16
_PASSED = (0.889, 0.2, 0.086)  # deviation of white noise in each level of the transform
_WINDOWS = (3, 5, 7, 9)
_BRIGHT = 250  # a saturated pixel tells nothing
_BAND, _RIM = 1024, 64  # rows that are worked on at a time, and what they need around
_TILE = 512
_NEAR = 5  # px around the peak that are none of the noise
_STEP = 1e-4  # of the pattern, as it is kept
SAME = 60.0  # peak to correlation energy (Goljan 2009: one in 40,000 of other cameras' is above)
CELL = 32  # px
_POOLED = (3, 5, 9, 15)  # cells
_CERTAIN = 12.0  # deviations of chance that are expected
_HARDLY = 0.15  # of them: absent
_SMOOTHED = 0.5  # of what residuals usually have beside patterns: less, and a cell is mute
_FEW = 3  # cells that are absent, below which none is said to be
_ENOUGH = 0.5  # of the cells that something can be said of


def residual(luma: Pixels) -> tuple[Floats, Floats]:
    """What is left of a plane (H, W) when the scene is taken away: noise, the sensor's with it; and
    what share of the finest noise that has, from 0 in texture to 1.
    """
    rest, found = luma.astype(np.float32), np.zeros(luma.shape, np.float32)
    share = np.ones(luma.shape, np.float32)
    for level, passed in enumerate(_PASSED):
        kernel = np.zeros(4 * 2**level + 1, np.float32)
        kernel[:: 2**level] = _SPLINE
        soft = np.asarray(cv2.sepFilter2D(rest, -1, kernel, kernel), np.float32)
        detail, noise = rest - soft, (_NOISE * passed) ** 2
        squares, scene = detail * detail, np.full(luma.shape, np.inf, np.float32)
        for side in _WINDOWS:
            np.minimum(scene, cv2.blur(squares, (side, side)), out=scene)
        passes = noise / (noise + np.maximum(scene - noise, 0))
        found += detail * passes
        share = passes if level == 0 else share
        rest = soft
    return found, share


@dataclass(frozen=True)
class Pattern:
    """`kept` (H, W) int8: how much more each pixel answers than its neighbours, in ten-thousandths,
    over the photo as it is stored.
    """

    kept: NDArray[np.int8]

    @property
    def shape(self) -> tuple[int, int]:
        return self.kept.shape[0], self.kept.shape[1]

    def rows(self, start: int, stop: int) -> Floats:
        """The pattern of some rows."""
        return self.kept[start:stop].astype(np.float32) * _STEP


class Sums:
    """The maximum likelihood estimate, a photograph at a time: Σ residual × luma over Σ luma²; both
    sums lie in files in a folder, so that memory holds some rows alone.
    """

    def __init__(self, folder: Path, shape: tuple[int, int]) -> None:
        self.count, self.shape = 0, shape
        self._above, self._below = (_zeros(folder / name, shape) for name in ("above", "below"))

    def add(self, luma: Pixels) -> None:
        """Take in a photograph's plane; ValueError where its shape is another."""
        if luma.shape != self.shape:
            raise ValueError(f"a plane of {luma.shape} in sums of {self.shape}")
        for rows, noise, light, _ in _bands(luma):
            self._above[rows] += noise * light
            self._below[rows] += light * light
        self.count += 1

    def pattern(self) -> Pattern:
        """The pattern of all that were added, without what rows, columns and the JPEG grid have in
        common: that is the camera model's.
        """
        found = np.asarray(self._above / (self._below + 1), np.float32)
        found -= found.mean(0)
        found -= found.mean(1, keepdims=True)
        for window in _tiles(self.shape):
            found[window] = _whitened(found[window])
        return Pattern(np.clip(np.rint(found / _STEP), -127, 127).astype(np.int8))


def _zeros(path: Path, shape: tuple[int, int]) -> NDArray[np.float32]:
    """A plane in a file, written out: a full disk ends a write with an error, a mapped page with
    the process.
    """
    row = bytes(4 * shape[1])
    with path.open("wb") as file:
        for _ in range(shape[0]):
            file.write(row)
    return np.memmap(path, np.float32, "r+", shape=shape)


def _bands(luma: Pixels) -> Iterator[tuple[slice, Floats, Floats, Floats]]:
    """Rows of a plane with their residual, their light, 0 where that is saturated, and the share of
    the noise that the residual has.
    """
    height = len(luma)
    for start in range(0, height, _BAND):
        stop = min(height, start + _BAND)
        top, bottom = max(0, start - _RIM), min(height, stop + _RIM)
        noise, share = (each[start - top : stop - top] for each in residual(luma[top:bottom]))
        light = luma[start:stop].astype(np.float32)
        light[light > _BRIGHT] = 0
        yield slice(start, stop), noise, light, share


def _tiles(shape: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    """Windows that cover a plane, none below half a tile where the plane is larger."""
    for rows in _cuts(shape[0]):
        for columns in _cuts(shape[1]):
            yield rows, columns


def _cuts(side: int) -> list[slice]:
    edges = np.linspace(0, side, max(1, round(side / _TILE)) + 1).astype(int)
    return [slice(a, b) for a, b in pairwise(edges)]


def _whitened(tile: Floats) -> Floats:
    """A tile without what stands out in its spectrum (a Wiener filter in the Fourier domain)."""
    spectrum = np.fft.rfft2(tile)
    power = (np.abs(spectrum) ** 2).astype(np.float32)
    noise = float(tile.var()) * tile.size
    scene = np.full(power.shape, np.inf, np.float32)
    for side in _WINDOWS:
        np.minimum(scene, cv2.blur(power, (side, side)), out=scene)
    kept = noise / (noise + np.maximum(scene - noise, 0))
    return np.asarray(np.fft.irfft2(spectrum * kept, tile.shape), np.float32)


@dataclass(frozen=True)
class Compared:
    """A photograph beside a pattern: `energy`, peak to correlation energy with its sign; `absent`
    (h, w), by cells of CELL px of the upright photo: where the pattern is not, though the rest of
    the photograph says that it should be seen there; None where nothing can be said of places.
    """

    energy: float
    absent: NDArray[np.bool_] | None

    @property
    def same(self) -> bool:
        """Whether the photograph is of the pattern's sensor."""
        return self.energy >= SAME


def compared(file: Stored, pattern: Pattern) -> Compared:
    """Compare a photograph with a pattern; ValueError where that has another shape."""
    luma = file.luma
    if luma.shape != pattern.shape:
        raise ValueError(f"a plane of {luma.shape} beside a pattern of {pattern.shape}")
    noise, expected = np.empty(luma.shape, np.float32), np.empty(luma.shape, np.float32)
    for rows, band, light, share in _bands(luma):
        noise[rows] = band * (light > 0)
        expected[rows] = pattern.rows(rows.start, rows.stop) * light * share
    energy = _energy(noise, expected)
    absent = _absent(noise, expected) if energy >= SAME else None
    return Compared(energy, None if absent is None else file.upright(absent))


def _energy(noise: Floats, expected: Floats) -> float:
    """Peak to correlation energy at no shift (Goljan, Digital camera identification from images,
    IWDW 2008), correlations of all tiles added.
    """
    side = [min(_TILE, whole) for whole in noise.shape]
    total = np.zeros(side, np.float64)
    for top in range(0, noise.shape[0] - side[0] + 1, side[0]):
        for left in range(0, noise.shape[1] - side[1] + 1, side[1]):
            window = np.s_[top : top + side[0], left : left + side[1]]
            one, other = (
                np.fft.rfft2(each[window] - each[window].mean()) for each in (noise, expected)
            )
            total += np.fft.irfft2(one * other.conj(), side)
    peak = float(total[0, 0])
    total = np.roll(total, (_NEAR, _NEAR), (0, 1))
    total[: 2 * _NEAR + 1, : 2 * _NEAR + 1] = 0
    rest = total.size - (2 * _NEAR + 1) ** 2
    return float(np.sign(peak)) * peak**2 / max(float((total**2).sum()) / rest, 1e-12)


def _absent(noise: Floats, expected: Floats) -> NDArray[np.bool_] | None:
    """Cells (h, w) about which the photograph has hardly anything of what the rest of it has,
    pooled as little as makes that certain.
    """
    both, own, theirs = _sums(noise * expected), _sums(noise**2), _sums(expected**2)
    # What a camera smoothed or clipped away says nothing: there is no residual to have a pattern.
    known = theirs > np.median(theirs) / 4
    told = own > _SMOOTHED * np.quantile(own[known] / theirs[known], 0.75) * theirs
    both, theirs = both * told, theirs * told
    known &= told
    share = float(np.median(both[known] / theirs[known])) if known.any() else 0.0
    if share <= 0:
        return None
    for side in _POOLED:
        pooled = [cv2.blur(each, (side, side)) * side**2 for each in (both, own, theirs)]
        chance = np.sqrt(pooled[1] * pooled[2]) / (side * CELL) + 1e-6
        wanted = share * pooled[2] / chance
        if float((wanted > _CERTAIN).mean()) >= _ENOUGH:
            found = (wanted > _CERTAIN) & (pooled[0] < _HARDLY * wanted * chance)
            return np.asarray(found if found.sum() >= _FEW else np.zeros_like(found))
    return None


def _sums(plane: Floats) -> Floats:
    """Sums (h, w) over cells; what is left at the lower and right rim counts nowhere."""
    down, across = (side // CELL for side in plane.shape)
    cells = plane[: down * CELL, : across * CELL].reshape(down, CELL, across, CELL)
    return np.asarray(cells.sum((1, 3)), np.float32)
