"""Whether a JPEG had been saved as one before, and where that trace is missing: a part that was put
in between the two savings has only the second.

What was quantised twice has gaps and peaks in the histograms of its coefficients. Both savings are
fitted as in Bianchi and Piva, Image forgery localization via block-grained analysis of JPEG
artifacts (IEEE TIFS 2012), for the grid that both share. Blocks with a clipped pixel tell nothing,
since clipping undoes the first saving, nor smooth ones, in which rounding is no noise.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity.stored import Stored
from ml.errors import ImageError

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Values = NDArray[np.float64]
Tables = dict[tuple[int, int], Floats]

_LOWEST = ((0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0))
_STEPS = range(2, 25)  # of the first saving that are tried
_SHARES = (0.3, 0.5, 0.7, 0.85, 1.0)  # of the picture that was saved twice
_FITTED = 8_000  # blocks that both savings are fitted to
_BAND = 64  # rows of blocks that are worked on at a time
_REACH, _FINE = 512, 2  # coefficients up to here, in so many parts of one
_ROUNDED = 0.4  # deviation of a coefficient by pixels' rounding between both savings
_CLIPPED = 2  # grey levels from black and white
_ROUGH = 3.0  # grey levels of deviation
_KNOWN = 200  # coefficients that a fit needs
_GAIN, _MEAN_GAIN = 20.0, 0.01  # nats, of all and of each, from which a frequency shows two savings
_FEW = 4  # frequencies
_SURE = 4.0  # nats at most that one coefficient adds
_WINDOW = 8  # blocks
_MISSING = 100.0  # nats against the first saving, in a window
_PART = 0.03  # of all windows
_EVERYWHERE = 20.0  # nats for it, in the middle window


@dataclass(frozen=True)
class Earlier:
    """An earlier saving: `missing` (h, w) of the upright photo, where it is not seen, None where it
    is seen all over.
    """

    missing: NDArray[np.bool_] | None


def look(stored: Stored) -> Earlier | None:
    """Look for an earlier saving; None where none is seen clearly."""
    if len(_fitted(stored, stored.luma)) < _FEW:
        return None  # luma is enough to tell that, and colours take long to decode
    try:
        planes = stored.planes()
    except ImageError:
        return None
    tables = _fitted(stored, planes)
    if len(tables) < _FEW:
        return None
    bands = np.arange(0, len(planes) // 8 * 8, _BAND * 8)
    odds = np.concatenate([_by_block(stored, tables, planes[i:][: _BAND * 8]) for i in bands])
    windows = cv2.boxFilter(odds, -1, (_WINDOW, _WINDOW), normalize=False)
    if np.median(windows) <= 0:
        return None
    if (windows < -_MISSING).mean() < _PART:
        return Earlier(None) if np.median(windows) > _EVERYWHERE else None
    return Earlier(stored.upright(windows < -_MISSING / 4))


def _by_block(stored: Stored, tables: Tables, planes: Pixels) -> Floats:
    """Log odds (h, w) of an earlier saving by block of some rows of the planes."""
    blocks = _blocks(_luma(planes))
    odds = np.zeros(blocks.shape[:2], np.float32)
    for (u, v), table in tables.items():
        odds += table[_quantised(blocks @ _basis(u, v), int(stored.table[u, v]))]
    return odds * _clear(planes, blocks)


def _blocks(plane: Pixels) -> Floats:
    """Blocks (h, w, 64) of a plane."""
    down, across = plane.shape[0] // 8, plane.shape[1] // 8
    blocks = plane[: down * 8, : across * 8].reshape(down, 8, across, 8).swapaxes(1, 2)
    return blocks.reshape(down, across, 64).astype(np.float32)


@cache
def _basis(u: int, v: int) -> Floats:
    """The cosines (64,) of a frequency, none of them constant."""
    places = 2 * np.arange(8) + 1
    down, across = (np.cos(places * k * np.pi / 16) * (0.5 if k else 8**-0.5) for k in (u, v))
    return np.outer(down, across).ravel().astype(np.float32)


def _clear(planes: Pixels, blocks: Floats) -> NDArray[np.bool_]:
    """Blocks (h, w) that tell something: neither red, green nor blue of any pixel end at black or
    white, and luma is rough enough for the rounding of pixels to be noise. Of luma alone (H, W):
    none of that ends there.
    """
    down, across = blocks.shape[:2]
    shown = planes[: down * 8, : across * 8]
    if planes.ndim == 3:
        luma, blue, red = cv2.split(shown)
        shown = np.asarray(cv2.cvtColor(cv2.merge((luma, red, blue)), cv2.COLOR_YCrCb2RGB))
    inside = cv2.inRange(shown, (_CLIPPED,) * 4, (255 - _CLIPPED,) * 4)
    whole = cv2.resize(inside, (across, down), interpolation=cv2.INTER_AREA) == 255
    spread = np.einsum("ijk,ijk->ij", blocks, blocks) / 64 - blocks.mean(2) ** 2
    return np.asarray(whole & (spread >= _ROUGH**2))


def _luma(planes: Pixels) -> Pixels:
    return planes if planes.ndim == 2 else planes[..., 0]


def _quantised(values: Floats, step: int) -> NDArray[np.int64]:
    """Coefficients as places in a histogram with 0 in its middle."""
    centre = _centre(step)
    return np.clip(np.rint(values / step), -centre, centre).astype(np.int64) + centre


def _centre(step: int) -> int:
    return int(np.rint(_REACH / step))


def _fitted(stored: Stored, planes: Pixels) -> Tables:
    """By frequency that shows two savings: the log odds of both against the second alone, for each
    value of a coefficient, by luma and colours (H, W, 3) or luma alone (H, W). Some rows of blocks
    are enough.
    """
    down, across = (side // 8 for side in stored.luma.shape)
    every = max(1, round(down * across / _FITTED))
    chosen = np.arange(0, down, every)[:, None] * 8 + np.arange(8)
    whole = planes[chosen.ravel()]
    blocks = _blocks(_luma(whole))
    rows = blocks[_clear(whole, blocks)]
    # Off the grid by half a block, coefficients are as they were before any saving.
    between = stored.luma[4 : down * 8 - 4, 4:].reshape(down - 1, 8, -1)[::every]
    moved = _blocks(between.reshape(-1, between.shape[-1]))
    found: Tables = {}
    for i, (u, v) in enumerate(_LOWEST):
        if len(found) + len(_LOWEST) - i < _FEW:
            break  # too few are left
        step = int(stored.table[u, v])
        bins = 2 * _centre(step) + 1
        known = np.bincount(_quantised(rows @ _basis(u, v), step), minlength=bins)
        table = _odds(known.astype(np.float64), _density(moved @ _basis(u, v)), step)
        if table is not None:
            found[u, v] = table
    return found


def _density(values: Floats) -> Values:
    """How often coefficients are how large, in parts of one, smoothed over one on either side."""
    places = np.clip(np.rint(values * _FINE), -_REACH * _FINE, _REACH * _FINE).astype(np.int64)
    counts = np.bincount(places.ravel() + _REACH * _FINE, minlength=2 * _REACH * _FINE + 1)
    return np.convolve(counts, np.full(2 * _FINE + 1, 1 / (2 * _FINE + 1)), "same") + 1e-9


def _odds(known: Values, density: Values, step: int) -> Floats | None:
    """The log odds (values,) of a first saving by the step that explains the known counts best;
    None where none explains them clearly better than the second saving alone. What is 0 after it
    tells nothing.
    """
    centre = len(known) // 2
    known[centre] = 0
    if known.sum() < _KNOWN:
        return None
    once = _saved(density, step)
    alone = _shares(once)
    least = float(known @ np.log(alone))
    best, twice = -np.inf, alone
    for first in _STEPS:
        if step % first == 0:
            continue
        both = _shares(_saved(_saved_first(density, first), step) + 0.02 * once)
        for share in _SHARES:
            likely = float(known @ np.log(share * both + (1 - share) * alone))
            if likely > best:
                best, twice = likely, both
    if best - least <= max(_GAIN, _MEAN_GAIN * known.sum()):
        return None
    odds = np.clip(np.log(twice / alone), -_SURE, _SURE)
    odds[centre] = 0
    return odds.astype(np.float32)


def _shares(counts: Values) -> Values:
    """Counts as shares of all but the zeros."""
    counts = counts + 0.5
    counts[len(counts) // 2] = 0
    return np.asarray(np.maximum(counts / counts.sum(), 1e-9))


@cache
def _places(step: int) -> NDArray[np.int64]:
    """To which multiple of a step each place of a density is rounded, the least being 0."""
    values = np.arange(-_REACH * _FINE, _REACH * _FINE + 1) / _FINE
    return np.rint(values / step).astype(np.int64) + _centre(step)


def _saved(density: Values, step: int) -> Values:
    """What a density becomes when it is quantised."""
    return np.asarray(np.bincount(_places(step), density), np.float64)


def _saved_first(density: Values, step: int) -> Values:
    """The density of what was quantised, opened as pixels, and is not yet quantised again."""
    opened = np.zeros(len(density))
    counts = _saved(density, step)
    values = (np.arange(len(counts)) - _centre(step)) * step
    inside = np.abs(values) <= _REACH
    opened[(values[inside] + _REACH) * _FINE] = counts[inside]
    blurred = cv2.filter2D(opened[None], -1, _rounding(), borderType=cv2.BORDER_CONSTANT)
    return np.asarray(blurred[0], np.float64)


@cache
def _rounding() -> Values:
    """How coefficients scatter (1, values) by the rounding of pixels."""
    reach = np.arange(-4 * _FINE, 4 * _FINE + 1) / _FINE
    spread = np.exp(-0.5 * (reach / _ROUNDED) ** 2)
    return np.asarray(spread / spread.sum())[None]
