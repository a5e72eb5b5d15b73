"""The blind restoration network on photos of any size and depth, tile by tile."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.engine import Engine
from ml.errors import ImageError

Values = NDArray[Any]
"""(H, W) or (H, W, C), uint8, uint16 or float32 of 0..1."""
Floats = NDArray[np.float32]
Progress = Callable[[float], None]
"""Called after every tile with the share that is done; what it raises stops the work."""

STEPS = 3  # numbers that steer: noise, blur, compression
STRIDE = 8
TILE, OVERLAP = 640, 48  # pixels; a tile sees so many of its neighbours, both multiples of STRIDE
_MOST = (75.0, 4.0, 100.0)
_PEAKS = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0}


@dataclass(frozen=True)
class Steering:
    """How strong each damage is: noise as a deviation in grey levels of 255, blur as one in pixels,
    quality as JPEG's, 100 where nothing was compressed.
    """

    noise: float = 0.0
    blur: float = 0.0
    quality: float = 100.0

    def planes(self) -> Floats:
        """What the network is told, (STEPS,), 0 for nothing to 1."""
        told = np.array([self.noise, self.blur, 100 - self.quality], np.float32)
        return np.asarray(np.clip(told / np.array(_MOST, np.float32), 0, 1), np.float32)


def restore(
    image: Values,
    steering: Steering,
    network: Engine,
    *,
    mode: str = "RGB",
    progress: Progress | None = None,
) -> Values:
    """Restore pixels; size, depth and channels stay, alpha is as it was.

    `mode` names the channels as Pillow does (L, LA, RGB, RGBA). Floats come back clipped to 0..1.
    Raises ImageError for other channels.
    """
    colours = mode.removesuffix("A")
    if colours not in ("L", "RGB"):
        raise ImageError(f"{mode} pictures are not restored; save it as RGB")
    pixels = image.reshape(*image.shape[:2], -1)
    result = pixels.copy()
    channels = slice(0, len(colours))
    tiles = list(_tiles(*pixels.shape[:2]))
    for number, (inner, outer) in enumerate(tiles, 1):
        done = _restored(pixels[outer][..., channels], steering, network)
        inside = tuple(
            slice(i.start - o.start, i.stop - o.start) for i, o in zip(inner, outer, strict=True)
        )
        result[inner][..., channels] = done[inside]
        if progress:
            progress(number / len(tiles))
    return result.reshape(image.shape)


def _restored(part: Values, steering: Steering, network: Engine) -> Values:
    """One tile (h, w, 1 or 3) with what surrounds it."""
    peak = np.float32(_PEAKS.get(part.dtype, 1.0))
    height, width, channels = part.shape
    values = np.broadcast_to(part.astype(np.float32) / peak, (height, width, 3))
    rim = ((0, -height % STRIDE), (0, -width % STRIDE), (0, 0))
    values = np.pad(values, rim, "symmetric" if min(height, width) >= STRIDE else "edge")
    told = np.broadcast_to(steering.planes(), (*values.shape[:2], STEPS))
    batch = np.concatenate([values, told], 2).transpose(2, 0, 1)[None]
    done = network.run(np.ascontiguousarray(batch))["restored"][0].transpose(1, 2, 0)
    done = done[:height, :width]
    if channels == 1:
        done = done.mean(2, keepdims=True)
    clipped = np.clip(done, 0, 1) * peak
    whole = part.dtype != np.float32
    return np.asarray(np.rint(clipped) if whole else clipped, part.dtype)


def _tiles(height: int, width: int) -> Iterator[tuple[tuple[slice, slice], tuple[slice, slice]]]:
    """Rows and columns of each tile, and of what is looked at for it."""
    for rows in _parts(height):
        for columns in _parts(width):
            outer = tuple(
                slice(max(0, part.start - OVERLAP), min(length, part.stop + OVERLAP))
                for part, length in zip((rows, columns), (height, width), strict=True)
            )
            yield (rows, columns), (outer[0], outer[1])


def _parts(length: int) -> Iterator[slice]:
    """Parts of about one length that begin at multiples of STRIDE, as the network's grid does."""
    number = -(-length // TILE)
    edges = [round(length * i / number / STRIDE) * STRIDE for i in range(number)] + [length]
    for start, stop in pairwise(edges):
        yield slice(start, stop)
