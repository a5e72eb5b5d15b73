"""Examples for the network of light: views that lost light in a known way, and what is clean."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.degradation import Degradation
from ml.degradations.light import Fading, Haze, LowLight, Varnish
from ml.light.statistics import SIDE, measured, view_of
from ml.light.told import KINDS
from ml.train import distortion_sources, restoration_sources
from ml.train.distortion_sources import Sources

MADE: dict[str, type[Degradation]] = {
    "faded": Fading,
    "varnish": Varnish,
    "dark": LowLight,
    "haze": Haze,
}
BUILD = Path("build/light")
COUNTS = (18000, 1500)  # examples: for training, held out
_SEED = 8
POINTS = 192  # pixels of a view by which a repair is judged
_MILDEST = 0.12
_SHARES = {"clean": 0.3, "faded": 0.24, "varnish": 0.12, "dark": 0.16, "haze": 0.12, "pair": 0.06}
_GREY, _TONED = 0.12, 0.2  # shares of photos without colour, and of those toned on purpose

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Examples:
    """N views: `looks` (N, FEATURES), `kinds` (N,) the place in KINDS or -1, `lost` and `clean`
    colours (N, POINTS, 3) of the same places, which lie so far `down`, 0 to 1.
    """

    looks: NDArray[np.float32]
    kinds: NDArray[np.int64]
    lost: Pixels
    clean: Pixels
    down: NDArray[np.float32]


@dataclass(frozen=True)
class Photos:
    """What examples are made of: photos, paintings, and pairs of darkness and light."""

    photos: Sources
    paintings: Sources
    pairs: list[tuple[Pixels, Pixels]]


def photos(data: Path, *, held_out: bool = False) -> Photos:
    """The photos that are trained on, or those that never are; decoded once."""
    rest, held = distortion_sources.split(distortion_sources.load(data, Path("build/distortion")))
    load = restoration_sources.load_held_out if held_out else restoration_sources.load
    art = load(data, Path("build/restoration"))
    paintings = art.only({name for name in art.names if "/paintings/" in f"/{name}"})
    folder = data / restoration_sources.LOW_LIGHT
    pairs = [
        (_view(path), _view(folder / "high" / path.name))
        for path in sorted((folder / "low").glob("*"))
        if (path.relative_to(data).as_posix() in restoration_sources.held_out()) == held_out
    ]
    return Photos(held if held_out else rest, paintings, pairs)


def _view(path: Path) -> Pixels:
    return distortion_sources.small(path, 320)


def kept(data: Path, *, held_out: bool = False) -> Examples:
    """Draw the examples that are learned from, or the held-out ones, once, and keep them."""
    place = BUILD / ("held_out.npz" if held_out else "examples.npz")
    if not place.exists():
        BUILD.mkdir(parents=True, exist_ok=True)
        made = make(photos(data, held_out=held_out), COUNTS[held_out], _SEED + held_out)
        np.savez(place, **vars(made))
    with np.load(place) as stored:
        return Examples(**stored)


def make(of: Photos, count: int, seed: int, severity: float | None = None) -> Examples:
    """Draw examples; with a `severity` all of it, else as strong as it comes."""
    found = [_example(of, np.random.default_rng((seed, i)), severity) for i in range(count)]
    looks, kinds, lost, clean, down = zip(*found, strict=True)
    return Examples(
        np.stack(looks),
        np.array(kinds, np.int64),
        np.stack(lost),
        np.stack(clean),
        np.stack(down).astype(np.float32),
    )


def _example(
    of: Photos, rng: np.random.Generator, severity: float | None
) -> tuple[NDArray[np.float32], int, Pixels, Pixels, NDArray[np.float64]]:
    what = str(
        rng.choice(list(_SHARES), p=np.array(list(_SHARES.values())) / sum(_SHARES.values()))
    )
    if what == "pair" and of.pairs:
        lost, clean = of.pairs[int(rng.integers(len(of.pairs)))]
        lost, clean = cropped((lost, clean), rng)
        kind = KINDS.index("dark")
    else:
        art = what == "varnish" and rng.random() < 0.4
        pool = of.paintings if art and len(of.paintings) else of.photos
        (clean,) = cropped((pool.photo(int(rng.integers(len(pool)))),), rng)
        if what != "varnish" and rng.random() < _GREY:
            clean = toned(clean, rng) if rng.random() < _TONED else grey(clean)
        kind = KINDS.index(what) if what in MADE else -1
        lost = clean
        if kind >= 0:
            strong = severity if severity is not None else float(rng.uniform(_MILDEST, 1))
            lost = MADE[what](strong, int(rng.integers(2**31))).apply(clean).image
    rows, columns = (rng.integers(0, n, POINTS) for n in lost.shape[:2])
    down = rows / max(1, lost.shape[0] - 1)
    return measured(lost), kind, lost[rows, columns], clean[rows, columns], down


def cropped(views: tuple[Pixels, ...], rng: np.random.Generator) -> tuple[Pixels, ...]:
    """The same part of all, at the size that is measured, perhaps mirrored."""
    height, width = views[0].shape[:2]
    share = float(rng.uniform(0.7, 1))
    high, wide = (max(SIDE // 2, round(n * share)) for n in (height, width))
    top, left = (int(rng.integers(max(0, n - m) + 1)) for n, m in ((height, high), (width, wide)))
    turn = rng.random() < 0.5
    parts = [view_of(np.ascontiguousarray(v[top : top + high, left : left + wide])) for v in views]
    return tuple(np.ascontiguousarray(p[:, ::-1]) if turn else p for p in parts)


def grey(view: Pixels) -> Pixels:
    """Without colour."""
    return np.repeat(np.asarray(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY))[..., None], 3, 2)


def toned(view: Pixels, rng: np.random.Generator) -> Pixels:
    """Without colour, then toned as by intention: blacks stay black."""
    values = grey(view).astype(np.float32) / np.float32(255)
    warm = float(rng.uniform(0.1, 0.5))
    powers = 1 + np.array([-0.35, 0.05, 0.6], np.float32) * np.float32(warm)
    return np.asarray(np.rint(255 * values**powers), np.uint8)
