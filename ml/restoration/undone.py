"""Noise, blur and compression undone as a recipe's steps say, at a photo's own depth or small."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.errors import MLError
from ml.restoration.blind import Pass, Progress, Steering, Values, restore
from ml.restoration.grain import KINDS, PARAMS

NETWORKS = {kind: f"restoration_{kind}" for kind in ("noise", "jpeg", "blur")}
REPAIRED = ("noise", "blur", "jpeg")
"""Kinds whose repair gains enough to be proposed; motion is told, and undone when asked to."""
RANGES = {"noise": (0.5, 75.0), "blur": (0.3, 4.0), "motion_blur": (1.0, 25.0), "jpeg": (1.0, 99.0)}
ANGLES = (-180.0, 180.0)
_STRIP = 256  # rows that are mixed at a time
_DRAFT = 800  # long side at which the screen's picture is restored; what changes is enlarged

Told = tuple[str, dict[str, Any], float]
"""A kind, its parameters, and how much of it is undone, 0 to 1."""


def check(kind: str, params: dict[str, Any]) -> float:
    """The strength among a kind's parameters; raises MLError where they are none. Motion has an
    angle beside it.
    """
    if kind not in KINDS:
        raise MLError(f"no repair of damage is called {kind!r}")
    wanted = {PARAMS[kind]: RANGES[kind]} | more(kind)
    for name, (low, high) in wanted.items():
        value = params.get(name)
        number = (
            value if isinstance(value, int | float) and not isinstance(value, bool) else low - 1
        )
        if not low <= number <= high:
            raise MLError(f"{kind} has “{name}”, a number from {low:g} to {high:g}")
    if set(params) != set(wanted):
        raise MLError(f"{kind} has nothing but {', '.join(wanted)}")
    return float(params[PARAMS[kind]])


def steering(steps: Sequence[Told]) -> Steering:
    """What all of them together say."""
    told = Steering()
    for kind, params, strength in steps:
        number = check(kind, params)
        if kind == "noise":
            told = replace(told, noise=max(told.noise, strength * number))
        elif kind == "jpeg":
            told = replace(told, quality=min(told.quality, 100 - strength * (100 - number)))
        elif kind == "blur":
            told = replace(told, blur=max(told.blur, strength * number))
        else:
            told = replace(told, length=strength * number, angle=float(params["angle"]))
    return told


def plan(told: Steering) -> list[tuple[str, Steering]]:
    """The networks that undo this, the first first, and what each is told: what came last goes
    first, and noise that was saved as JPEG goes with it.
    """
    steps = list[tuple[str, Steering]]()
    if told.noise > 0:
        steps.append((NETWORKS["noise"], Steering(noise=told.noise, quality=told.quality)))
    elif told.quality < 100:
        steps.append((NETWORKS["jpeg"], Steering(quality=told.quality)))
    if told.blur > 0 or told.length > 0:
        steps.append((NETWORKS["blur"], replace(told, noise=0.0, quality=100.0)))
    return steps


def networks(steps: Sequence[Told]) -> tuple[str, ...]:
    """Names of the networks that undo these."""
    return tuple(name for name, _ in plan(steering(steps)))


def passes(told: Steering) -> list[Pass]:
    """The plan with its networks loaded; WeightsError without them."""
    return [(engine.load(name), each) for name, each in plan(told)]


def undo(
    values: Values, mode: str, steps: Sequence[Told], progress: Progress | None = None
) -> Values:
    """Restore pixels of a mode as Pillow names it, as strongly as the strongest step says; raises
    ImageError for what is no L or RGB, and WeightsError without the networks.
    """
    most, alike = _strongest(steps)
    done = restore(values, passes(steering(alike)), mode=mode, progress=progress)
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
    quality = 100 - (100 - full.quality) * seen
    told = Steering(full.noise * seen, full.blur * seen, quality, full.length * seen, full.angle)
    done = restore(small, passes(told)).astype(np.float32)
    change = cv2.resize(
        (done - small) * np.float32(most), (width, height), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(np.clip(np.rint(pixels + change), 0, 255), np.uint8)


def kinds() -> list[dict[str, Any]]:
    """The kinds with what can be set by hand, as ml.warps.told has those of warps."""
    about = {
        "noise": "Grain of film or sensor.",
        "blur": "Out of focus, or soft.",
        "motion_blur": "The camera moved.",
        "jpeg": "Blocks and rims of strong compression.",
    }
    units = {"sigma": None, "length": "px", "quality": None, "angle": "°"}
    found = []
    for kind in KINDS:
        wanted = {PARAMS[kind]: RANGES[kind]} | more(kind)
        parameters = [
            {
                "name": name,
                "type": "number",
                "unit": "px" if kind == "blur" else units[name],
                "range": list(wide),
                "default": 0.0 if name == "angle" else wide[0],
                "of": None,
            }
            for name, wide in wanted.items()
        ]
        found.append({"effect": kind, "summary": about[kind], "parameters": parameters})
    return found


def more(kind: str) -> dict[str, tuple[float, float]]:
    """What a kind is told beside its strength."""
    return {"angle": ANGLES} if kind == "motion_blur" else {}
