"""The restoration on photos of any size and depth, tile by tile, each pass with no more around its
tiles than it looks at itself.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.engine import Engine
from ml.errors import ImageError
from ml.restoration import deconvolution, kernels
from ml.restoration.kernels import Kernel, Way

Values = NDArray[Any]
"""(H, W) or (H, W, C), uint8, uint16 or float32 of 0..1."""
Floats = NDArray[np.float32]
Progress = Callable[[float], None]
"""Called after every tile with the share that is done; what it raises stops the work."""

VERSION = "tiles@2"  # changes with what tiles make of a photo
STEPS = 5  # numbers that steer: noise, blur, compression, and motion along and across a diagonal
STRIDE = 2
TILE, KERNEL_TILE = 768, 1024  # pixels of a network's tiles, and of those where a kernel is undone
REACH = 28  # pixels beyond which a network sees less than a fiftieth of a grey level; as above
_MOST = (75.0, 4.0, 100.0, 25.0, 25.0)
_PEAKS = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}


@dataclass(frozen=True)
class Steering:
    """How strong each damage is: noise as a deviation in grey levels of 255, blur as one in pixels,
    of which `disc` is flat (0 to 1), quality as JPEG's, 100 where nothing was compressed, motion by
    its way: length in pixels, angle in degrees clockwise, and how uneven it was (kernels.Way).
    `left` is the noise that is there when blur is undone.
    """

    noise: float = 0.0
    blur: float = 0.0
    quality: float = 100.0
    length: float = 0.0
    angle: float = 0.0
    disc: float = 0.0
    bend: float = 0.0
    middle: float = 0.0
    end: float = 0.0
    left: float = 0.0

    def kernel(self) -> Kernel | None:
        """What one point of light became; None where nothing was blurred."""
        moved = Way(self.length, self.angle, self.bend, self.middle, self.end)
        return kernels.joined(self.blur, self.disc, moved)

    def doubt(self) -> float:
        """How little the kernel is known, as deconvolution.undone has it."""
        way, soft = self.length > 1, "disc" if self.disc else "bell"
        return deconvolution.DOUBT["way" if way else soft]

    def planes(self) -> Floats:
        """What a network is told, (STEPS,), 0 for nothing; -1 to 1."""
        double = math.radians(2 * self.angle)
        way = (self.length * math.cos(double), self.length * math.sin(double))
        told = np.array([self.noise, self.blur, 100 - self.quality, *way], np.float32)
        return np.asarray(np.clip(told / np.array(_MOST, np.float32), -1, 1), np.float32)


Pass = tuple[Engine | None, Steering]
"""A network, or None to undo a kernel, and what it is told."""


def restore(
    image: Values,
    passes: Sequence[Pass],
    *,
    mode: str = "RGB",
    progress: Progress | None = None,
) -> Values:
    """Restore pixels by one pass after the other; size, depth and channels stay, alpha is as it
    was, and nothing is rounded between two of them.

    `mode` names the channels as Pillow does (L, LA, RGB, RGBA). Floats come back clipped to 0..1.
    Raises ImageError for other channels.
    """
    colours = mode.removesuffix("A")
    if colours not in ("L", "RGB"):
        raise ImageError(f"{mode} pictures are not restored; save it as RGB")
    result = image.copy().reshape(*image.shape[:2], -1)
    wide = image.shape[1] > image.shape[0]  # bands go along the shorter side: memory
    pixels, turned = (
        each.swapaxes(0, 1) if wide else each
        for each in (image.reshape(result.shape)[..., : len(colours)], result)
    )
    runs = [_Run(network, steering, wide) for network, steering in passes]
    height, breadth = pixels.shape[:2]
    tiles = (len(_parts(height, run.tile)) * len(_parts(breadth, run.tile)) for run in runs)
    tell = _counted(progress, sum(tiles))
    layer: _Source | _Layer = _Source(pixels)
    for run in runs:
        layer = _Layer(layer, run, pixels.shape, tell)
    # The last one's own bands: no more than one of them is kept.
    for band in _parts(height, runs[-1].tile if runs else TILE):
        turned[band, :, : len(colours)] = _stored(layer.rows(band), pixels)
    return result.reshape(image.shape)


def _counted(progress: Progress | None, count: int) -> Callable[[], None]:
    """What is called after every tile."""
    done = iter(range(1, count + 1))

    def tell() -> None:
        if progress:
            progress(next(done) / count)

    return tell


def _stored(values: Floats, like: Values) -> Values:
    """Values (h, w, 3) with the depth and the channels of others."""
    if like.shape[2] == 1:
        values = values.mean(2, keepdims=True)
    clipped = np.clip(values, 0, 1) * np.float32(_PEAKS.get(like.dtype, 1.0))
    return np.asarray(np.rint(clipped) if like.dtype != np.float32 else clipped, like.dtype)


class _Source:
    """Rows of pixels (H, W, 1 or 3), as they are."""

    def __init__(self, pixels: Values) -> None:
        self._pixels = pixels

    def rows(self, wanted: slice) -> Floats:
        """Floats (rows, W, 3) of 0..1."""
        part = self._pixels[wanted]
        peak = np.float32(_PEAKS.get(part.dtype, 1.0))
        values = np.divide(part, peak, dtype=np.float32)
        return np.broadcast_to(values, (*part.shape[:2], 3))


class _Layer:
    """Rows as a pass leaves them, made in bands of tiles when they are asked for, from above to
    below; what lies above the last that were asked for is forgotten.
    """

    def __init__(
        self,
        below: "_Source | _Layer",
        run: "_Run",
        shape: tuple[int, ...],
        tell: Callable[[], None],
    ) -> None:
        self._below, self._run, self._tell = below, run, tell
        self._height, self._width = shape[:2]
        self._made: dict[int, Floats] = {}

    def rows(self, wanted: slice) -> Floats:
        """Floats (rows, W, 3)."""
        parts = []
        for band in _parts(self._height, self._run.tile):
            if band.stop <= wanted.start:
                self._made.pop(band.start, None)
            elif band.start < wanted.stop:
                if band.start not in self._made:
                    self._made[band.start] = self._make(band)
                parts.append(self._made[band.start][_inside(_common(wanted, band), band)])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _make(self, band: slice) -> Floats:
        outer = _around(band, self._run.reach, self._height)
        below = self._below.rows(outer)
        made = np.empty((band.stop - band.start, self._width, 3), np.float32)
        for columns in _parts(self._width, self._run.tile):
            wide = _around(columns, self._run.reach, self._width)
            made[:, columns] = self._run(below[:, wide])[
                _inside(band, outer), _inside(columns, wide)
            ]
            self._tell()
        return made


class _Run:
    """A pass over one tile (h, w, 3) with what surrounds it, its sides swapped where `turned`."""

    def __init__(self, network: Engine | None, told: Steering, turned: bool) -> None:
        self._network, self._told, self._turned = network, told, turned
        self._kernel = None if network else told.kernel()
        self.reach, self.tile = REACH, TILE
        if self._kernel is not None:
            self.reach, self.tile = deconvolution.reach(self._kernel), KERNEL_TILE

    def __call__(self, values: Floats) -> Floats:
        if self._turned:
            return self._done(values.swapaxes(0, 1)).swapaxes(0, 1)
        return self._done(values)

    def _done(self, values: Floats) -> Floats:
        if self._network is None:
            if self._kernel is None:
                return values
            return deconvolution.undone(values, self._kernel, self._told.noise, self._told.doubt())
        height, width = values.shape[:2]
        rim = ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0))
        values = np.pad(values, rim, "symmetric" if min(height, width) >= STRIDE else "edge")
        batch = np.empty((1, 3 + STEPS, *values.shape[:2]), np.float32)
        batch[0, :3] = values.transpose(2, 0, 1)
        batch[0, 3:] = self._told.planes()[:, None, None]
        done = self._network.run(batch)["restored"][0].transpose(1, 2, 0)
        return np.asarray(done[:height, :width], np.float32)


def _around(part: slice, reach: int, length: int) -> slice:
    return slice(max(0, part.start - reach), min(length, part.stop + reach))


def _common(one: slice, other: slice) -> slice:
    return slice(max(one.start, other.start), min(one.stop, other.stop))


def _inside(part: slice, whole: slice) -> slice:
    """A part as it lies within another."""
    return slice(part.start - whole.start, part.stop - whole.start)


def _parts(length: int, most: int) -> list[slice]:
    """Parts of about one length that begin at multiples of STRIDE, as the network's grid does."""
    number = -(-length // most)
    edges = [round(length * i / number / STRIDE) * STRIDE for i in range(number)] + [length]
    return [slice(start, stop) for start, stop in pairwise(edges)]
