"""Pictures through warps: every pixel looks up where it comes from."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.warps import compose
from ml.warps.warp import Points, Warp, WarpError

Border = Literal["black", "white", "replicate", "mirror", "wrap"]
Interpolation = Literal["nearest", "linear", "cubic", "lanczos"]
Pixels = TypeVar("Pixels", NDArray[np.uint8], NDArray[np.uint16])
Map = NDArray[np.float32]

BORDERS: dict[Border, int] = {
    "black": cv2.BORDER_CONSTANT,
    "white": cv2.BORDER_CONSTANT,
    "replicate": cv2.BORDER_REPLICATE,
    "mirror": cv2.BORDER_REFLECT,
    "wrap": cv2.BORDER_WRAP,
}
INTERPOLATIONS: dict[Interpolation, int] = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "lanczos": cv2.INTER_LANCZOS4,
}
_TILE = 1 << 18  # points whose place is found at once
_FAR = -1e6  # where a point without a place is looked up: outside of every picture
_LARGEST = 32_000  # pixels a side that OpenCV's remap can address
_SHRUNK = 1.25  # pixels skipped from one to the next above which a picture must be blurred first
_LEVELS = 4
_STEP = 2  # pixels between the places of a smooth map that are computed


def distort(
    image: Pixels,
    warps: Sequence[Warp] | Warp,
    *,
    size: tuple[int, int] | None = None,
    border: Border = "black",
    interpolation: Interpolation = "cubic",
) -> Pixels:
    """Return the picture (H, W, C) as the warps leave it, sampled through their inverse.

    `size` is that of the result, (width, height), its own where left out. Parts that shrink are
    averaged (mip map), except by nearest.
    """
    return _sampled(image, partial(compose.inverse, _several(warps)), size, border, interpolation)


def undo(
    image: Pixels,
    warps: Sequence[Warp] | Warp,
    *,
    size: tuple[int, int] | None = None,
    border: Border = "black",
    interpolation: Interpolation = "cubic",
) -> Pixels:
    """Return the clean picture of a distorted one, sampled through the forward map."""
    return _sampled(image, partial(compose.forward, _several(warps)), size, border, interpolation)


def recovered(
    warps: Sequence[Warp] | Warp, size: tuple[int, int], seen: tuple[int, int] | None = None
) -> NDArray[np.bool_]:
    """Which pixels (H, W) of the clean picture the distorted one, of size `seen`, still shows."""
    width, height = seen or size
    places = lookup(partial(compose.forward, _several(warps)), size)
    return inside(places, width, height)


def covered(
    warps: Sequence[Warp] | Warp, size: tuple[int, int], clean: tuple[int, int] | None = None
) -> NDArray[np.bool_]:
    """Which pixels (H, W) of the distorted picture of `size` show something of the clean one."""
    width, height = clean or size
    places = lookup(partial(compose.inverse, _several(warps)), size)
    return inside(places, width, height)


def lookup(source: Callable[[Points], Points], size: tuple[int, int]) -> Map:
    """Where each pixel of a picture of (width, height) comes from: (H, W, 2) float32, far outside
    where it comes from nowhere.
    """
    width, height = size
    places = np.empty((height, width, 2), np.float32)
    rows = max(1, _TILE // max(width, 1))
    for top in range(0, height, rows):
        y, x = np.mgrid[top : min(top + rows, height), :width].astype(np.float64)
        found = source(np.stack([x.ravel(), y.ravel()], 1)).reshape(*x.shape, 2)
        places[top : top + rows] = np.nan_to_num(found, nan=_FAR, posinf=-_FAR, neginf=_FAR)
    return places


def smooth_lookup(source: Callable[[Points], Points], size: tuple[int, int]) -> Map:
    """The same for maps without seams, four times as quick: every second place is computed, those
    between are interpolated.
    """
    nodes = (size[0] // _STEP + 3, size[1] // _STEP + 3)
    first = (_STEP - 1) / 2 - _STEP  # of the node before the picture
    coarse = lookup(lambda points: source(points * _STEP + first), nodes)
    whole = (nodes[0] * _STEP, nodes[1] * _STEP)
    fine = np.asarray(cv2.resize(coarse, whole, interpolation=cv2.INTER_LINEAR), np.float32)
    return fine[_STEP : _STEP + size[1], _STEP : _STEP + size[0]]


def sample(
    image: Pixels, places: Map, border: Border = "black", interpolation: Interpolation = "cubic"
) -> Pixels:
    """Look the picture up at places (H, W, 2) as `lookup` gives them."""
    if max(image.shape[:2]) > _LARGEST or max(places.shape[:2]) > _LARGEST:
        raise WarpError(f"a picture of more than {_LARGEST} pixels a side cannot be warped")
    if interpolation == "nearest":
        return _remapped(image, places, border, interpolation)
    steps = _steps(places)
    result, level = _remapped(image, places, border, interpolation), 1
    while level < _LEVELS and (shrunk := steps > _SHRUNK * 2 ** (level - 1)).any():
        smaller = _halved(image, level)
        factor = np.array(smaller.shape[1::-1]) / np.array(image.shape[1::-1])
        coarse = _remapped(
            smaller, ((places + 0.5) * factor - 0.5).astype(np.float32), border, interpolation
        )
        share = np.clip(np.log2(np.maximum(steps, 1) / _SHRUNK) - (level - 1), 0, 1)[..., None]
        blended = np.where(shrunk[..., None], result * (1 - share) + coarse * share, result)
        result = np.rint(blended).astype(image.dtype)
        level += 1
    return result


def _sampled(
    image: Pixels,
    source: Callable[[Points], Points],
    size: tuple[int, int] | None,
    border: Border,
    interpolation: Interpolation,
) -> Pixels:
    height, width = image.shape[:2]
    return sample(image, lookup(source, size or (width, height)), border, interpolation)


def _several(warps: Sequence[Warp] | Warp) -> tuple[Warp, ...]:
    return (warps,) if isinstance(warps, Warp) else tuple(warps)


def inside(places: Map, width: int, height: int) -> NDArray[np.bool_]:
    """Which places (H, W, 2) lie in a picture of that size."""
    x, y = places[..., 0], places[..., 1]
    within: NDArray[np.bool_] = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    return within


def _remapped(image: Pixels, places: Map, border: Border, interpolation: Interpolation) -> Pixels:
    white = (np.iinfo(image.dtype).max,) * 4 if border == "white" else (0,) * 4
    done = cv2.remap(
        image,
        # Two maps, one an axis: an empty second one would be read as if it were filled.
        np.ascontiguousarray(places[..., 0]),
        np.ascontiguousarray(places[..., 1]),
        INTERPOLATIONS[interpolation],
        borderMode=BORDERS[border],
        borderValue=white,
    )
    return np.asarray(done, image.dtype).reshape(*places.shape[:2], *image.shape[2:])


def _steps(places: Map) -> NDArray[np.float32]:
    """How many source pixels (H, W) lie between neighbours: the larger of both directions, jumps
    (a seam, a horizon) left out.
    """
    steps = np.zeros(places.shape[:2], np.float32)
    for axis in (0, 1):
        if places.shape[axis] > 1:
            gap = np.linalg.norm(np.diff(places, axis=axis), axis=2)
            gap = np.concatenate([gap, gap[-1:] if axis == 0 else gap[:, -1:]], axis)
            steps = np.maximum(steps, np.where(gap < 2.0**_LEVELS, gap, 0))
    return steps


def _halved(image: Pixels, times: int) -> Pixels:
    height, width = image.shape[:2]
    size = (max(1, width >> times), max(1, height >> times))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), image.dtype)
