"""Noise, blur and compression undone as a recipe's steps say, at a photo's own depth or small."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.errors import MLError
from ml.restoration.blind import Steering, Values, restore
from ml.restoration.grain import KINDS, PARAMS

NETWORK = "restoration"
RANGES = {"noise": (0.5, 75.0), "blur": (0.3, 4.0), "motion_blur": (1.0, 25.0), "jpeg": (1.0, 99.0)}
REPAIRED = ("noise", "blur", "jpeg")
"""Kinds whose repair gains enough to be proposed; motion is told."""
_MOTION_AS_BLUR = 6  # a way of so many pixels is steered like a blur of one, as in training
_STRIP = 256  # rows that are mixed at a time
_DRAFT = 800  # long side at which the screen's picture is restored; what changes is enlarged

Told = tuple[str, dict[str, Any], float]
"""A kind, its parameters, and how much of it is undone, 0 to 1."""


def check(kind: str, params: dict[str, Any]) -> float:
    """The one number of a kind's parameters; raises MLError where that is none."""
    if kind not in KINDS:
        raise MLError(f"no repair of damage is called {kind!r}")
    name, (low, high) = PARAMS[kind], RANGES[kind]
    value = params.get(name)
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else -1.0
    if set(params) != {name} or not low <= number <= high:
        raise MLError(f"{kind} has “{name}”, a number from {low:g} to {high:g}")
    return float(number)


def steering(steps: Sequence[Told]) -> Steering:
    """What the network is told of all of them together."""
    noise, blur, quality = 0.0, 0.0, 100.0
    for kind, params, strength in steps:
        number = check(kind, params)
        if kind == "noise":
            noise = max(noise, strength * number)
        elif kind == "jpeg":
            quality = min(quality, 100 - strength * (100 - number))
        else:
            wide = number / _MOTION_AS_BLUR if kind == "motion_blur" else number
            blur = max(blur, strength * wide)
    return Steering(noise, blur, quality)


def undo(values: Values, mode: str, steps: Sequence[Told]) -> Values:
    """Restore pixels of a mode as Pillow names it, as strongly as the strongest step says; raises
    ImageError for what is no L or RGB, and WeightsError without the network.
    """
    most, alike = _strongest(steps)
    done = restore(values, steering(alike), engine.load(NETWORK), mode=mode)
    if most < 1:
        for first in range(0, len(done), _STRIP):
            rows = slice(first, first + _STRIP)
            before, after = values[rows].astype(np.float32), done[rows].astype(np.float32)
            done[rows] = np.rint(before + np.float32(most) * (after - before))
    return done


def _strongest(steps: Sequence[Told]) -> tuple[float, list[Told]]:
    """The greatest strength, and the steps with theirs as a share of it: told of less noise than
    there is, the network still takes most of it away, so that less is done by mixing.
    """
    most = max(strength for _, _, strength in steps)
    return most, [(kind, params, strength / max(most, 1e-6)) for kind, params, strength in steps]


def draft(pixels: NDArray[np.uint8], factor: float, steps: Sequence[Told]) -> NDArray[np.uint8]:
    """Restore (H, W, 3) that is `factor` as large as the photo, for the screen: at a long side of
    800 pixels at most, where there is less of the noise and blur.
    """
    height, width = pixels.shape[:2]
    share = min(1.0, _DRAFT / max(height, width))
    size = (max(8, round(width * share)), max(8, round(height * share)))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    most, alike = _strongest(steps)
    full = steering(alike)
    seen = min(1.0, factor * share)
    told = Steering(full.noise * seen, full.blur * seen, 100 - (100 - full.quality) * seen)
    done = restore(small, told, engine.load(NETWORK)).astype(np.float32)
    change = cv2.resize(
        (done - small) * np.float32(most), (width, height), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(np.clip(np.rint(pixels + change), 0, 255), np.uint8)


def kinds() -> list[dict[str, Any]]:
    """The kinds with what can be set by hand, as ml.warps.told has those of warps."""
    units = {"noise": None, "blur": "px", "motion_blur": "px", "jpeg": None}
    about = {
        "noise": "Grain of film or sensor.",
        "blur": "Out of focus, or soft.",
        "motion_blur": "The camera moved.",
        "jpeg": "Blocks and rims of strong compression.",
    }
    return [
        {
            "effect": kind,
            "summary": about[kind],
            "parameters": [
                {
                    "name": PARAMS[kind],
                    "type": "number",
                    "unit": units[kind],
                    "range": list(RANGES[kind]),
                    "default": RANGES[kind][0],
                    "of": None,
                }
            ],
        }
        for kind in KINDS
    ]
