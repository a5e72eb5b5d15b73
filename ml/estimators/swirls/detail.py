"""The finest detail of a region, white, in blocks that are looked at through a warp."""

from typing import Any

import cv2
import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ml.estimators.lattice.tiles import Pixels, detail

Floats = NDArray[Any]
Region = tuple[float, float, float, float]
"""Left, top, right and bottom."""

BINS = 32  # frequencies a side that blocks are told apart by
_WINDOW = 32  # pixels a side of the windows that tell what is usual
_WINDOWS = 15  # a side, about
_AROUND = 13  # pixels in whose mean detail has none
_COARSE = 0.05  # cycles a pixel below which detail is the picture's own
_FEWEST = 0.9  # cycles that a block holds at least to be looked at
_LOUDEST = 6.0  # times the usual power: one edge counts no more
_QUIET = 0.3  # of the usual power: what a block has at least, lest silence count
_FEW = 0.2  # of the blocks: a swirl that covers fewer is not judged by them alone
_NEAR_JPEG = 0.25 / 8  # cycles a pixel about multiples of 1 / 8, which JPEG's blocks leave
_STEEPEST = 2.2  # source pixels from one pixel to the next
_AT_ONCE = 150_000  # pixels times warps, so that what is worked out stays in the processor's memory


class Detail:
    """The white detail (2, H, W), along x and along y, of a region of a picture (H, W, C) in its
    own pixels.
    """

    def __init__(self, image: Pixels, region: Region) -> None:
        height, width = image.shape[:2]
        left, top = (max(0, int(v)) for v in region[:2])
        right, bottom = min(width, int(region[2])), min(height, int(region[3]))
        self.corner, self.size = (left, top), (width, height)
        part = np.ascontiguousarray(image[top:bottom, left:right])
        self.known = min(part.shape[:2]) >= 2 * _WINDOW
        self.white = _white(detail(part)) if self.known else np.zeros((2, 0, 0), np.float32)

    def blocks(self, side: int, most: int, rng: np.random.Generator) -> "Blocks":
        """Blocks of side × side pixels that do not overlap, `most` of them by chance."""
        down, across = (n // side for n in self.white.shape[1:])
        rows, columns = np.divmod(np.arange(down * across), max(across, 1))
        if len(rows) > most:
            chosen = np.sort(rng.permutation(len(rows))[:most])
            rows, columns = rows[chosen], columns[chosen]
        within = np.arange(side)
        shape = (len(rows), side, side)
        ys = np.broadcast_to(rows[:, None, None] * side + within[:, None], shape)
        xs = np.broadcast_to(columns[:, None, None] * side + within, shape)
        places = np.stack([xs + self.corner[0], ys + self.corner[1]]).astype(np.float32)
        return Blocks(side, places, np.ascontiguousarray(self.white[:, ys, xs]))


class Blocks:
    """The places (2, N, side, side) of the blocks' pixels, x and y, and the detail there."""

    def __init__(self, side: int, places: Floats, detail: Floats) -> None:
        self.side, self.places, self.detail = side, places, detail
        self.power = np.square(detail).sum((2, 3))
        usual = np.median(self.power, axis=1, keepdims=True) if self.power.size else 0.0
        self.least = np.maximum(self.power, _QUIET * usual)

    def __len__(self) -> int:
        return int(self.detail.shape[1])

    @property
    def middles(self) -> Floats:
        """The middles (2, N) of the blocks."""
        return np.asarray(self.places.mean((2, 3)))


def at_once(blocks: Blocks, *, whole: bool) -> int:
    """How many warps are judged in one go, by all pixels of the blocks or by their middles."""
    return max(1, _AT_ONCE // max(1, len(blocks) * (blocks.side**2 if whole else 1)))


class Spectra:
    """How loud blocks are at each frequency beside the others: (2, N, BINS²)."""

    def __init__(self, blocks: Blocks) -> None:
        found = scipy.fft.fft2(blocks.detail, (BINS, BINS))
        power = np.square(found.real) + np.square(found.imag)
        loud = np.minimum(power / (blocks.least[..., None, None] + 1e-9), _LOUDEST)
        loud -= loud.mean(1, keepdims=True)
        loud /= loud.std(1, keepdims=True) + 1e-6
        frequencies = np.fft.fftfreq(BINS)
        self._seen = _telling(frequencies[None], frequencies[:, None], blocks.side).ravel()
        self._loud = (loud.reshape(2, len(blocks), -1) * self._seen).astype(np.float32)
        self._rows = (np.arange(len(blocks)) * BINS * BINS).astype(np.int32)

    def score(self, slopes: Floats, shares: Floats) -> Floats:
        """How loud blocks are where sources move by `slopes` (2, 2, K, N) from pixel to pixel:
        of x and of y, across and down; the best of the (P, K, N) blocks counted: (K,).
        """
        bins = np.rint(slopes * BINS).astype(np.int32) % BINS
        places = bins[:, 1] * BINS + bins[:, 0]
        calm = (np.abs(slopes) < _STEEPEST).all((0, 1))
        loud = [np.take(self._loud[axis], self._rows + places[axis]) for axis in (0, 1)]
        seen = np.take(self._seen, places).sum(0) * calm
        total = (loud[0] + loud[1]) * calm
        few = _FEW * max(1, shares.shape[2])
        sums = np.einsum("pkn,kn->pk", shares, total)
        counts = np.einsum("pkn,kn->pk", shares, seen.astype(np.float32))
        return np.asarray((sums / np.sqrt(np.maximum(counts, few))).max(0))


def fringes(
    blocks: Blocks, sources: tuple[Floats, Floats], shares: Floats
) -> tuple[Floats, Floats]:
    """Of blocks unbent by sources (K, N · side²), x and y: their power as a score (K,), the best by
    the (P, K, N) blocks counted, and how coherent all are that are counted in the last (K,).
    """
    each = [_unbent(blocks, axis, source) for axis, source in enumerate(sources)]
    seen = [mask * shares[-1] for _, mask in each]
    excess, together = np.zeros_like(seen[0]), []
    for axis, (sums, _) in enumerate(each):
        power = np.square(sums.real) + np.square(sums.imag)
        excess = excess + (power / (blocks.least[axis] + 1e-9) - 1) * seen[axis]
        noise = np.sqrt((blocks.power[axis] * seen[axis]).sum(1) / 2) + 1e-6
        together.append(np.maximum((sums.real * seen[axis]).sum(1) / noise, 0))
    few = _FEW * max(1, shares.shape[2])
    counts = np.maximum(np.einsum("pkn,kn->pk", shares, seen[0] + seen[1]), few)
    loud = np.einsum("pkn,kn->pk", shares, excess) / np.sqrt(counts)
    return np.asarray(loud.max(0)), np.hypot(*together)


def _unbent(blocks: Blocks, axis: int, source: Floats) -> tuple[Floats, Floats]:
    """The sums (K, N) of blocks' detail along an axis, turned by a source coordinate, and which
    blocks tell.
    """
    phase = source * np.float32(2 * np.pi)
    flat = np.broadcast_to(blocks.detail[axis].ravel(), phase.shape)
    shape = (len(source), len(blocks), -1)
    re, im = (
        np.asarray(part).reshape(shape).sum(2)
        for part in cv2.polarToCart(np.ascontiguousarray(flat), phase)
    )
    return re + 1j * im, _fine_enough(source.reshape(*shape[:2], blocks.side, blocks.side))


def _fine_enough(source: Floats) -> Floats:
    """Which blocks (K, N) of a source coordinate (K, N, side, side) hold fringes that tell."""
    side = source.shape[2]
    middle, last = side // 2, side - 1
    across = (source[:, :, middle, last] - source[:, :, middle, 0]) / last
    down = (source[:, :, last, middle] - source[:, :, 0, middle]) / last
    return _telling(across - np.rint(across), down - np.rint(down), side).astype(np.float32)


def _telling(across: Floats, down: Floats, side: int) -> Floats:
    """Whether frequencies are fine enough for a block, and none of JPEG's."""
    jpeg = [np.abs(f - np.rint(8 * f) / 8) < _NEAR_JPEG for f in (across, down)]
    return np.asarray((np.hypot(across, down) > _FEWEST / side) & ~(jpeg[0] & jpeg[1]))


def _white(found: Floats) -> Floats:
    """Detail (2, H, W) divided by what is usual at each frequency, without the coarsest."""
    found = np.stack([each - cv2.blur(each, (_AROUND, _AROUND)) for each in found])
    height, width = found.shape[1:]
    taper = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    ys, xs = (range(0, n - _WINDOW + 1, max(8, (n - _WINDOW) // _WINDOWS)) for n in (height, width))
    windows = np.stack([found[:, y : y + _WINDOW, x : x + _WINDOW] for y in ys for x in xs])
    power = np.square(np.abs(scipy.fft.rfft2(windows * np.outer(taper, taper))))
    usual = np.exp(np.log(power + 1e-9).mean(0))
    shape = [scipy.fft.next_fast_len(n, real=True) for n in (height, width)]
    rows, columns = scipy.fft.fftfreq(shape[0]), scipy.fft.rfftfreq(shape[1])
    at = np.ix_(
        [0, 1],
        np.rint(rows * _WINDOW).astype(int) % _WINDOW,
        np.rint(columns * _WINDOW).astype(int),
    )
    spectrum = scipy.fft.rfft2(found, shape) / np.sqrt(usual[at])
    spectrum[:, np.hypot(rows[:, None], columns[None]) < _COARSE] = 0
    white = scipy.fft.irfft2(spectrum, shape)[:, :height, :width]
    return np.ascontiguousarray(white, np.float32)
