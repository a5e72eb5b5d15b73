"""The finest detail of a region, white, in blocks that are looked at through a warp."""

import math
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
_SIDE, _MANY = 320, 24  # pixels a side of windows over a large region, and how many of them
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
    """The white detail, along x and along y, of a region of a picture (H, W, C) in its own pixels;
    of a large region that of windows spread over it.
    """

    def __init__(self, image: Pixels, region: Region) -> None:
        height, width = image.shape[:2]
        left, top = (max(0, int(v)) for v in region[:2])
        right, bottom = min(width, int(region[2])), min(height, int(region[3]))
        wide_enough = min(right - left, bottom - top) >= 2 * _WINDOW
        places = _windows((left, top, right, bottom)) if wide_enough else []
        self.known = bool(places)
        found = [detail(np.ascontiguousarray(image[y0:y1, x0:x1])) for x0, y0, x1, y1 in places]
        self._windows = [
            (place[:2], white) for place, white in zip(places, _white(found), strict=True)
        ]

    @property
    def whole(self) -> tuple[tuple[int, ...], Floats] | None:
        """The corner and the detail (2, H, W) of a region that is small enough to be one window."""
        return self._windows[0] if len(self._windows) == 1 else None

    def blocks(self, side: int, most: int, rng: np.random.Generator) -> "Blocks":
        """Blocks of side × side pixels that do not overlap, `most` of them by chance."""
        each = [_blocks(corner, white, side) for corner, white in self._windows]
        places, found = (np.concatenate(parts, 1) for parts in zip(*each, strict=True))
        if places.shape[1] > most:
            chosen = np.sort(rng.permutation(places.shape[1])[:most])
            places, found = places[:, chosen], found[:, chosen]
        return Blocks(side, places, np.ascontiguousarray(found))


def _windows(region: tuple[int, int, int, int]) -> list[tuple[int, int, int, int]]:
    """The region itself, or windows in rows over one that is larger than they are together."""
    left, top, right, bottom = region
    width, height = right - left, bottom - top
    if width * height <= _SIDE**2 * _MANY or min(width, height) <= _SIDE:
        return [region] if width * height <= 4 * _SIDE**2 * _MANY else []
    across = max(1, round(math.sqrt(_MANY * width / height)))
    xs = np.linspace(left, right - _SIDE, across).astype(int)
    ys = np.linspace(top, bottom - _SIDE, max(1, _MANY // across)).astype(int)
    return [(x, y, x + _SIDE, y + _SIDE) for y in ys.tolist() for x in xs.tolist()]


def _blocks(corner: tuple[int, ...], white: Floats, side: int) -> tuple[Floats, Floats]:
    """The places and the detail (2, N, side, side) of all blocks of a window."""
    down, across = (n // side for n in white.shape[1:])
    ys, xs = np.mgrid[: down * side, : across * side].astype(np.float32)
    planes = np.stack([xs + corner[0], ys + corner[1], *white[:, : down * side, : across * side]])
    cut = planes.reshape(4, down, side, across, side).swapaxes(2, 3).reshape(4, -1, side, side)
    return cut[:2], cut[2:]


class Blocks:
    """The places (2, N, side, side) of the blocks' pixels, x and y, and the detail there."""

    def __init__(self, side: int, places: Floats, detail: Floats) -> None:
        self.side, self.places, self.detail = side, places, detail
        self.power = np.square(detail).sum((2, 3))
        usual = np.median(self.power, axis=1, keepdims=True) if self.power.size else 0.0
        self.least = np.maximum(self.power, _QUIET * usual)

    def __len__(self) -> int:
        return int(self.detail.shape[1])

    def only(self, chosen: Floats) -> "Blocks":
        """Those that are chosen (N,)."""
        kept = np.ascontiguousarray(self.detail[:, chosen])
        return Blocks(self.side, np.ascontiguousarray(self.places[:, chosen]), kept)

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
        bins = np.rint(slopes * np.float32(BINS))
        bins -= BINS * np.floor(bins * np.float32(1 / BINS))  # as a remainder, many times as fast
        places = (bins[:, 1] * BINS + bins[:, 0]).astype(np.int32)
        calm = np.abs(slopes).reshape(4, *slopes.shape[2:]).max(0) < _STEEPEST
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


def _white(found: list[Floats]) -> list[Floats]:
    """Detail (2, H, W) divided by what is usual at each frequency, without the coarsest."""
    found = [np.stack([a - cv2.blur(a, (_AROUND, _AROUND)) for a in each]) for each in found]
    if not found:
        return []
    usual = np.exp(np.concatenate([_levels(each) for each in found]).mean(0))
    return [_divided(each, usual) for each in found]


def _levels(found: Floats) -> Floats:
    """Logarithms of power by frequency (windows, 2, ...)."""
    height, width = found.shape[1:]
    taper = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    ys, xs = (range(0, n - _WINDOW + 1, max(8, (n - _WINDOW) // _WINDOWS)) for n in (height, width))
    windows = np.stack([found[:, y : y + _WINDOW, x : x + _WINDOW] for y in ys for x in xs])
    power = np.square(np.abs(scipy.fft.rfft2(windows * np.outer(taper, taper))))
    return np.asarray(np.log(power + 1e-9))


def _divided(found: Floats, usual: Floats) -> Floats:
    height, width = found.shape[1:]
    shape = [scipy.fft.next_fast_len(n, real=True) for n in (height, width)]
    rows, columns = scipy.fft.fftfreq(shape[0]), scipy.fft.rfftfreq(shape[1])
    bins = [np.rint(f * _WINDOW).astype(int) % _WINDOW for f in (rows, columns)]
    spectrum = scipy.fft.rfft2(found, shape) / np.sqrt(usual[np.ix_([0, 1], *bins)])
    spectrum[:, np.hypot(rows[:, None], columns[None]) < _COARSE] = 0
    white = scipy.fft.irfft2(spectrum, shape)[:, :height, :width]
    return np.ascontiguousarray(white, np.float32)
