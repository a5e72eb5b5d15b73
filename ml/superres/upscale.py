"""Enlarging pixels by a network, tile by tile: memory beside the picture itself does not grow."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.engine import Engine
from ml.errors import ImageError
from ml.superres import bicubic

Values = NDArray[Any]
"""(H, W) or (H, W, C), uint8 or uint16."""
Floats = NDArray[np.float32]
Place = tuple[slice, slice]
"""Rows and columns."""
Progress = Callable[[float], None]
"""Called after every tile with the share that is done; what it raises stops the work."""

METHODS = ("fast", "quality", "perceptual")
INVENTED = "perceptual"  # whose detail looks likely and is made up: never taken unasked
FACTORS = (2, 3, 4)
TILE = 512  # pixels of a side before enlarging
OVERLAP = 16  # pixels that a tile sees of its neighbours; the deepest network looks 15 far
_NETWORK_FACTOR = 4
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
_DEPTHS = {np.dtype(np.uint8): (255.0, cv2.CV_8U), np.dtype(np.uint16): (65535.0, cv2.CV_16U)}
_PLANES = {"L": 1, "RGB": 3, "CMYK": 4}


def network(method: str) -> Engine:
    """The network of a method; raises WeightsError where its weights are missing."""
    return engine.load(f"superres_{method}")


def upscale(
    image: Values,
    factor: int,
    network: Engine,
    *,
    mode: str = "RGB",
    progress: Progress | None = None,
) -> Values:
    """Enlarge pixels 2, 3 or 4 times; depth and channels stay.

    `mode` names the channels as Pillow does (L, LA, RGB, RGBA, CMYK; alpha last). Luma comes from
    the network, colour and alpha are bicubic; CMYK's four are enlarged one by one. Raises
    ImageError for other channels.
    """
    alpha = mode.endswith("A")
    colours = mode.removesuffix("A")
    if colours not in _PLANES:
        raise ImageError(f"{mode} pictures are not enlarged; save it as RGB")
    pixels = image.reshape(*image.shape[:2], -1)
    height, width, channels = pixels.shape
    large = np.empty((height * factor, width * factor, channels), image.dtype)
    tiles = list(_tiles(height, width))
    for number, (inner, outer) in enumerate(tiles, 1):
        part = np.ascontiguousarray(pixels[outer])
        done = _enlarged(part, factor, network, alpha=alpha, apart=colours == "CMYK")
        place = tuple(slice(i.start * factor, i.stop * factor) for i in inner)
        large[place] = done[_inside(inner, outer, factor)]
        if progress:
            progress(number / len(tiles))
    return large.reshape(height * factor, width * factor, *image.shape[2:])


def pieces(
    image: Values, factor: int, network: Engine, mode: str, progress: Progress | None = None
) -> Iterator[Values]:
    """The same as `upscale` makes, in pieces of TILE pixels before enlarging, row by row; those at
    the right and lower edges are smaller.
    """
    pixels = image.reshape(*image.shape[:2], -1)
    grid = [[slice(i, min(i + TILE, n)) for i in range(0, n, TILE)] for n in pixels.shape[:2]]
    places = [(rows, columns) for rows in grid[0] for columns in grid[1]]
    alpha, apart = mode.endswith("A"), mode == "CMYK"
    for number, inner in enumerate(places, 1):
        outer = _seen(inner, pixels.shape)
        done = _enlarged(
            np.ascontiguousarray(pixels[outer]), factor, network, alpha=alpha, apart=apart
        )
        part = done[_inside(inner, outer, factor)]
        yield part.reshape(*part.shape[:2], *image.shape[2:])
        if progress:
            progress(number / len(places))


def bicubic_only(image: Values, factor: int, *, mode: str = "RGB") -> Values:
    """The same pixels enlarged without a network: what `upscale` adds its detail to."""
    pixels = image.reshape(*image.shape[:2], -1)
    large = _enlarged(pixels, factor, None, alpha=mode.endswith("A"), apart=False)
    return large.reshape(*large.shape[:2], *image.shape[2:])


def quadrupled(values: Floats, network: Engine, peak: float, *, apart: bool) -> Floats:
    """Colours (h, w, C) of 0..peak four times as large and not yet rounded: luma by the network, or
    each channel by itself (`apart`), colour bicubic.
    """
    size = (values.shape[1] * _NETWORK_FACTOR, values.shape[0] * _NETWORK_FACTOR)
    return _cubic(values, size) + _details(values, size, network, peak, apart=apart)


def _tiles(height: int, width: int) -> Iterator[tuple[Place, Place]]:
    """Rows and columns of each tile, and of what is looked at for it; tiles of about one size."""
    for rows in _parts(height):
        for columns in _parts(width):
            yield (rows, columns), _seen((rows, columns), (height, width))


def _seen(inner: Place, size: tuple[int, ...]) -> Place:
    """A tile with what it sees of its neighbours."""
    outer = [
        slice(max(0, part.start - OVERLAP), min(length, part.stop + OVERLAP))
        for part, length in zip(inner, size, strict=False)
    ]
    return outer[0], outer[1]


def _inside(inner: Place, outer: Place, factor: int) -> tuple[slice, ...]:
    """Where a tile lies in what was enlarged for it."""
    return tuple(
        slice((i.start - o.start) * factor, (i.stop - o.start) * factor)
        for i, o in zip(inner, outer, strict=True)
    )


def _parts(length: int) -> Iterator[slice]:
    number = -(-length // TILE)
    edges = [length * i // number for i in range(number + 1)]
    for start, stop in pairwise(edges):
        yield slice(start, stop)


def _enlarged(
    part: Values, factor: int, network: Engine | None, *, alpha: bool, apart: bool
) -> Values:
    """One tile (h, w, C) with what surrounds it, enlarged; without a network: bicubic."""
    peak, depth = _DEPTHS[part.dtype]
    size = (part.shape[1] * factor, part.shape[0] * factor)
    values = part.astype(np.float32)
    colours = values[..., :-1] if alpha else values
    base = _base(colours, values[..., -1] if alpha else None, size)
    detail = _details(colours, size, network, peak, apart=apart) if network else np.zeros_like(base)
    done = _saturated(base, detail, depth)
    if not alpha:
        return done
    opacity = _cubic(values[..., -1], size)
    kept = _saturated(opacity, np.zeros_like(opacity), depth)
    return np.concatenate([done, kept], 2)


def _details(
    colours: Floats, size: tuple[int, int], network: Engine, peak: float, *, apart: bool
) -> Floats:
    """What is to be added to bicubic colours (H, W, C): of each channel, or of luma for all."""
    if apart:
        planes = np.moveaxis(colours, 2, 0)
        return np.stack([_detail(plane, size, network, peak) for plane in planes], 2)
    detail = _detail(_luma(colours), size, network, peak)
    return np.repeat(detail[..., None], colours.shape[2], 2)


def _base(colours: Floats, opacity: Floats | None, size: tuple[int, int]) -> Floats:
    """Bicubic colours (H, W, C); what lies under transparent pixels does not bleed into others."""
    if opacity is None or opacity.min() == opacity.max():
        return _cubic(colours, size)
    weight = opacity[..., None] + np.float32(1e-3)
    whole = np.maximum(_cubic(weight, size), np.float32(1e-3))
    return np.asarray(_cubic(colours * weight, size) / whole, np.float32)


def _cubic(values: Floats, size: tuple[int, int]) -> Floats:
    large = cv2.resize(values, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(large, np.float32).reshape(size[1], size[0], -1)


def _luma(colours: Floats) -> Floats:
    return np.asarray(colours @ _LUMA if colours.shape[2] == 3 else colours[..., 0])


def _detail(luma: Floats, size: tuple[int, int], network: Engine, peak: float) -> Floats:
    """What is to be added to bicubic luma (h, w) of 0..peak, as large as `size`.

    The networks enlarge four times; for less, what they make is resampled down again.
    """
    batch = np.ascontiguousarray(luma[None, None] / np.float32(peak))
    detail = network.run(batch)["detail"][0, 0]
    if size[0] != luma.shape[1] * _NETWORK_FACTOR:
        large = (luma.shape[1] * _NETWORK_FACTOR, luma.shape[0] * _NETWORK_FACTOR)
        whole = _cubic(batch[0, 0], large)[..., 0] + detail
        detail = bicubic.resize(whole, size) - _cubic(batch[0, 0], size)[..., 0]
    return np.asarray(detail * np.float32(peak))


def _saturated(base: Floats, detail: Floats, depth: int) -> Values:
    """Their sum, rounded and clipped to a depth, (H, W, C)."""
    total = cv2.add(base, detail, dtype=depth)
    return np.asarray(total).reshape(*base.shape[:2], -1)
