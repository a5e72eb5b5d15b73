"""Repairs that nobody proposed: which there are, and with what numbers a person begins."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ml.errors import MLError
from ml.image import Picture
from ml.light import brighten, gate, told
from ml.light import undone as light
from ml.pixelation import covered
from ml.repair.step import TILTED, TURNED, turns
from ml.restoration import grain, undone
from ml.rotation import tilt
from ml.warps import FAMILIES
from ml.warps.draw import as_severe, at_default
from ml.warps.told import description

_VIEW = 768  # px of the long side, at which lines are looked for
_SMALLEST = 64  # px of a side that damage is judged on
_MILD = 0.02  # of the width, by how much points of a bent photo lie off
_BY_STAGE: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "damage": undone.kinds,
    "light": light.kinds,
    "rotation": turns,
    "distortion": lambda: [description(name) for name in FAMILIES],
    "pixelation": lambda: [covered.description()],
}


def kinds() -> list[dict[str, Any]]:
    """All kinds that are not painted, as ml.warps.told has those of warps, each with its stage."""
    return [one | {"stage": stage} for stage, those in _BY_STAGE.items() for one in those()]


def stage_of(kind: str) -> str:
    """The stage that a kind belongs to; MLError where there is none."""
    for one in kinds():
        if one["effect"] == kind:
            return str(one["stage"])
    raise MLError(f"no repair is called {kind!r}")


def begun(picture: Picture, kind: str) -> dict[str, Any]:
    """Parameters to begin with: what is measured where this can be, told that the photo has it,
    else a middling effect.

    Raises MLError for an unknown kind, WeightsError without the networks, ImageError when the photo
    turns out damaged.
    """
    stage = stage_of(kind)
    if stage == "damage":
        return _damage(picture, kind)
    if stage == "light":
        return _light(picture, kind)
    if kind == TURNED:
        return {"degrees": 90}
    if kind == TILTED:
        return _tilt(picture)
    if stage == "pixelation":
        return {one["name"]: one["default"] for one in covered.description()["parameters"]}
    family = FAMILIES[kind]
    told = {key: at_default(one, picture.size) for key, one in family.parameters().items()}
    return as_severe(family(**told), picture.size, _MILD).as_json()


def _damage(picture: Picture, kind: str) -> dict[str, Any]:
    low, high = undone.RANGES[kind]
    name = grain.PARAMS[kind]
    middling = {name: (low + high) / 2} | dict.fromkeys(undone.more(kind), 0.0)
    photo = picture.full()
    if min(photo.shape[:2]) < _SMALLEST:
        return middling
    [params] = [one.params for one in grain.judge(photo, kind) if one.kind == kind]
    return params | {name: float(np.clip(params[name], low, high))}


def _light(picture: Picture, kind: str) -> dict[str, Any]:
    view = picture.view(brighten.SIDE)
    found = next((one for one in told.judge(view) if one.kind == kind), None)
    if found is None:  # too small to tell
        return dict(light.idle(kind))
    if kind != "dark":
        return dict(found.params)
    params = gate.brightened(found, view).params
    return params | {"noise": brighten.noise(picture.full(), params)}


def _tilt(picture: Picture) -> dict[str, Any]:
    leans = tilt.tilt(picture.view(_VIEW))
    width, height = picture.size
    angle = leans.angle if leans and abs(leans.angle) <= tilt.MOST else 0.0
    return {"center": [(width - 1) / 2, (height - 1) / 2], "degrees": round(angle, 3)}
