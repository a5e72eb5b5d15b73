"""What tells a mosaic from a photo, around every cell: a comb of steps, lone steps, flatness."""

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.pixelation.profiles import CELL, Pixels, Profiles, Sums, grey, profiles

Table = NDArray[np.float32]

SCALES = (1, 2, 4, 8)  # sides of the squares that are looked at around a cell, in cells
_NOISE = 0.02  # grey levels added to every sum, so that nothing is divided by zero
_LOWEST = 3  # periods in a square that make a comb
_HARMONICS = 6
_ENOUGH = 60_000  # px that grey levels are counted of

_PLAIN = ("step", "even", "alone", "highest", "uneven", "least_even", "most_even", "still", "jpeg")
_COMB = ("comb", "contrast", "frequency")
FEATURES = (
    *(f"{name}{scale}_{end}" for scale in (1, 2) for name in _PLAIN for end in ("low", "high")),
    *(f"{name}{scale}" for scale in SCALES for name in _COMB),
    *(f"off_jpeg_{name}{scale}" for scale in (2, 4) for name in _COMB),
    *(f"lone_{name}2" for name in _COMB),
    *(f"photo_{name}" for name in ("step", "even", "alone", "jpeg", "levels", "entropy")),
)


def cells(image: Pixels, hop: int = 1) -> Table:
    """Features of every `hop`-th cell of CELL px in both directions: (rows, columns, FEATURES)."""
    luma = grey(image)
    both = profiles(luma), profiles(np.asarray(cv2.transpose(luma), np.uint8))
    shape = (len(both[0].steps), len(both[1].steps))
    plain: list[Sums] = []
    combs: list[Sums] = []
    off: list[Sums] = []
    for scale in SCALES:
        # Wide squares change little from cell to cell: every second or fourth is enough.
        wide = max(hop, scale // 2)
        steps = _squares([each.steps for each in both], scale, wide)
        if scale <= 2:
            told = _plain(both, steps, scale, hop)
            plain += [end(each, axis=0) for each in told for end in (np.min, np.max)]
        joint = _joint(steps)
        combs += _spread(_strongest(joint), shape, hop, wide)
        if scale in (2, 4):
            off += _spread(_strongest(joint * _off_jpeg(joint.shape[2])), shape, hop, wide)
    lone = _strongest(_joint(_squares([each.alone for each in both], 2, hop)))
    of_all = [(plain[i].mean() + plain[i + 1].mean()) / 2 for i in _PHOTO]
    photo = [np.full_like(plain[0], value) for value in (*of_all, *_palette(luma))]
    return np.stack([*plain, *combs, *off, *lone, *photo], 2, dtype=np.float32)


_PHOTO = tuple(2 * _PLAIN.index(name) for name in ("step", "even", "alone", "jpeg"))


def _palette(luma: Pixels) -> tuple[float, float]:
    """How many grey levels a photo has, and their entropy in bits: drawings have few."""
    apart = max(1, math.isqrt(luma.size // _ENOUGH))
    some = np.ascontiguousarray(luma[::apart, ::apart])
    counts = cv2.calcHist([some], [0], None, [256], [0, 256]).ravel() / some.size
    used = counts[counts > 2e-4]
    return float(len(used)), float(-(used * np.log2(used)).sum())


def _plain(both: tuple[Profiles, Profiles], steps: Sums, scale: int, hop: int) -> tuple[Sums, ...]:
    """What steps in either direction tell of the square about every cell: _PLAIN, each
    (2, rows, columns).
    """
    even = _squares([each.even for each in both], scale, hop)
    alone = _squares([each.alone for each in both], scale, hop)
    mean = _over(steps, cv2.REDUCE_AVG)
    floor = mean + np.float32(_NOISE)
    length = steps.shape[3]
    variance = np.maximum(_over(steps, cv2.REDUCE_SUM2) / length - mean * mean, 0)
    first = (CELL * scale // 2 - CELL // 2 + 7) % 8
    still = cv2.threshold(even.reshape(-1, length), 0.98, 1, cv2.THRESH_BINARY)[1]
    return (
        np.log(floor),
        _over(even, cv2.REDUCE_AVG),
        _over(alone, cv2.REDUCE_AVG) / floor,
        _over(steps, cv2.REDUCE_MAX) / (floor * length),
        np.sqrt(variance) / floor,
        _over(even, cv2.REDUCE_MIN),
        _over(even, cv2.REDUCE_MAX),
        _over(np.asarray(still, np.float32).reshape(even.shape), cv2.REDUCE_AVG),
        _over(np.ascontiguousarray(steps[..., first::8]), cv2.REDUCE_AVG) / floor,
    )


def _over(squares: Sums, how: int) -> Sums:
    """Sums, means or extremes over the last axis."""
    flat = cv2.reduce(squares.reshape(-1, squares.shape[-1]), 1, how)
    return np.asarray(flat, np.float32).reshape(squares.shape[:-1])


def _squares(directions: list[Sums], scale: int, hop: int) -> Sums:
    """(2, rows, columns, scale * CELL): mean steps along the rows and along the columns, in the
    square of `scale` cells about every cell, mirrored beyond the photo's edges.
    """
    x, y = (_beside(strips, scale, hop) for strips in directions)
    found = np.empty((2, *x.shape), np.float32)
    found[0] = x
    found[1] = y.transpose(1, 0, 2)
    return found


def _beside(strips: Sums, scale: int, hop: int) -> Sums:
    """Squares of one direction, (strips, along them, length), without copies."""
    if scale > 1:
        margin = (scale * CELL - CELL) // 2
        blurred = cv2.filter2D(strips, -1, _blur(scale), borderType=cv2.BORDER_REFLECT_101)
        strips = np.asarray(
            cv2.copyMakeBorder(blurred, 0, 0, margin, margin, cv2.BORDER_REFLECT), np.float32
        )
    strips = np.ascontiguousarray(strips)
    rows = -(-strips.shape[0] // hop)
    columns = (strips.shape[1] - scale * CELL) // (hop * CELL) + 1
    down, right = strips.strides
    return np.ndarray(
        (rows, columns, scale * CELL),
        np.float32,
        strips.data,
        0,
        (down * hop, right * hop * CELL, right),
    )


@lru_cache(maxsize=8)
def _blur(scale: int) -> Sums:
    """Means over `scale` strips, an even number, the outer two by half."""
    kernel = np.full((scale + 1, 1), 1 / scale, np.float32)
    kernel[[0, -1]] /= 2
    return kernel


def _joint(squares: Sums) -> Sums:
    """How far each comb modulates the steps in both directions, (rows, columns, bins)."""
    length = squares.shape[3]
    bins = length // 2 + 1 - _LOWEST
    flat = squares.reshape(-1, length)
    spectrum = _product(flat, _waves(length))
    size = cv2.magnitude(
        np.ascontiguousarray(spectrum[:, :bins]), np.ascontiguousarray(spectrum[:, bins:])
    )
    size = np.asarray(size, np.float32).reshape(*squares.shape[:3], bins)
    floor = _over(squares, cv2.REDUCE_AVG) + np.float32(_NOISE)
    return np.asarray(
        np.sqrt(size[0] * size[1]) / np.sqrt(floor[0] * floor[1])[..., None], np.float32
    )


def _product(some: Sums, others: Sums) -> Sums:
    """Their matrix product, by one thread: NumPy's would wait for each other longer than work."""
    return np.asarray(cv2.gemm(some, others, 1, np.empty(0, np.float32), 0), np.float32)


@lru_cache(maxsize=8)
def _waves(length: int) -> Sums:
    """(length, 2 bins): cosines and sines under a Hann window, 1 in sum for a comb, from the
    lowest bin on.
    """
    angles = 2 * np.pi * np.outer(np.arange(length), np.arange(_LOWEST, length // 2 + 1)) / length
    window = np.hanning(length + 2)[1:-1, None]
    waves = np.concatenate([np.cos(angles), np.sin(angles)], 1) * (window / window.sum())
    return np.asarray(waves, np.float32)


@lru_cache(maxsize=8)
def _harmonics(bins: int) -> tuple[Sums, Sums]:
    """(bins, combs): the mean over a comb's harmonics, those beyond the last bin folded back, and
    the frequencies of the combs in periods a pixel.
    """
    half = bins - 1 + _LOWEST
    base = np.arange(_LOWEST, half + 0.25, 0.5)
    sums = np.zeros((bins, len(base)), np.float32)
    for j, one in enumerate(base):
        count = min(_HARMONICS, max(1, int(half / one)))
        for k in range(1, count + 1):
            at = one * k - _LOWEST
            low, share = int(at), at - int(at)
            sums[low, j] += (1 - share) / count
            if share:
                sums[low + 1, j] += share / count
    return sums, np.asarray(base / (2 * half), np.float32)


def _strongest(joint: Sums) -> tuple[Sums, Sums, Sums]:
    """The strongest comb: its modulation, the same over that of all bins, and its frequency."""
    sums, frequencies = _harmonics(joint.shape[2])
    bins = joint.shape[2]
    combs = _product(joint.reshape(-1, bins), sums).reshape(*joint.shape[:2], -1)
    at = combs.argmax(2)
    most = np.take_along_axis(combs, at[..., None], 2)[..., 0]
    contrast = (most + np.float32(0.01)) / (joint.mean(2) + np.float32(0.01))
    return most, contrast, frequencies[at]


@lru_cache(maxsize=8)
def _off_jpeg(bins: int) -> Sums:
    """1 where a comb of 8 px has nothing."""
    length = 2 * (bins - 1 + _LOWEST)
    away = (np.arange(bins) + _LOWEST) % (length // 8)
    return np.asarray((away > 1) & (away < length // 8 - 1), np.float32)


def _spread(maps: tuple[Sums, ...], shape: tuple[int, int], hop: int, wide: int) -> list[Sums]:
    """Maps of every `wide`-th cell, repeated for every `hop`-th one."""
    if wide == hop:
        return list(maps)
    rows = (np.arange(0, shape[0], hop) + hop // 2) // wide
    columns = (np.arange(0, shape[1], hop) + hop // 2) // wide
    return [
        each[np.minimum(rows, each.shape[0] - 1)][:, np.minimum(columns, each.shape[1] - 1)]
        for each in maps
    ]
