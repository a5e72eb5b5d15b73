"""Where the blocks of a mosaic lie to the pixel, and what each took its colour from: the mean of
its pixels, as editors do, or one of them, as resizing by nearest neighbour does.
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.pixelation.collapse import Floats, Line, Pixels, collapse
from ml.pixelation.covered import Covered

_SEEN = 128  # rows or columns whose steps are looked at
_LOOKED = 128  # blocks to either side of the middle
_LEAST = 1e-3  # of a grey level, squared
_FEWEST = 8  # blocks, below which nothing is told of them
_PLAIN = -1.0  # log odds that a part holds means, from which down it does not
FITTED = Path(__file__).parents[1] / "data" / "mosaic_sampling.json"


def lines(pixels: Pixels, covered: Covered) -> tuple[Line, Line]:
    """The blocks down and across a picture (H, W, C).

    A whole picture made small and large again by a program has as many as fit, which is not quite
    the same size in both directions: that is believed where the picture's own steps say so.
    """
    height, width = pixels.shape[:2]
    plain = Line.of(covered.grid, height, 1), Line.of(covered.grid, width, 0)
    if covered.outline:
        return plain
    down, across = (
        _resized(one, steps, covered.block)
        for one, steps in zip(plain, (_steps(pixels.swapaxes(0, 1)), _steps(pixels)), strict=True)
    )
    return down, across


def averaged(
    pixels: Pixels,
    mask: NDArray[np.bool_],
    blocks: tuple[Line, Line],
    middle: tuple[int, int],
) -> bool:
    """Whether blocks are means of what they cover, judged about a pixel (row, column); of a part
    only what is plain says that they are none, since editors take means, and to undo those as
    pixels is worse than to leave them.
    """
    at = [int(np.searchsorted(line.stop, px)) for line, px in zip(blocks, middle, strict=True)]
    near = [line.around(slice(each, each), _LOOKED) for line, each in zip(blocks, at, strict=True)]
    near = [
        _within(each, line, mask, axis)
        for axis, (each, line) in enumerate(zip(near, blocks, strict=True))
    ]
    here = tuple(line.pixels(each) for line, each in zip(blocks, near, strict=True))
    rows, columns = (line.part(each) for line, each in zip(blocks, near, strict=True))
    small = collapse(pixels[here], mask[here], rows, columns).mean(2)
    small *= np.float32(255 / np.iinfo(pixels.dtype).max)
    if min(small.shape) < _FEWEST or np.ptp(small) < 1:
        return True
    fitted = _fitted()
    told = float(looks(small, rows, columns) @ fitted["weights"] + fitted["rest"])
    return told > (0 if mask.all() else _PLAIN)


def _within(blocks: slice, line: Line, mask: NDArray[np.bool_], axis: int) -> slice:
    """Those of some blocks that a mosaic covers: beyond it the photo's own pixels have means."""
    there = np.flatnonzero(mask.any(1 - axis))
    first, last = (int(np.searchsorted(line.stop, px)) for px in (there[0], there[-1]))
    return slice(max(blocks.start, first), min(blocks.stop, last + 1))


@cache
def _fitted() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(FITTED.read_text("utf-8"))
    return told


def looks(small: Floats, rows: Line, columns: Line) -> NDArray[np.float64]:
    """Seven numbers of a collapsed picture (h, w), in grey levels, at least _FEWEST each way.

    Steps between single pixels oppose the next one more, agree less with those beside them, are
    larger, and follow no block's extent; the last says how much farther off neighbours foretell a
    block between middles than between pixels: which is true of the place its colour comes from.
    """
    both = [_along(one, line) for one, line in ((small, columns), (small.T, rows))]
    across, down = np.diff(small, axis=1), np.diff(small, axis=0)
    power = float((across**2).mean() + (down**2).mean()) + 2 * _LEAST
    twice = float((np.diff(across, axis=0) ** 2).mean()) + _LEAST
    return np.append(np.mean(both, 0), math.log(twice / power))


def _along(small: Floats, line: Line) -> list[float]:
    """What steps along rows tell."""
    step = np.diff(small, axis=1).astype(np.float64)
    power = float((step**2).mean()) + _LEAST
    return [
        float((step[:, 1:] * step[:, :-1]).mean()) / power,
        float((step[:, 2:] * step[:, :-2]).mean()) / power,
        float((step[1:] * step[:-1]).mean()) / power,
        math.log(float((step**4).mean()) / power**2 + 1),
        math.log(float(np.abs(step).mean()) + 0.1),
        _foretold(small, line),
    ]


def _foretold(small: Floats, line: Line) -> float:
    off = []
    for places in (line.middles(), line.taken):
        share = (places[1:-1] - places[:-2]) / (places[2:] - places[:-2])
        told = small[:, :-2] * (1 - share) + small[:, 2:] * share
        off.append(float(((small[:, 1:-1] - told) ** 2).mean()) + _LEAST)
    return math.log(off[0] / off[1])


def _steps(pixels: Pixels) -> NDArray[np.float64]:
    """How strong the step before each column is, the first having none."""
    every = max(1, len(pixels) // _SEEN)
    seen = pixels[::every].astype(np.float32)
    return np.append(0.0, np.abs(np.diff(seen, axis=1)).mean((0, 2), dtype=np.float64))


def _resized(plain: Line, steps: NDArray[np.float64], block: float) -> Line:
    """The blocks of a side as a program's resizing has them, if its lines hold more steps."""
    length, most = len(steps), steps.sum()
    found, best = plain, _held(plain, steps) + 0.002 * most
    near = round(length / block)
    for count in range(max(2, near - 2), min(length, near + 2) + 1):
        for line in _by_programs(count, length):
            held = _held(line, steps)
            if held > best or (found is plain and np.array_equal(line.start, plain.start)):
                found, best = line, max(held, best)
    return found


def _held(line: Line, steps: NDArray[np.float64]) -> float:
    return float(steps[line.start].sum())


def _by_programs(count: int, length: int) -> list[Line]:
    """So many blocks as OpenCV and torch make them, from their first pixel or the one before, and
    as Pillow and ImageMagick do, from their middle.
    """
    up, down = 1 / (length / count), 1 / (count / length)  # rounded as OpenCV has it
    at, each = np.arange(length), np.arange(count)
    corner, middle = np.floor(at * up), np.floor((at + 0.5) * count / length)
    first, half = np.floor(each * down), np.floor((each + 0.5) * length / count)
    found = []
    for blocks, taken in ((corner, first), (middle, half)):
        start = np.searchsorted(blocks, each)
        found.append(Line(start, np.append(start[1:], length), taken.astype(np.int64)))
    return found
