"""A mosaic made a picture again: each block one pixel, that picture enlarged, its blocks kept true.

What a block held is lost; what comes in its place is likely, never known.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.engine import Engine
from ml.pixelation import sampling
from ml.pixelation.collapse import Floats, Line, collapse, means
from ml.pixelation.covered import Covered, Mask
from ml.superres import bicubic
from ml.superres.upscale import quadrupled

Values = NDArray[Any]
"""(H, W) or (H, W, C), uint8 or uint16."""

_AROUND = 16  # blocks about a tile that the network sees
_BESIDE = 3  # and that are set right with it
_ROUNDS = 2  # in which means are set right
_FACTOR = 4  # of the network
_LUMINOUS = 3  # channels whose luma the network enlarges; of CMYK or Lab each by itself


def restore(
    values: Values,
    covered: Covered,
    network: Engine,
    strength: float = 1.0,
    tell: Callable[[float], None] | None = None,
) -> Values:
    """Undo a mosaic in the colours (H, W) or (H, W, C), without alpha, of a photo.

    `network` enlarges four times. What lies outside stays as it is, bit by bit; of what lies
    inside, `strength` from 0 to 1 is undone. `tell` is called now and then with the share that is
    done, and stops the work by raising.
    """
    height, width = values.shape[:2]
    pixels = values.reshape(height, width, -1)
    mask = covered.mask((width, height))
    left, top, across, down = cv2.boundingRect(mask.astype(np.uint8))
    rows, columns = sampling.lines(pixels, covered)
    done = pixels.copy()
    middle = (top + down // 2, left + across // 2)
    averaged = sampling.averaged(pixels, mask, (rows, columns), middle)
    for y in rows.tiles(slice(top, top + down), covered.block):
        if tell:
            tell((rows.pixels(y).start - top) / down)
        for x in columns.tiles(slice(left, left + across), covered.block):
            here = (rows.pixels(y), columns.pixels(x))
            inside = mask[here]
            if inside.any():
                found = _tile(pixels, mask, (rows, columns), (y, x), network, averaged=averaged)
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
    averaged: bool,
) -> Floats:
    """Some blocks as they may have been, (h, w, C), with what lies about them in view."""
    outer = [line.around(blocks, _AROUND) for line, blocks in zip(lines, tile, strict=True)]
    rows, columns = (line.part(blocks) for line, blocks in zip(lines, outer, strict=True))
    seen = tuple(line.pixels(blocks) for line, blocks in zip(lines, outer, strict=True))
    small = collapse(pixels[seen], mask[seen], rows, columns)
    peak = float(np.iinfo(pixels.dtype).max)
    apart = pixels.shape[2] > _LUMINOUS
    large = quadrupled(small, network, peak, apart=apart) if averaged else None
    inner = [
        slice(blocks.start - around.start, blocks.stop - around.start)
        for blocks, around in zip(tile, outer, strict=True)
    ]
    # What is set right at the tile's edge knows what lies a little beyond.
    y, x = (line.around(each, _BESIDE) for line, each in zip((rows, columns), inner, strict=True))
    found = _sampled(large, small, (rows, columns), (y, x))
    down, across = (line.pixels(each) for line, each in zip((rows, columns), inner, strict=True))
    top, left = rows.start[y.start], columns.start[x.start]
    cut = found[down.start - top : down.stop - top, across.start - left : across.stop - left]
    return np.clip(cut, 0, peak)


def _sampled(
    large: Floats | None,
    small: Floats,
    lines: tuple[Line, Line],
    blocks: tuple[slice, slice],
) -> Floats:
    """The pixels of some blocks: out of the enlarged picture, with the means that `small` says;
    without one, `small` holds single pixels: those and what lies between them.
    """
    (rows, columns), (y, x) = lines, blocks
    averaged = large is not None
    down = rows.places(averaged=averaged)[rows.pixels(y)]
    across = columns.places(averaged=averaged)[columns.pixels(x)]
    if large is None:
        return bicubic.sample(small, down, across, 1.0)
    scale = len(down) / (y.stop - y.start) / _FACTOR
    found = bicubic.sample(large, _finer(down), _finer(across), scale)
    for _ in range(_ROUNDS):
        wrong = small[blocks] - means(found, rows.part(y), columns.part(x))
        found += bicubic.sample(wrong, down - y.start, across - x.start, 1.0)
    return found


def _finer(places: bicubic.Places) -> bicubic.Places:
    """Places among pixels, in the picture _FACTOR times as large."""
    return np.asarray((places + 0.5) * _FACTOR - 0.5, np.float64)
