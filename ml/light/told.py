"""What the network tells of a photo's light: which kinds of loss there are, and their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.errors import MLError
from ml.light.statistics import measured, view_of

NETWORK, TREES = "light", "light_trees"
COLOURS = ("red", "green", "blue")
_SMALLEST, _NARROWEST = 32, 8  # px, of a photo and of the view that is measured


def _each(what: str, low: float, high: float) -> dict[str, tuple[float, float]]:
    return {f"{what}_{colour}": (low, high) for colour in COLOURS}


RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "faded": _each("density", 0.2, 1.2) | _each("paper", 0.4, 1.0),
    "varnish": _each("through", 0.15, 1.0) | {"veil": (0.0, 0.08)},
    "dark": _each("gain", 0.5, 12.0) | _each("power", 0.2, 1.2),
    "haze": {"depth_top": (0.0, 2.4), "depth_bottom": (0.0, 2.0)} | _each("air", 0.6, 1.0),
}
"""Kinds, and from where to where their numbers go, in the order in which the network tells them."""
KINDS = tuple(RANGES)
BESIDE = {"dark": {"noise": (0.0, 75.0)}}
"""Numbers that are measured apart: what noise a photo has once it is brightened, in grey levels."""
WIDTH = len(KINDS) + sum(map(len, RANGES.values()))


@dataclass(frozen=True)
class Loss:
    """A kind of loss, how likely it is, and its numbers."""

    kind: str
    chance: float
    params: dict[str, float]


def judge(photo: NDArray[np.uint8]) -> tuple[Loss, ...]:
    """Judge a photo (H, W, 3) of sRGB, all KINDS; none of one that is too small or
    too narrow to tell.

    Raises WeightsError without trees or network.
    """
    view = view_of(photo)
    if min(photo.shape[:2]) < _SMALLEST or min(view.shape[:2]) < _NARROWEST:
        return ()
    looks = measured(view)[None]
    logits = engine.load(TREES).run(looks)["told"][0]
    return losses(logits, engine.load(NETWORK).run(looks)["told"][0])


def losses(logits: NDArray[np.float32], output: NDArray[np.float32]) -> tuple[Loss, ...]:
    """What logits of KINDS, from the trees, and WIDTH numbers of the network stand for. The
    network learns kinds as well, but scenes of one colour mislead it more.
    """
    chances = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    first, found = len(KINDS), list[Loss]()
    for kind, chance in zip(KINDS, chances, strict=True):
        ranges = RANGES[kind]
        numbers = output[first : first + len(ranges)]
        first += len(ranges)
        params = {
            name: round(float(np.clip(number, *ends)), 4)
            for (name, ends), number in zip(ranges.items(), numbers, strict=True)
        }
        found.append(Loss(kind, float(chance), params))
    return tuple(found)


def ranges_of(kind: str) -> dict[str, tuple[float, float]]:
    """All numbers of a kind, and from where to where they go."""
    return RANGES[kind] | BESIDE.get(kind, {})


def check(kind: str, params: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a kind; raises MLError where these are none."""
    if kind not in RANGES:
        raise MLError(f"no repair of light is called {kind!r}")
    ranges = ranges_of(kind)
    if set(params) != set(ranges):
        raise MLError(f"{kind} has {', '.join(ranges)}")
    for name, (low, high) in ranges.items():
        value = params[name]
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not (number and low <= value <= high):
            raise MLError(f"“{name}” of {kind} is a number from {low:g} to {high:g}")
    return {name: float(params[name]) for name in ranges}
