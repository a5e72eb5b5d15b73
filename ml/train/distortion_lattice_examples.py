"""Examples of lattices: photos at their own resolution, perhaps warped, saved and resized."""

from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.estimators.encodings import WIDTH, choice_of, encode, kind_of
from ml.estimators.kinds import CHOICES, KINDS
from ml.estimators.lattice.spectra import seen
from ml.estimators.lattice.tiles import grid
from ml.train.distortion_examples import GRID, Example, Level, effect, random_warp
from ml.train.distortion_sources import Sources
from ml.warps import Warp, compose
from ml.warps.sampling import BORDERS, Border, Interpolation, lookup, sample, smooth_lookup

Pixels = NDArray[np.uint8]
Size = tuple[int, int]

LEVEL = Level(grids=0.0, mazes=0.0, clean=0.3, mildest=0.008, strongest=0.11)
MEASURED = Level(grids=0.0, mazes=0.0, clean=0.4, mildest=0.015)
SIDE = 800
_SEAMS = ("polar", "arc", "perspective")
_METHODS: tuple[Interpolation, ...] = ("nearest", "linear", "cubic", "lanczos")
_SHARES = (0.06, 0.37, 0.45, 0.12)
_TRIES = 30


def example(sources: Sources, size: Size, level: Level, rng: np.random.Generator) -> Example:
    """One random example of a picture of (width, height) `size`."""
    image, warp = picture(sources, size, level, rng)
    told = seen(image, grid(size))
    if warp is None:
        empty = np.zeros(WIDTH, np.float32), np.zeros((2 * GRID**2, WIDTH), np.float32)
        return Example(told, 0, -1, *empty, None)
    kind, choice = kind_of(warp, size), choice_of(warp)
    vector = encode(warp, size)
    chosen = CHOICES.index((kind, choice)) if choice else -1
    moved = effect(kind, vector, size, choice)
    return Example(told, KINDS.index(kind), chosen, vector.astype(np.float32), moved, warp)


def picture(
    sources: Sources, size: Size, level: Level, rng: np.random.Generator
) -> tuple[Pixels, Warp | None]:
    """A picture of `size` as a file holds it, and what bent it; None: nothing did."""
    # What is made smaller after it was bent shows the lattice at another pitch.
    after = rng.uniform(0.5, 0.95) if rng.random() < 0.18 else 1.0
    work = (round(size[0] / after), round(size[1] / after))
    clean = rng.random() < level.clean
    margin = round(rng.uniform(0.1, 0.25) * min(work)) if not clean and rng.random() < 0.25 else 0
    canvas = _photo(sources, (work[0] + 2 * margin, work[1] + 2 * margin), rng)
    if clean:
        image, warp = _resampled(canvas, rng), None
    else:
        warp = random_warp(work, level, rng)
        image = _warped(canvas, warp, margin, work, rng)
        warp = compose.scaled((warp,), size[0] / work[0])[0]
    if image.shape[1::-1] != size:
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _saved(image, rng), warp


def _photo(sources: Sources, size: Size, rng: np.random.Generator) -> Pixels:
    """A part of a photo, never enlarged unless none is large enough."""
    for _ in range(_TRIES):
        photo = sources.photo(int(rng.integers(len(sources))))
        if rng.random() < 0.3:
            photo = photo.transpose(1, 0, 2)
        largest = min(photo.shape[1] / size[0], photo.shape[0] / size[1])
        if largest >= 1:
            break
    share = 1.0 if rng.random() < 0.3 else rng.uniform(1, largest) if largest > 1 else largest
    if share > 1 or largest < 1:
        whole = [
            max(n, round(side / share)) for side, n in zip(photo.shape[1::-1], size, strict=True)
        ]
        method = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
        resized = cv2.resize(photo, whole, interpolation=method[rng.integers(4)])
        photo = np.asarray(resized, np.uint8)
    x, y = (rng.integers(0, have - n + 1) for have, n in zip(photo.shape[1::-1], size, strict=True))
    part = photo[y : y + size[1], x : x + size[0]]
    return np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part)


def _warped(
    canvas: Pixels, warp: Warp, margin: int, size: Size, rng: np.random.Generator
) -> Pixels:
    source = partial(compose.inverse, (warp,))
    places = (lookup if warp.kind in _SEAMS else smooth_lookup)(source, size)
    border: Border = list(BORDERS)[rng.integers(len(BORDERS))]
    method = _METHODS[rng.choice(len(_METHODS), p=_SHARES)]
    return sample(canvas, places + np.float32(margin), border, method)


def _resampled(canvas: Pixels, rng: np.random.Generator) -> Pixels:
    """What nobody bent, a third of it zoomed a little: a lattice of one pitch is no warp."""
    if rng.random() > 0.35:
        return canvas
    zoom, shift = rng.uniform(0.9, 1.1), rng.uniform(0, 1, 2)
    y, x = np.mgrid[: canvas.shape[0], : canvas.shape[1]]
    places = np.stack([x * zoom + shift[0], y * zoom + shift[1]], 2).astype(np.float32)
    return sample(canvas, places, "mirror", _METHODS[1 + rng.integers(3)])


def _saved(image: Pixels, rng: np.random.Generator) -> Pixels:
    if rng.random() < 0.06:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 0.8)), np.uint8)
    if rng.random() < 0.08:
        noise = rng.normal(0, rng.uniform(0.5, 4), image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        quality = 75 if rng.random() < 0.3 else int(rng.integers(60, 99))
        _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return image
