"""The power spectrum of a photo, and how those of clean ones are spread."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ml.errors import WeightsError

Pixels = NDArray[np.uint8]
Values = NDArray[np.float64]
"""Of the FREQUENCIES, (..., frequencies)."""

FILE = Path(__file__).parents[1] / "data" / "spectrum_prior.npz"
WINDOW = 128  # pixels
_STEP = 48  # pixels between two windows
_SEEN = (0.03, 0.5)  # periods a pixel
_COUNT = 640  # frequencies that are looked at
_KNOTS = np.log([0.03, 0.055, 0.1, 0.17, 0.27, 0.38, 0.5])
_FLOOR = 0.03  # grey levels squared, below which rounding hides what is there


def _frequencies() -> tuple[Values, Values]:
    down, across = np.broadcast_arrays(
        np.fft.fftfreq(WINDOW)[:, None], np.fft.rfftfreq(WINDOW)[None]
    )
    radius = np.hypot(down, across).ravel()
    seen = (radius > _SEEN[0]) & (radius < _SEEN[1]) & (across.ravel() > 0)
    chosen = np.random.default_rng(0).choice(np.flatnonzero(seen), _COUNT, replace=False)
    return down.ravel()[chosen], across.ravel()[chosen]


DOWN, ACROSS = _frequencies()
"""FREQUENCIES: those that are looked at, in periods a pixel."""


def _shapes() -> Values:
    """What a photo's spectrum is put together from, (shapes, frequencies): hats over the radius,
    and broad ones that wave with the direction once and twice a half turn.
    """
    radius = np.log(np.hypot(DOWN, ACROSS))
    around = np.arctan2(DOWN, ACROSS)
    fine = [np.interp(radius, _KNOTS, each) for each in np.eye(len(_KNOTS))]
    broad = [np.interp(radius, _KNOTS[[0, 3, 6]], each) for each in np.eye(3)]
    waves = (np.cos(2 * around), np.sin(2 * around), np.cos(4 * around), np.sin(4 * around))
    return np.stack([*fine, *(hat * wave for wave in waves for hat in broad)])


SHAPES = _shapes()


@dataclass(frozen=True)
class Prior:
    """How clean photos' logarithmic spectra are spread: over SHAPES a mean (shapes,) and a
    covariance (shapes, shapes), and around that a deviation at every frequency.
    """

    mean: Values
    spread: Values
    rest: float


@cache
def prior() -> Prior:
    """Read the committed prior; WeightsError where it is missing."""
    if not FILE.is_file():
        raise WeightsError(f"{FILE.name} is missing; run: python -m ml train grain")
    with np.load(FILE) as told:
        mean, spread = (told[name].astype(np.float64) for name in ("mean", "spread"))
        return Prior(mean, spread, float(told["rest"]))


def fitted(powers: Values) -> Prior:
    """The prior of clean photos' powers (photos, frequencies)."""
    wanted = np.log(np.maximum(powers - 1 / 12, _FLOOR))
    shapes = SHAPES.T
    near = np.linalg.solve(SHAPES @ shapes + 0.01 * np.eye(len(SHAPES)), SHAPES)
    weights = wanted @ near.T
    rest = float(np.median((wanted - weights @ SHAPES).std(1)))
    spread = np.cov(weights.T) + 0.02 * np.eye(len(SHAPES))
    return Prior(weights.mean(0), spread, rest)


def power(parts: list[Pixels]) -> Values:
    """Mean power of the luma of a photo's parts (h, w, 3), mirrored where they are smaller
    than WINDOW, grey levels squared at the FREQUENCIES.
    """
    hann = np.hanning(WINDOW + 2)[1:-1].astype(np.float32)
    window = np.outer(hann, hann)
    total, count = 0.0, 0
    for part in parts:
        luma = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), np.float32)
        luma = np.pad(luma, [(0, max(0, WINDOW - n)) for n in luma.shape], "symmetric")
        seen = np.stack([luma[place] for place in _places(luma.shape)])
        seen -= seen.mean((1, 2), keepdims=True)
        spectra = np.abs(fft.rfft2(seen * window)) ** 2
        total, count = total + spectra.sum(0), count + len(seen)
    rows = np.rint(DOWN * WINDOW).astype(int)
    columns = np.rint(ACROSS * WINDOW).astype(int)
    mean = np.asarray(total)[rows, columns] / count / float((window**2).sum())
    return np.asarray(mean, np.float64)


def _places(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    starts = [
        np.linspace(0, n - WINDOW, 1 + -(-(n - WINDOW) // _STEP)).astype(int) for n in shape[:2]
    ]
    return [
        (slice(top, top + WINDOW), slice(left, left + WINDOW))
        for top in starts[0]
        for left in starts[1]
    ]


def logarithm(powers: Values, hidden: float = 0.0) -> Values:
    """Of powers, no further down than rounding lets them tell; `hidden`: beside so much white
    noise, in grey levels squared, that what compression left out no longer tells.
    """
    return np.asarray(np.log(np.maximum(powers, _FLOOR) + hidden))
