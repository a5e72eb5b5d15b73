"""A mosaic made a picture again: each block one pixel, that picture enlarged, its blocks kept true.

What a block held is lost; what comes in its place is likely, never known.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.engine import Engine
from ml.pixelation.collapse import Floats, Line, collapse, means
from ml.pixelation.covered import Covered, Mask
from ml.superres import bicubic
from ml.superres.upscale import quadrupled

Values = NDArray[Any]
"""(H, W) or (H, W, C), uint8 or uint16."""

_AROUND, _BESIDE = (
    16,
    3,
)  # blocks about a tile that the network sees, and that are set right with it
_LOOKED = 128  # blocks to either side of the middle
_OPPOSED = (-0.22, -0.10)  # correlation of steps: of point samples about, and of block means
_FACTOR = 4  # of the network
_LUMINOUS = 3  # channels whose luma the network enlarges; of CMYK or Lab each by itself


def restore(values: Values, covered: Covered, network: Engine, strength: float = 1.0) -> Values:
    """Undo a mosaic in the colours (H, W) or (H, W, C), without alpha, of a photo.

    `network` enlarges four times. What lies outside stays as it is, bit by bit; of what lies
    inside, `strength` from 0 to 1 is undone.
    """
    height, width = values.shape[:2]
    pixels = values.reshape(height, width, -1)
    mask = covered.mask((width, height))
    left, top, across, down = cv2.boundingRect(mask.astype(np.uint8))
    rows, columns = Line.of(covered.grid, height, 1), Line.of(covered.grid, width, 0)
    done = pixels.copy()
    share = _averaged(pixels, mask, (rows, columns), (top + down // 2, left + across // 2))
    for y in rows.tiles(slice(top, top + down), covered.block):
        for x in columns.tiles(slice(left, left + across), covered.block):
            here = (rows.pixels(y), columns.pixels(x))
            inside = mask[here]
            if inside.any():
                found = _tile(pixels, mask, (rows, columns), (y, x), network, share=share)
                old = pixels[here]
                new = old + np.float32(strength) * (found - old)
                done[here] = np.where(inside[..., None], np.rint(new).astype(values.dtype), old)
    return done.reshape(values.shape)


def _tile(
    pixels: Values,
    mask: Mask,
    lines: tuple[Line, Line],
    tile: tuple[slice, slice],
    network: Engine,
    *,
    share: float,
) -> Floats:
    """Some blocks as they may have been, (h, w, C), with what lies about them in view."""
    outer = [line.around(blocks, _AROUND) for line, blocks in zip(lines, tile, strict=True)]
    rows, columns = (line.part(blocks) for line, blocks in zip(lines, outer, strict=True))
    seen = tuple(line.pixels(blocks) for line, blocks in zip(lines, outer, strict=True))
    small = collapse(pixels[seen], mask[seen], rows, columns)
    peak = float(np.iinfo(pixels.dtype).max)
    large = quadrupled(small, network, peak, apart=pixels.shape[2] > _LUMINOUS, share=share)
    inner = [
        slice(blocks.start - around.start, blocks.stop - around.start)
        for blocks, around in zip(tile, outer, strict=True)
    ]
    # What is set right at the tile's edge knows what lies a little beyond.
    y, x = (line.around(each, _BESIDE) for line, each in zip((rows, columns), inner, strict=True))
    found = _sampled(large, small, (rows, columns), (y, x), share=share)
    down, across = (line.pixels(each) for line, each in zip((rows, columns), inner, strict=True))
    top, left = rows.start[y.start], columns.start[x.start]
    cut = found[down.start - top : down.stop - top, across.start - left : across.stop - left]
    return np.clip(cut, 0, peak)


def _averaged(
    pixels: Values, mask: Mask, lines: tuple[Line, Line], middle: tuple[int, int]
) -> float:
    """How far blocks are means of what they cover, from 0 to 1: where each has the colour of one of
    its pixels, steps between neighbours oppose one another, which the network would sharpen.
    """
    rows, columns = lines
    at = [int(np.searchsorted(line.stop, px)) for line, px in zip(lines, middle, strict=True)]
    y, x = (line.around(slice(each, each), _LOOKED) for line, each in zip(lines, at, strict=True))
    here = (rows.pixels(y), columns.pixels(x))
    small = collapse(pixels[here], mask[here], rows.part(y), columns.part(x)).mean(2)
    found = []
    for step in (np.diff(small, axis=1), np.diff(small.T, axis=1)):
        power = float((step**2).mean()) if step.size else 0.0
        if step.shape[1] > 1 and power > 0:
            found.append(float((step[:, 1:] * step[:, :-1]).mean()) / power)
    low, high = _OPPOSED
    return float(np.clip((np.mean(found) - low) / (high - low), 0, 1)) if found else 1.0


def _sampled(
    large: Floats,
    small: Floats,
    lines: tuple[Line, Line],
    blocks: tuple[slice, slice],
    *,
    share: float,
) -> Floats:
    """The pixels of some blocks out of the enlarged picture, with the means that `small` says as
    far (`share`) as it holds means: else a block's colour is that of its first pixel, as OpenCV and
    torch sample.
    """
    (rows, columns), (y, x) = lines, blocks
    down, across = rows.places()[rows.pixels(y)], columns.places()[columns.pixels(x)]
    side = len(down) / (y.stop - y.start)
    ahead = (1 - share) * (1 - 1 / side) / 2
    down, across, scale = down + ahead, across + ahead, side / _FACTOR
    found = bicubic.sample(large, _finer(down), _finer(across), scale)
    wrong = small[blocks] - means(found, rows.part(y), columns.part(x))
    return found + share * bicubic.sample(wrong, down - y.start, across - x.start, 1.0)


def _finer(places: bicubic.Places) -> bicubic.Places:
    """Places among pixels, in the picture _FACTOR times as large."""
    return np.asarray((places + 0.5) * _FACTOR - 0.5, np.float64)
