"""Examples made while training runs: a picture, perhaps warped, saved and resized like a file."""

import math
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.estimators.encodings import ENCODINGS, WIDTH, choice_of, decode, encode, kind_of
from ml.estimators.kinds import CHOICES, KINDS
from ml.train import distortion_patterns as patterns
from ml.train.distortion_sources import Sources
from ml.warps import FAMILIES, Warp, compose
from ml.warps.arc import Arc
from ml.warps.draw import draw, grid
from ml.warps.sampling import BORDERS, INTERPOLATIONS, lookup, smooth_lookup

Pixels = NDArray[np.uint8]
Size = tuple[int, int]

GRID = 8
WEIGHTS = {  # how often each family is drawn, of what is warped
    "swirl": 1.5,
    "barrel": 0.7,
    "pincushion": 0.7,
    "fisheye": 0.5,
    "lens": 0.3,
    "bulge": 1.2,
    "pinch": 1.2,
    "wave": 1.2,
    "ripple": 1.0,
    "polar": 0.4,
    "arc": 0.9,
    "contour": 1.0,
    "perspective": 0.4,
    "shear": 0.3,
    "rotation": 0.3,
}
_SHARP = ("polar", "arc", "perspective")  # whose maps have seams and horizons
_LARGEST = 400


@dataclass(frozen=True)
class Level:
    """How hard examples are: shares of grids, mazes and clean pictures, and the mildest warp."""

    grids: float
    mazes: float
    clean: float
    mildest: float
    strongest: float = 0.1


@dataclass(frozen=True)
class Example:
    """A network's input (H, W, 3) with what is true of it.

    `effect` (2 GRID², WIDTH) tells how far the points of a grid move, in hundredths of the width,
    when a number of the vector grows by 1.
    """

    image: Pixels
    kind: int
    choice: int
    vector: NDArray[np.float32]
    effect: NDArray[np.float32]
    warp: Warp | None


def level_after(samples: int) -> Level:
    """The curriculum: grids and mazes with strong warps first, then ever more and milder photos."""
    done = min(samples / 30_000, 1.0)
    share = 0.35 * (1 - done) + 0.04
    return Level(share, share, 0.34 + 0.16 * done, 0.02 * (0.6**done))


def example(sources: Sources, size: Size, level: Level, rng: np.random.Generator) -> Example:
    """One random example of (width, height) `size`."""
    image, warp = bent(sources, size, level, rng)
    image = saved(image, size, rng)
    if warp is None:
        empty = np.zeros(WIDTH, np.float32), np.zeros((2 * GRID**2, WIDTH), np.float32)
        return Example(image, 0, -1, *empty, None)
    kind, choice = kind_of(warp, size), choice_of(warp)
    vector = encode(warp, size)
    chosen = CHOICES.index((kind, choice)) if choice else -1
    moved = effect(kind, vector, size, choice)
    return Example(image, KINDS.index(kind), chosen, vector.astype(np.float32), moved, warp)


def bent(
    sources: Sources, size: Size, level: Level, rng: np.random.Generator
) -> tuple[Pixels, Warp | None]:
    """A picture somewhat larger than `size`, as a program leaves it, and what bent it, told for a
    picture of `size`; None: nothing did.
    """
    scale = min(rng.uniform(1.0, 1.9), _LARGEST / max(size))
    work = (round(size[0] * scale), round(size[1] * scale))
    margin = round(rng.uniform(0.1, 0.3) * min(work)) if rng.random() < 0.3 else 0
    canvas = _picture(sources, (work[0] + 2 * margin, work[1] + 2 * margin), level, rng)
    if rng.random() < level.clean:
        return _unwarped(canvas, work, margin, rng), None
    warp = random_warp(work, level, rng)
    image = _warped(canvas, warp, work, margin, rng)
    return image, compose.scaled((warp,), size[0] / work[0])[0]


def random_warp(size: Size, level: Level, rng: np.random.Generator) -> Warp:
    """A warp of any family, often with the habits of other programs: in the middle, over all."""
    names = list(WEIGHTS)
    shares = np.array(list(WEIGHTS.values()))
    name = names[rng.choice(len(names), p=shares / shares.sum())]
    severity = math.exp(rng.uniform(math.log(level.mildest), math.log(level.strongest)))
    middle = (size[0] / 2 - 0.5, size[1] / 2 - 0.5)
    given: dict[str, object] = {}
    parameters = FAMILIES[name].parameters()
    if name in ("swirl", "bulge", "pinch"):
        if rng.random() < 0.35:
            given = {"center": middle, "radius": size[0] / 2, "stretch": size[1] / size[0]}
        else:
            spot = rng.uniform(0.2, 0.8, 2) * size
            given = {"center": (float(spot[0]), float(spot[1]))}
        if rng.random() < 0.5:
            usual = "quadratic" if name == "swirl" else "sine"
            given["profile" if name == "swirl" else "model"] = usual
    elif name in ("shear", "rotation") or ("center" in parameters and rng.random() < 0.5):
        given = {"center": middle}
    warp = draw(name, size, rng, severity, **given)
    return _fitted(warp, size, rng) if isinstance(warp, Arc) else warp


def _fitted(warp: Arc, size: Size, rng: np.random.Generator) -> Warp:
    """An arc moved and shrunk, perhaps as far as all of it can be seen, as ImageMagick does it."""
    wanted = rng.uniform(0, 1.1)
    corners = warp.forward(grid(size, 9))
    lo, hi = np.nanmin(corners, 0), np.nanmax(corners, 0)
    whole = float(np.min(np.array(size) / np.maximum(hi - lo, 1)))
    scale = math.exp(wanted * math.log(min(whole, 1.0)))
    middle = np.array([size[0] / 2 - 0.5, size[1] / 2 - 0.5])
    shift = -((lo + hi) / 2 - middle) * scale * min(wanted, 1.0)
    return replace(warp, scale=scale, shift=(float(shift[0]), float(shift[1])))


def effect(kind: str, vector: NDArray[np.float64], size: Size, choice: str) -> NDArray[np.float32]:
    """See `Example`; by central differences, zeros for a polar map, which jumps at its seam."""
    points, step = grid(size, GRID), 1e-3
    moved = np.zeros((2 * GRID**2, WIDTH), np.float32)
    if kind == "polar":
        return moved
    for i in range(ENCODINGS[kind].length):
        ends = []
        for sign in (1, -1):
            changed = vector.copy()
            changed[i] += sign * step
            ends.append(decode(kind, changed, size, choice).inverse(points))
        moved[:, i] = np.nan_to_num((ends[0] - ends[1]) / (2 * step)).ravel() * 100 / size[0]
    return np.clip(moved, -100, 100)


def _picture(sources: Sources, size: Size, level: Level, rng: np.random.Generator) -> Pixels:
    what = rng.random()
    if what < level.grids:
        return patterns.grid(size, rng)
    if what < level.grids + level.mazes:
        return patterns.maze(size, rng)
    photo = sources.photo(int(rng.integers(len(sources))))
    height, width = photo.shape[:2]
    largest = min(width / size[0], height / size[1])
    share = largest * (1 if rng.random() < 0.35 else math.sqrt(rng.uniform(0.35, 1)))
    w, h = max(8, int(size[0] * share)), max(8, int(size[1] * share))
    x, y = rng.integers(0, width - w + 1), rng.integers(0, height - h + 1)
    method = cv2.INTER_AREA if share > 1 else cv2.INTER_CUBIC
    part = cv2.resize(photo[y : y + h, x : x + w], size, interpolation=method)
    if rng.random() < 0.5:
        part = part[:, ::-1]
    gain = (rng.uniform(0.75, 1.2) * rng.uniform(0.93, 1.07, 3)).astype(np.float32)
    coloured = np.clip(part * gain, 0, 255).astype(np.uint8)
    if rng.random() < 0.08:
        coloured = np.repeat(coloured.mean(2, keepdims=True).astype(np.uint8), 3, 2)
    return np.ascontiguousarray(coloured)


def _warped(
    canvas: Pixels, warp: Warp, size: Size, margin: int, rng: np.random.Generator
) -> Pixels:
    places = _places(warp, size) + np.float32(margin)
    return _remapped(canvas, places, rng)


def _places(warp: Warp, size: Size) -> NDArray[np.float32]:
    source = partial(compose.inverse, (warp,))
    return lookup(source, size) if warp.kind in _SHARP else smooth_lookup(source, size)


def _remapped(canvas: Pixels, places: NDArray[np.float32], rng: np.random.Generator) -> Pixels:
    border = list(BORDERS)[rng.integers(len(BORDERS))]
    method = INTERPOLATIONS[("nearest", "linear", "linear", "cubic")[rng.integers(4)]]
    value = (255,) * 4 if border == "white" else (0,) * 4
    return np.asarray(
        cv2.remap(
            canvas,
            np.ascontiguousarray(places[..., 0]),
            np.ascontiguousarray(places[..., 1]),
            method,
            borderMode=BORDERS[border],
            borderValue=value,
        ),
        np.uint8,
    )


def _unwarped(canvas: Pixels, size: Size, margin: int, rng: np.random.Generator) -> Pixels:
    """What nobody bent: cut out, sometimes resampled, so that blur alone gives nothing away, or
    framed, since a black rim alone says nothing either.
    """
    if rng.random() < 0.5:
        zoom = rng.uniform(0.92, 1.08)
        y, x = np.mgrid[: size[1], : size[0]].astype(np.float32)
        shift = rng.uniform(0, 1, 2).astype(np.float32) + margin
        places = np.stack([x * zoom + shift[0], y * zoom + shift[1]], 2).astype(np.float32)
        image = _remapped(canvas, places, rng) if rng.random() < 0.3 else _cut(canvas, size, margin)
    else:
        image = _cut(canvas, size, margin)
    if rng.random() < 0.1:
        rim = rng.integers(0, max(2, min(size) // 8), 2)
        image = image.copy()
        colour = (0, 0, 0) if rng.random() < 0.5 else (255, 255, 255)
        for axis, width in enumerate(rim):
            if width:
                rows = image if axis == 0 else image.transpose(1, 0, 2)
                rows[:width], rows[-width:] = colour, colour
    return image


def _cut(canvas: Pixels, size: Size, margin: int) -> Pixels:
    return canvas[margin : margin + size[1], margin : margin + size[0]]


def saved(image: Pixels, size: Size, rng: np.random.Generator) -> Pixels:
    """Through a JPEG and a resize, with a little noise, as files come."""
    if rng.random() < 0.15:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.2)), np.uint8)
    if rng.random() < 0.15:
        noise = rng.normal(0, rng.uniform(1, 8), image.shape)
        image = np.clip(image + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(40, 96))]
        _, data = cv2.imencode(".jpg", image, quality)
        image = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    method = cv2.INTER_AREA if rng.random() < 0.7 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)
