"""The restoration on photos of any size and depth, tile by tile."""

import math
from collections.abc import Callable, Iterator, Sequence
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

STEPS = 5  # numbers that steer: noise, blur, compression, and motion along and across a diagonal
STRIDE = 2
TILE = 768  # pixels, a multiple of STRIDE
REACH = 40  # pixels that one network sees to every side, a multiple of STRIDE
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
    pixels = image.reshape(*image.shape[:2], -1)
    result = pixels.copy()
    channels = slice(0, len(colours))
    height, width = pixels.shape[:2]
    tiles = list(_tiles(height, width, _reach(passes)))
    for number, (inner, outer) in enumerate(tiles, 1):
        done = _restored(pixels[outer][..., channels], passes)
        inside = tuple(
            slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True)
        )
        result[inner][..., channels] = done[inside]
        if progress:
            progress(number / len(tiles))
    return result.reshape(image.shape)


def _reach(passes: Sequence[Pass]) -> int:
    """Pixels around a tile that tell on it."""
    kernels_ = (steering.kernel() if network is None else None for network, steering in passes)
    reaches = (REACH if kernel is None else deconvolution.reach(kernel) for kernel in kernels_)
    return sum(reaches)


def _restored(part: Values, passes: Sequence[Pass]) -> Values:
    """One tile (h, w, 1 or 3) with what surrounds it."""
    peak = np.float32(_PEAKS.get(part.dtype, 1.0))
    height, width, channels = part.shape
    values = np.broadcast_to(part.astype(np.float32) / peak, (height, width, 3))
    rim = ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0))
    values = np.pad(values, rim, "symmetric" if min(height, width) >= STRIDE else "edge")
    for network, steering in passes:
        values = _passed(values, network, steering)
    done = values[:height, :width]
    if channels == 1:
        done = done.mean(2, keepdims=True)
    clipped = np.clip(done, 0, 1) * peak
    whole = part.dtype != np.float32
    return np.asarray(np.rint(clipped) if whole else clipped, part.dtype)


def _passed(values: Floats, network: Engine | None, told: Steering) -> Floats:
    """What one pass makes of values (h, w, 3)."""
    kernel = told.kernel()
    if network is None:
        if kernel is None:
            return values
        return deconvolution.undone(values, kernel, told.noise, told.doubt())
    batch = np.empty((1, 3 + STEPS, *values.shape[:2]), np.float32)
    batch[0, :3] = values.transpose(2, 0, 1)
    batch[0, 3:] = told.planes()[:, None, None]
    return np.asarray(network.run(batch)["restored"][0].transpose(1, 2, 0), np.float32)


def _tiles(
    height: int, width: int, reach: int
) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Rows and columns of each tile, and of what is looked at for it."""
    for rows in _parts(height):
        for columns in _parts(width):
            outer = tuple(
                slice(max(0, part.start - reach), min(length, part.stop + reach))
                for part, length in zip((rows, columns), (height, width), strict=True)
            )
            yield (rows, columns), (outer[0], outer[1])


def _parts(length: int) -> Iterator[slice]:
    """Parts of about one length that begin at multiples of STRIDE, as the network's grid does."""
    number = -(-length // TILE)
    edges = [round(length * i / number / STRIDE) * STRIDE for i in range(number)] + [length]
    for start, stop in pairwise(edges):
        yield slice(start, stop)
