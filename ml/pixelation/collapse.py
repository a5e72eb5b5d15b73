"""Putting each block of a mosaic down to one pixel: what is left is ordinary enlargement."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.pixelation.grid import Grid

Pixels = NDArray[Any]
"""(H, W, C), uint8, uint16 or float32."""
Floats = NDArray[np.float32]

_TILE = 1024  # px of a tile's side, about
_MINGLED = 6  # px of a block from which on its edges, which JPEG mixes with others, are left out
_LITTLE = 0.2  # of a block


@dataclass(frozen=True)
class Line:
    """The blocks along a side (axis 0: columns) of a picture: pixels from `start` up to `stop`.

    `taken` is the pixel whose colour each block has, if it has that of one.
    """

    start: NDArray[np.int64]
    stop: NDArray[np.int64]
    taken: NDArray[np.int64]

    @classmethod
    def of(cls, grid: Grid, length: int, axis: int) -> "Line":
        lines = grid.lines(length, axis)
        start = np.append(0, lines)
        return cls(start, np.append(lines, length), start)

    def part(self, blocks: slice) -> "Line":
        """Some blocks, their pixels counted from where the first one begins."""
        begin = self.start[blocks.start]
        return Line(*(each[blocks] - begin for each in (self.start, self.stop, self.taken)))

    def pixels(self, blocks: slice) -> slice:
        """The pixels of some blocks."""
        return slice(int(self.start[blocks.start]), int(self.stop[blocks.stop - 1]))

    def tiles(self, span: slice, block: float) -> Iterator[slice]:
        """Blocks that touch a span of pixels, some at a time."""
        first = int(np.searchsorted(self.stop, span.start, "right"))
        last = int(np.searchsorted(self.start, span.stop, "left"))
        step = max(1, round(_TILE / block))
        for begin in range(first, last, step):
            yield slice(begin, min(last, begin + step))

    def around(self, blocks: slice, more: int) -> slice:
        """The same with some more on both sides, as far as there are."""
        return slice(max(0, blocks.start - more), min(len(self.start), blocks.stop + more))

    def middles(self) -> NDArray[np.float64]:
        """Where each block's middle lies.

        Blocks of 1.5 px have one or two: their true middles are not those of an even grid.
        """
        return np.asarray((self.start + self.stop - 1) / 2, np.float64)

    def places(self, *, averaged: bool = True) -> NDArray[np.float64]:
        """Where among the blocks every pixel lies, 0 being the first: between their middles, or
        between the pixels that are taken.
        """
        at = np.arange(self.stop[-1] - self.start[0], dtype=np.float64)
        known = self.middles() if averaged else self.taken.astype(np.float64)
        step = max(1.0, (known[-1] - known[0]) / max(1, len(known) - 1))
        found = np.interp(at, known, np.arange(len(known)))
        found += np.minimum(0, at - known[0]) / step + np.maximum(0, at - known[-1]) / step
        return np.asarray(found, np.float64)


def collapse(pixels: Pixels, mask: NDArray[np.bool_], rows: Line, columns: Line) -> Floats:
    """One pixel a block, (blocks down, blocks across, C): the mean of what is mosaic in it, of all
    where that is little.
    """
    rows, columns = _trimmed(rows), _trimmed(columns)
    whole = means(pixels, rows, columns)
    if mask.all():
        return whole
    weight = mask[..., None].astype(np.float32)
    share = means(weight, rows, columns)
    part = means(pixels * weight, rows, columns) / np.maximum(share, 1e-3)
    return np.asarray(np.where(share > _LITTLE, part, whole), np.float32)


def _trimmed(line: Line) -> Line:
    size = line.stop - line.start
    margin = np.where(size >= _MINGLED, size // _MINGLED, 0)
    return Line(line.start + margin, line.stop - margin, line.taken)


def means(pixels: Pixels, rows: Line, columns: Line) -> Floats:
    """The mean of every block, (blocks down, blocks across, C)."""
    sums = pixels.astype(np.float32)
    for axis, line in ((0, rows), (1, columns)):
        edges = np.stack([line.start, line.stop], 1).ravel()
        edges = edges[:-1] if edges[-1] == sums.shape[axis] else edges
        sums = np.add.reduceat(sums, edges, axis=axis)
        sums = sums[::2] if axis == 0 else sums[:, ::2]
    count = np.outer(rows.stop - rows.start, columns.stop - columns.start)
    return np.asarray(sums / count[..., None], np.float32)
