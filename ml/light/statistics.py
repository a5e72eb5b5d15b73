"""Numbers about a photo's light and colour, out of a small view: quantiles, chroma, veils."""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

SIDE = 160  # px, long side of the view that is measured
SHARES = (0.002, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.998)
BANDS = 6
_STEPS, _CELLS, _BINS = 8, 11, 16
_DARKEST, _LEAST, _REACH = 0.004, 0.02, 1.1
_VEIL = np.ones((7, 7), np.uint8)
_COLOURS = ("red", "green", "blue", "light")
NAMES = (
    *(f"density_{colour}_{share:g}" for colour in _COLOURS for share in SHARES),
    *(f"{what}_{step}" for what in ("ur", "ub", "sr", "sb") for step in range(_STEPS)),
    *(f"chroma_{i}_{j}" for i in range(_CELLS) for j in range(_CELLS)),
    *(
        f"{what}_{band}"
        for what in ("light", "spread", "veil", "least_veil", "saturation")
        for band in range(BANDS)
    ),
    *(f"level_{i}" for i in range(_BINS)),
    *(f"saturation_at_{share}" for share in (10, 50, 90, 99)),
    *(f"{end}_{colour}" for end in ("black", "white") for colour in _COLOURS[:3]),
    *(f"edges_{share}" for share in (50, 90, 99)),
    *("colours_1", "colours_2"),
)


def view_of(photo: Pixels, side: int = SIDE) -> Pixels:
    """A photo (H, W, 3) at a long side of `side` at most."""
    height, width = photo.shape[:2]
    factor = side / max(height, width)
    if factor >= 1:
        return photo
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)


def measured(view: Pixels) -> Floats:
    """The numbers named in NAMES of a view (h, w, 3), both sides of BANDS pixels or more."""
    values = view.astype(np.float32) / np.float32(255)
    light = np.asarray(values @ np.array([0.299, 0.587, 0.114], np.float32))
    low, high = values.min(2), values.max(2)
    told = [
        *(_densities(plane) for plane in (*np.moveaxis(values, 2, 0), light)),
        *_chroma(values, light),
        *_by_bands(light, low, high),
        np.sqrt(np.histogram(light, _BINS, (0, 1))[0] / light.size),
        np.quantile((high - low) / (high + _LEAST), (0.1, 0.5, 0.9, 0.99)),
        (view <= 2).mean((0, 1)),
        (view >= 253).mean((0, 1)),
        _edges(light),
        _spread(values),
    ]
    return np.concatenate(told).astype(np.float32)


def _densities(plane: Floats) -> Floats:
    """Logarithms of quantiles: what is linear in a dye's density."""
    return np.asarray(np.log(np.quantile(plane, SHARES) + _DARKEST), np.float32)


def _chroma(values: Floats, light: Floats) -> list[NDArray[np.floating]]:
    """Logarithms of red and blue beside green: by lightness, and how often together."""
    log = np.log(values + np.float32(_LEAST)).reshape(-1, 3)
    red, blue = log[:, 0] - log[:, 1], log[:, 2] - log[:, 1]
    order = np.array_split(np.argsort(light.ravel(), kind="stable"), _STEPS)
    means = [np.array([each[part].mean() for part in order]) for each in (red, blue)]
    spreads = [np.array([each[part].std() for part in order]) for each in (red, blue)]
    places = [
        np.clip((each + _REACH) * (_CELLS / (2 * _REACH)), 0, _CELLS - 1).astype(int)
        for each in (red, blue)
    ]
    count = np.bincount(places[0] * _CELLS + places[1], minlength=_CELLS**2)
    return [*means, *spreads, np.sqrt(count / len(red))]


def _by_bands(light: Floats, low: Floats, high: Floats) -> list[NDArray[np.floating]]:
    """From the top to the bottom: lightness, its spread, the darkest around every pixel, colour."""
    veil = cv2.erode(low, _VEIL)
    parts = [np.array_split(each, BANDS) for each in (light, veil, (high - low) / (high + _LEAST))]
    return [
        np.array([part.mean() for part in parts[0]]),
        np.array([part.std() for part in parts[0]]),
        np.array([part.mean() for part in parts[1]]),
        np.array([np.quantile(part, 0.05) for part in parts[1]]),
        np.array([part.mean() for part in parts[2]]),
    ]


def _edges(light: Floats) -> Floats:
    steep = np.abs(np.diff(light, axis=1))[:-1] + np.abs(np.diff(light, axis=0))[:, :-1]
    return np.asarray(np.log(np.quantile(steep, (0.5, 0.9, 0.99)) + 0.002), np.float32)


def _spread(values: Floats) -> Floats:
    """How far colours leave one line: logarithms of the lesser deviations beside the greatest."""
    own = np.linalg.eigvalsh(np.cov(values.reshape(-1, 3).T))
    return np.asarray(0.5 * np.log((own[:2] + 1e-7) / (own[2] + 1e-5)), np.float32)
