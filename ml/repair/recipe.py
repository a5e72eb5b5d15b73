"""What is done to a photo, as data: findings to repair, in order, and how."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ml import engine
from ml.degradations.mosaic import SMALLEST
from ml.errors import MLError
from ml.image.deep import Deep
from ml.pixelation.covered import Covered
from ml.pixelation.restore import restore
from ml.repair.unwarp import Box, Pixels, Rim, crop_of, unwarp
from ml.results import Box as BoxPx
from ml.warps import Points, Warp, compose
from ml.warps.told import from_json
from ml.weights.manifest import entry

# Whose findings can be repaired, in the order in which that is done: a mosaic's grid is straight
# in the file's own pixels, so that whatever bent the photo came before it.
STAGES = ("pixelation", "distortion")
RIMS: tuple[Rim, ...] = ("crop", "fill")
_ENLARGING, _QUICK = (
    "superres_quality",
    "superres_fast",
)  # what a mosaic's blocks are made a picture by
_ALONG = 24  # points a side at which it is looked how far they move


@dataclass(frozen=True)
class Step:
    """One finding that is repaired, with the parameters that are undone; `strength` 0 to 1."""

    stage: str
    kind: str
    params: dict[str, Any]
    strength: float = 1.0

    def check(self) -> None:
        """Raise MLError where this cannot be done."""
        if self.stage not in STAGES:
            raise MLError(f"no repair is called {self.stage!r}")
        if type(self.strength) not in (int, float) or not 0 <= self.strength <= 1:
            raise MLError("the strength is a number from 0 to 1")
        if self.stage == "pixelation":
            _covered(self)
        else:
            _warp(self)

    def reach(self, box: Sequence[float]) -> float:
        """How far undoing this moves the points of a box (x, y, width, height) at most, in pixels;
        points that have no place in the clean photo left out.
        """
        if self.stage == "pixelation":
            return 0.0
        x, y, width, height = box
        along = np.linspace(0, 1, _ALONG)
        across = np.meshgrid(x + width * along, y + height * along)
        points = np.stack(across, axis=-1).reshape(-1, 2)
        ways = np.linalg.norm(_warp(self).inverse(points) - points, axis=1)
        return float(np.max(ways, initial=0.0, where=np.isfinite(ways)))


@dataclass(frozen=True)
class Geometry:
    """Where points of the photo lie in its repaired version, and back; pixels of both upright.

    `warps` bent the photo, the first first; `box` (left, top, width, height) is shown of what is
    clean.
    """

    warps: tuple[Warp, ...]
    box: Box

    def to_repaired(self, points: Points) -> Points:
        """Points (N, 2) of the photo, in the version; NaN where they have no place."""
        return np.asarray(compose.inverse(self.warps, points) - self.box[:2])

    def to_photo(self, points: Points) -> Points:
        """Points (N, 2) of the version, in the photo."""
        return compose.forward(self.warps, points + np.array(self.box[:2], np.float64))

    def box_in(self, box: Sequence[float], *, repaired: bool) -> BoxPx | None:
        """The bounds of a box (x, y, width, height) of the photo in the version (`repaired`), or
        of one of the version in the photo; None where it has no place there.
        """
        x, y, width, height = box
        along = np.linspace(0, 1, 9)
        sides = [(0.0, a) for a in along] + [(1.0, a) for a in along]
        rim = np.array([*sides, *((a, s) for s, a in sides)]) * (width, height) + (x, y) - 0.5
        moved = (self.to_repaired if repaired else self.to_photo)(rim) + 0.5
        if not np.isfinite(moved).all():
            return None
        low, high = moved.min(0), moved.max(0)
        wide, tall = (high - low).tolist()
        return (float(low[0]), float(low[1]), float(wide), float(tall))


@dataclass(frozen=True)
class Recipe:
    """All that is done to a photo: steps in the order in which they are undone, and what becomes
    of the rim that a warp leaves open.
    """

    steps: tuple[Step, ...]
    rim: Rim = "crop"

    @classmethod
    def of(cls, told: dict[str, Any]) -> "Recipe":
        """The recipe of its JSON; MLError where that is none."""
        try:
            steps = tuple(
                Step(**each | {"kind": str(each["kind"]), "params": dict(each["params"])})
                for each in told["steps"]
            )
            recipe = cls(steps, told.get("rim", "crop"))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise MLError(f"this is no recipe of a repair: {error}") from None
        if recipe.rim not in RIMS:
            raise MLError(f"the rim is one of {', '.join(RIMS)}, not {recipe.rim!r}")
        for step in steps:
            step.check()
        return recipe

    def as_json(self) -> dict[str, Any]:
        """The recipe as plain values."""
        return {"steps": [asdict(step) for step in self.steps], "rim": self.rim}

    @cached_property
    def digest(self) -> str:
        """The start of a hash of what is done; equal recipes have equal ones."""
        text = json.dumps(self.as_json(), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def of_stage(self, stage: str) -> tuple[Step, ...]:
        """Its steps of one stage, in their order."""
        return tuple(step for step in self.steps if step.stage == stage)

    @cached_property
    def warps(self) -> tuple[Warp, ...]:
        """What bent the photo, the first first; WarpError where parameters are none."""
        return tuple(_warp(step) for step in reversed(self.of_stage("distortion")))

    @property
    def networks(self) -> dict[str, str]:
        """Networks that have a hand in the repair itself, by what they do."""
        if not any(step.stage == "pixelation" for step in self.steps):
            return {}
        return {"superres": f"{_ENLARGING}@{entry(_ENLARGING).sha256[:8]}"}

    def geometry(self, size: tuple[int, int]) -> Geometry | None:
        """Where things go in a photo of (width, height); None where nothing moves."""
        return Geometry(self.warps, crop_of(self.warps, size, self.rim)) if self.warps else None


def _warp(step: Step) -> Warp:
    warp = from_json(step.kind, step.params)
    return warp if step.strength == 1 else warp.weakened(step.strength)


def _covered(step: Step) -> Covered:
    if step.kind != "mosaic":
        raise MLError(f"no repair of pixelation is called {step.kind!r}")
    return Covered.of(step.params)


def apply(deep: Deep, recipe: Recipe) -> Deep:
    """Repair a photo at its own depth; pixels that no step concerns stay as they are, bit by bit.

    Raises WeightsError where a network that it takes is missing.
    """
    for stage in STAGES:
        deep = _UNDONE[stage](deep, recipe)
    return deep


def draft(pixels: Pixels, recipe: Recipe, factor: float) -> Pixels:
    """Repair (H, W, 3) that is `factor` as large as the photo, quickly, for the screen. Mosaics
    whose blocks are too small to be seen there stay.
    """
    for step in recipe.of_stage("pixelation"):
        covered = _covered(step).scaled(factor)
        if covered.block >= SMALLEST:
            pixels = restore(pixels, covered, engine.load(_QUICK), step.strength)
    warps = compose.scaled(recipe.warps, factor)
    return unwarp(pixels, warps, recipe.rim, draft=True).pixels if warps else pixels


def _without_mosaics(deep: Deep, recipe: Recipe) -> Deep:
    """Colours alone: a mosaic leaves alpha as it is."""
    steps = recipe.of_stage("pixelation")
    if not steps:
        return deep
    values = deep.values.copy()
    alpha = deep.mode in ("LA", "RGBA")
    colours = values[..., :-1] if alpha else values
    for step in steps:
        colours[...] = restore(colours, _covered(step), engine.load(_ENLARGING), step.strength)
    return deep.with_values(values)


def _unbent(deep: Deep, recipe: Recipe) -> Deep:
    if not recipe.warps:
        return deep
    return deep.with_values(unwarp(deep.values, recipe.warps, recipe.rim).pixels)


_UNDONE = {"pixelation": _without_mosaics, "distortion": _unbent}
