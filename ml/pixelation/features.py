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
_LONG = 256  # px over which combs of a whole photo are looked for
# Of 4,072 pictures for training without a mosaic, lookalikes among them, none has both.
_COPIED, _PHOTOGRAPHIC = (1.5, 0.45), 64  # what `overall` tells, and grey levels
_STILL = 0.999  # share of equal pairs from which a column stands still

_PLAIN = ("step", "even", "alone", "highest", "uneven", "least_even", "most_even", "still", "jpeg")
_COMB = ("comb", "contrast", "frequency")
FEATURES = (
    *(f"{name}{scale}_{end}" for scale in (1, 2) for name in _PLAIN for end in ("low", "high")),
    *(f"{name}{scale}" for scale in SCALES[1:] for name in _COMB),
    *(f"off_jpeg_{name}4" for name in _COMB),
    *(f"photo_{name}" for name in ("step", "even", "alone", "jpeg", "levels", "entropy")),
    *(f"whole_{name}" for name in (*_COMB, "turns")),
)


def cells(image: Pixels, hop: int = 1, every: int = 1) -> Table:
    """Features of every `hop`-th cell of CELL px in both directions: (rows, columns, FEATURES), out
    of every row and column of pixels, every second or every fourth one.
    """
    luma = grey(image)
    turned = np.asarray(cv2.transpose(luma), np.uint8)
    both = profiles(luma, every), profiles(turned, every)
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
            plain += [end(*each) for each in told for end in (np.minimum, np.maximum)]
        if scale >= 2:
            joint = _joint(steps)
            combs += _spread(_strongest(joint), shape, hop, wide)
        if scale == 4:
            off = _spread(_strongest(joint * _off_jpeg(joint.shape[2])), shape, hop, wide)
    of_all = [float(cv2.mean(plain[i] + plain[i + 1])[0]) / 2 for i in _PHOTO]
    maps = [*plain, *combs, *off, *of_all, *_palette(luma), *_whole(both)]
    table = np.empty((len(maps), *plain[0].shape), np.float32)
    for layer, told_by in zip(table, maps, strict=True):
        layer[...] = told_by
    return np.ascontiguousarray(table.transpose(1, 2, 0))


def overall(table: Table) -> NDArray[np.float64]:
    """What features of any photo's cells say of all of it alike: (2,), how far one comb stands out,
    as a logarithm, and how often still columns and others take turns.
    """
    contrast, turns = (float(table[0, 0, FEATURES.index(f"whole_{name}")]) for name in _OVERALL)
    return np.array([math.log(max(contrast, 1.0)), turns])


def enlarged(table: Table) -> bool:
    """Whether all of a photo was enlarged to blocks of up to 4 px and left so: every few rows and
    columns are copies, on one comb. Pixel art has that too, but few grey levels.
    """
    levels = float(table[0, 0, FEATURES.index("photo_levels")])
    return bool((overall(table) >= _COPIED).all() and levels >= _PHOTOGRAPHIC)


_OVERALL = ("contrast", "turns")
_PHOTO = tuple(2 * _PLAIN.index(name) for name in ("step", "even", "alone", "jpeg"))


def _palette(luma: Pixels) -> tuple[float, float]:
    """How many grey levels a photo has, and their entropy in bits: drawings have few."""
    apart = max(1, math.isqrt(luma.size // _ENOUGH))
    some = np.ascontiguousarray(luma[::apart, ::apart])
    counts = cv2.calcHist([some], [0], None, [256], [0, 256]).ravel() / some.size
    used = counts[counts > 2e-4]
    return float(len(used)), float(-(used * np.log2(used)).sum())


def _whole(both: tuple[Profiles, Profiles]) -> tuple[float, ...]:
    """The comb that runs through all of a photo, and how often, of the direction that has less,
    columns in which nothing changes and others take turns: a drawing's even parts are wide.
    """
    steps = [cv2.reduce(each.steps, 0, cv2.REDUCE_AVG)[0] for each in both]
    still = [cv2.reduce(each.even, 0, cv2.REDUCE_MIN)[0] >= _STILL for each in both]
    comb = _strongest(np.sqrt(_spectrum(steps[0]) * _spectrum(steps[1]))[None])
    turns = min(float(np.count_nonzero(each[1:] != each[:-1])) / len(each) for each in still)
    return (*(float(each[0, 0]) for each in comb), turns)


def _spectrum(steps: Sums) -> Sums:
    """How far each comb modulates steps (length,), the mean over parts of _LONG px: (1, bins)."""
    steps = np.pad(steps, (0, max(0, _LONG - len(steps))), "symmetric")
    count = 1 + (len(steps) - _LONG) // (_LONG // 2)
    parts = np.stack([steps[_LONG // 2 * i :][:_LONG] for i in range(count)])
    size = np.sqrt(_powers(parts)) / (_mean(parts)[:, None] + np.float32(_NOISE))
    return np.asarray(cv2.reduce(size, 0, cv2.REDUCE_AVG), np.float32)


def _plain(both: tuple[Profiles, Profiles], steps: Sums, scale: int, hop: int) -> tuple[Sums, ...]:
    """What steps in either direction tell of the square about every cell: _PLAIN, each
    (2, rows, columns).
    """
    even = _squares([each.even for each in both], scale, hop)
    alone = _squares([each.alone for each in both], scale, hop)
    mean = _mean(steps)
    floor = mean + np.float32(_NOISE)
    length = steps.shape[3]
    variance = np.maximum(np.einsum("...i,...i->...", steps, steps) / length - mean * mean, 0)
    first = (CELL * scale // 2 - CELL // 2 + 7) % 8
    still = cv2.threshold(even.reshape(-1, length), 0.98, 1, cv2.THRESH_BINARY)[1]
    least, most = _ends(even)
    return (
        np.log(floor),
        _mean(even),
        _mean(alone) / floor,
        _ends(steps)[1] / (floor * length),
        np.sqrt(variance) / floor,
        least,
        most,
        _mean(np.asarray(still, np.float32).reshape(even.shape)),
        _mean(np.ascontiguousarray(steps[..., first::8])) / floor,
    )


def _mean(squares: Sums) -> Sums:
    """Means over the last axis."""
    flat = cv2.reduce(squares.reshape(-1, squares.shape[-1]), 1, cv2.REDUCE_AVG)
    return np.asarray(flat, np.float32).reshape(squares.shape[:-1])


def _ends(squares: Sums) -> tuple[Sums, Sums]:
    """The least and the most of the last axis."""
    # Along columns OpenCV compares many at once, along rows one by one.
    turned = cv2.transpose(squares.reshape(-1, squares.shape[-1]))
    low, high = (cv2.reduce(turned, 0, how) for how in (cv2.REDUCE_MIN, cv2.REDUCE_MAX))
    shape = squares.shape[:-1]
    return np.asarray(low, np.float32).reshape(shape), np.asarray(high, np.float32).reshape(shape)


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
    power = _powers(squares.reshape(-1, squares.shape[3])).reshape(*squares.shape[:3], -1)
    floor = _mean(squares) + np.float32(_NOISE)
    joint = np.sqrt(np.sqrt(power[0] * power[1]))
    joint /= np.sqrt(floor[0] * floor[1])[..., None]
    return np.asarray(joint, np.float32)


def _powers(curves: Sums) -> Sums:
    """The powers (curves, bins) of curves (curves, length) under Hann's window from the lowest bin
    on.
    """
    length = curves.shape[1]
    # Real and imaginary parts take turns; the imaginary one of the last bin, 0, is left out.
    packed = cv2.dft(np.multiply(curves, _window(length)), flags=cv2.DFT_ROWS)
    power = np.zeros((len(curves), length // 2 + 1 - _LOWEST), np.float32)
    np.square(packed[:, 2 * _LOWEST - 1 :: 2], out=power)
    power[:, :-1] += np.square(packed[:, 2 * _LOWEST :: 2])
    return power


def _product(some: Sums, others: Sums) -> Sums:
    """Their matrix product, by one thread: NumPy's would wait for each other longer than work."""
    return np.asarray(cv2.gemm(some, others, 1, np.empty(0, np.float32), 0), np.float32)


@lru_cache(maxsize=8)
def _window(length: int) -> Sums:
    """Hann's window, 1 in sum."""
    window = np.hanning(length + 2)[1:-1]
    return np.asarray(window / window.sum(), np.float32)


@lru_cache(maxsize=8)
def _harmonics(bins: int) -> tuple[Sums, Sums]:
    """(bins, combs + 1): the mean over a comb's harmonics, those beyond the last bin folded back,
    and last that over all bins; and the frequencies of the combs in periods a pixel.
    """
    half = bins - 1 + _LOWEST
    base = np.arange(_LOWEST, half + 0.25, 0.5)
    sums = np.zeros((bins, len(base) + 1), np.float32)
    sums[:, -1] = 1 / bins
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
    told = _product(joint.reshape(-1, joint.shape[2]), sums)
    combs, mean = told[:, :-1], told[:, -1]
    at = combs.argmax(1)
    most = combs[np.arange(len(at)), at]
    contrast = (most + np.float32(0.01)) / (mean + np.float32(0.01))
    shape = joint.shape[:2]
    return most.reshape(shape), contrast.reshape(shape), frequencies[at].reshape(shape)


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
