"""Warps at random and by default, as strong as asked for."""

import math
from typing import Any

import numpy as np

from ml.warps.table import FAMILIES
from ml.warps.warp import Pair, Parameter, Points, Warp, WarpError, base_length

_GRID = 12  # points a side over which displacement is averaged
_HALVINGS = 10
_TRIES = 8
_STRONGEST = 4.0  # times what was drawn


def default(name: str, size: tuple[int, int], **given: Any) -> Warp:
    """The family's default for a picture of (width, height), with the given parameters instead."""
    family = FAMILIES[name]
    values = {key: at_default(told, size) for key, told in family.parameters().items()}
    return family(**(values | given))


def draw(
    name: str,
    size: tuple[int, int],
    rng: np.random.Generator,
    severity: float | None = None,
    **given: Any,
) -> Warp:
    """A warp of the family with parameters drawn from their ranges, except the given ones.

    With `severity` its strength is chosen so that points move that share of the width on average
    (what a polar map moves cannot be chosen); where all that was drawn would fold before, the
    strongest of it.
    """
    strongest, most = None, 0.0
    for _ in range(_TRIES):
        try:
            warp = _any(name, size, rng, given)
        except WarpError:
            continue
        if severity is None or name == "polar":
            return warp
        warp = as_severe(warp, size, severity)
        reached = displacement(warp, size)
        if reached > most:
            strongest, most = warp, reached
        if reached > 0.9 * severity:
            return warp
    return strongest or default(name, size, **given)


def _any(name: str, size: tuple[int, int], rng: np.random.Generator, given: dict[str, Any]) -> Warp:
    family = FAMILIES[name]
    values = {key: _drawn(told, size, rng) for key, told in family.parameters().items()}
    if name == "wave":
        values["amplitude"] = _some_axes(values["amplitude"], rng)
    return family(**(values | given))


def displacement(warp: Warp, size: tuple[int, int]) -> float:
    """Mean distance, as a share of the width, between distorted and clean points of a picture."""
    points = grid(size, _GRID)
    distances = np.linalg.norm(warp.inverse(points) - points, axis=1)
    return float(np.nanmean(distances)) / size[0]


def as_severe(warp: Warp, size: tuple[int, int], severity: float) -> Warp:
    """The warp with its strength changed so that its `displacement` is `severity`, or as strong as
    may be without folding or leaving the ranges of its parameters.
    """
    low, high = 0.0, _strongest(warp, size)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        try:
            enough = displacement(warp.weakened(middle), size) >= severity
        except WarpError:
            enough = True
        low, high = (low, middle) if enough else (middle, high)
    return warp.weakened(low)


def _strongest(warp: Warp, size: tuple[int, int]) -> float:
    """By how much the strength may grow until a parameter reaches the end of its range."""
    shares = [_STRONGEST]
    for name, told in warp.parameters().items():
        value = np.abs(np.asarray(getattr(warp, name), np.float64)) if told.strength else 0.0
        if told.shape != "series" and np.max(value) > 0:
            shares.append(told.hi * base_length(told.of, size) / float(np.max(value)))
    return min(shares)


def grid(size: tuple[int, int], points: int) -> Points:
    """Points (points², 2) spread evenly over a picture of (width, height)."""
    steps = (np.arange(points) + 0.5) / points
    x, y = np.meshgrid(steps * size[0] - 0.5, steps * size[1] - 0.5)
    return np.stack([x.ravel(), y.ravel()], 1)


def at_default(told: Parameter, size: tuple[int, int]) -> Any:
    """A parameter's default in pixels of a picture of (width, height)."""
    if told.shape == "size":
        return (float(size[0]), float(size[1]))
    if told.shape == "choice":
        return told.default
    base = base_length(told.of, size)
    if told.shape == "position":
        return _position(np.asarray(told.default, np.float64), size)
    if isinstance(told.default, tuple):
        return tuple(each * base for each in told.default)
    return float(told.default) * base


def _position(share: Points, size: tuple[int, int]) -> Pair:
    return float(share[0] * size[0] - 0.5), float(share[1] * size[1] - 0.5)


def _drawn(told: Parameter, size: tuple[int, int], rng: np.random.Generator) -> Any:
    if told.shape == "choice":
        return str(rng.choice(told.choices))
    if told.shape == "size":
        return at_default(told, size)
    if told.shape == "position":
        return _position(rng.uniform(told.lo, told.hi, 2), size)
    return _drawn_number(told, base_length(told.of, size), rng)


def _drawn_number(told: Parameter, base: float, rng: np.random.Generator) -> Any:
    if told.shape == "vector":
        x, y = rng.uniform(told.lo, told.hi, 2) * base
        return float(x), float(y)
    if told.shape == "series":
        usual = np.abs(np.asarray(told.default, np.float64)) * base
        return tuple(float(each) for each in rng.normal(0, usual))
    if told.lo > 0 and told.unit == "px":  # lengths: every octave is as likely
        return math.exp(rng.uniform(math.log(told.lo), math.log(told.hi))) * base
    return float(rng.uniform(told.lo, told.hi)) * base


def _some_axes(amplitude: Pair, rng: np.random.Generator) -> Pair:
    """A wave is horizontal, vertical or both, each as often."""
    kept = ((1, 0), (0, 1), (1, 1))[rng.integers(3)]
    return amplitude[0] * kept[0], amplitude[1] * kept[1]
