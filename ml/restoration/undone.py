"""Noise, blur and compression undone as a recipe's steps say, at a photo's own depth or small."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.errors import MLError
from ml.restoration import likeness
from ml.restoration.blind import Pass, Progress, Steering, Values, restore
from ml.restoration.grain import KINDS, PARAMS
from ml.restoration.likeness import Faces
from ml.restoration.traces import calm

NETWORKS = {kind: f"restoration_{kind}" for kind in ("noise", "jpeg")}
RANGES = {"noise": (0.5, 75.0), "blur": (0.3, 4.0), "motion_blur": (1.0, 25.0), "jpeg": (1.0, 99.0)}
_MORE: dict[str, dict[str, tuple[float, float]]] = {
    "blur": {"disc": (0.0, 1.0)},
    "motion_blur": {
        "angle": (-180.0, 180.0),
        "bend": (-0.5, 0.5),
        "middle": (-0.7, 0.7),
        "end": (-0.7, 0.7),
    },
}
_LEFT, _LEFT_SHARE = 0.3, 0.04  # grey levels of noise, and what is left of what was taken away
_STRIP = 256  # rows that are mixed at a time
_DRAFT = 800  # long side at which the screen's picture is restored; what changes is enlarged

Told = tuple[str, dict[str, Any], float]
"""A kind, its parameters, and how much of it is undone, 0 to 1."""


def check(kind: str, params: dict[str, Any]) -> float:
    """The strength among a kind's parameters; raises MLError where they are none. What more there
    is to a kernel may be left out.
    """
    if kind not in KINDS:
        raise MLError(f"no repair of damage is called {kind!r}")
    wanted = {PARAMS[kind]: RANGES[kind]} | more(kind)
    if not {PARAMS[kind]} <= set(params) <= set(wanted):
        raise MLError(f"{kind} has “{PARAMS[kind]}”, and nothing but {', '.join(wanted)}")
    for name, value in params.items():
        low, high = wanted[name]
        number = (
            value if isinstance(value, int | float) and not isinstance(value, bool) else low - 1
        )
        if not low <= number <= high:
            raise MLError(f"{kind} has “{name}”, a number from {low:g} to {high:g}")
    return float(params[PARAMS[kind]])


def steering(steps: Sequence[Told]) -> Steering:
    """What all of them together say."""
    told = Steering()
    for kind, params, strength in steps:
        number = check(kind, params)
        shape = {name: float(params.get(name, 0.0)) for name in more(kind)}
        if kind == "noise":
            told = replace(told, noise=max(told.noise, strength * number))
        elif kind == "jpeg":
            told = replace(told, quality=min(told.quality, 100 - strength * (100 - number)))
        elif kind == "blur":
            told = replace(told, blur=strength * number, **shape)
        else:
            told = replace(told, length=strength * number, **shape)
    return told


def plan(told: Steering) -> list[tuple[str | None, Steering]]:
    """The networks that undo this, the first first, and what each is told: what came last goes
    first, and noise that was saved as JPEG goes with it. None undoes a kernel.
    """
    steps = list[tuple[str | None, Steering]]()
    if told.noise > 0:
        steps.append((NETWORKS["noise"], Steering(noise=told.noise, quality=told.quality)))
    elif told.quality < 100:
        steps.append((NETWORKS["jpeg"], Steering(quality=told.quality)))
    if told.kernel() is not None:
        steps.append((None, replace(told, noise=told.left, quality=100.0)))
    return steps


def keeps_faces(told: Steering) -> bool:
    """Whether less is undone where there are faces: after compression they are less like themselves
    (SFace), after noise and blur more.
    """
    return any(name == NETWORKS["jpeg"] for name, _ in plan(told))


def kept(told: Steering, values: Values, mode: str) -> Faces:
    """The faces of values for which less is undone, where that is so."""
    return likeness.seen(values, mode, told.quality) if keeps_faces(told) else Faces()


def networks(steps: Sequence[Told]) -> tuple[str, ...]:
    """Names of the networks that undo these."""
    return tuple(name for name, _ in plan(steering(steps)) if name)


def deconvolves(steps: Sequence[Told]) -> bool:
    """Whether a kernel is undone among these."""
    return any(name is None for name, _ in plan(steering(steps)))


def passes(told: Steering, values: Values) -> list[Pass]:
    """The plan for values (H, W) or (H, W, C) with its networks loaded; WeightsError without
    them.
    """
    steps = plan(beside(told, values))
    return [(engine.load(name) if name else None, each) for name, each in steps]


def beside(told: Steering, values: Values) -> Steering:
    """The same, and how much noise is left for the undoing of blur."""
    if told.noise > 0 or told.quality < 100:
        return replace(told, left=_LEFT + _LEFT_SHARE * told.noise)
    return replace(told, left=max(_LEFT, calm(values)))


def undo(
    values: Values, mode: str, steps: Sequence[Told], progress: Progress | None = None
) -> Values:
    """Restore pixels of a mode as Pillow names it, as strongly as the strongest step says; raises
    ImageError for what is no L or RGB, and WeightsError without the networks.
    """
    most, alike = _strongest(steps)
    told = steering(alike)
    faces = kept(told, values, mode)
    done = restore(values, passes(told, values), mode=mode, progress=progress)
    return mixed(values, done, most, faces)


def mixed(values: Values, done: Values, most: float, faces: Faces) -> Values:
    """What was restored where all of it was asked for, `done` itself, and less of it where `most`
    or a face says so.
    """
    if most == 1 and not faces.ellipses:
        return done
    height, width = values.shape[:2]
    for first in range(0, height, _STRIP):
        rows = slice(first, min(first + _STRIP, height))
        share = np.float32(most) * faces.shares(rows, width)
        share = share.reshape(*share.shape, *(1,) * (values.ndim - 2))
        before, after = values[rows].astype(np.float32), done[rows].astype(np.float32)
        some = before + share * (after - before)
        done[rows] = np.rint(some) if values.dtype.kind == "u" else some
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
    told = replace(
        full,
        noise=full.noise * seen,
        blur=full.blur * seen,
        quality=quality,
        length=full.length * seen,
    )
    share = np.float32(most) * kept(full, small, "RGB").shares(slice(0, size[1]), size[0])
    change = share[..., None] * (restore(small, passes(told, small)).astype(np.float32) - small)
    change = cv2.resize(change, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(np.rint(pixels + change), 0, 255), np.uint8)


def kinds() -> list[dict[str, Any]]:
    """The kinds with what can be set by hand, as ml.warps.told has those of warps."""
    about = {
        "noise": "Grain of film or sensor.",
        "blur": "Out of focus, or soft.",
        "motion_blur": "The camera moved.",
        "jpeg": "Blocks and rims of strong compression.",
    }
    units = {"length": "px", "angle": "°"}
    found = []
    for kind in KINDS:
        wanted = {PARAMS[kind]: RANGES[kind]} | more(kind)
        parameters = [
            {
                "name": name,
                "type": "number",
                "unit": "px" if (kind, name) == ("blur", "sigma") else units.get(name),
                "range": list(wide),
                "default": 0.0 if name in more(kind) else wide[0],
                "of": None,
            }
            for name, wide in wanted.items()
        ]
        found.append({"effect": kind, "summary": about[kind], "parameters": parameters})
    return found


def more(kind: str) -> dict[str, tuple[float, float]]:
    """What a kind is told beside its strength: of blur how flat its kernel is, of motion its way
    (kernels.Way).
    """
    return _MORE.get(kind, {})
