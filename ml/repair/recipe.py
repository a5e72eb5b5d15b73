"""What is done to a photo, as data: findings to repair, in order, and how."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ml import engine
from ml.degradations.mosaic import SMALLEST
from ml.errors import MLError
from ml.image.deep import Deep
from ml.light import undone as light
from ml.marks import undone as marks
from ml.pixelation.restore import restore
from ml.repair.geometry import Geometry
from ml.repair.step import STAGES, TURNED, Step
from ml.repair.unwarp import Pixels, Rim, crop_of, unwarp
from ml.restoration import blind, deconvolution, likeness, undone
from ml.restoration.blind import Progress
from ml.warps import Warp, compose
from ml.weights.manifest import entry

__all__ = ["RIMS", "STAGES", "Geometry", "Recipe", "Step", "apply", "draft"]

RIMS: tuple[Rim, ...] = ("crop", "fill")
_ENLARGING, _QUICK = (
    "superres_quality",
    "superres_fast",
)  # what a mosaic's blocks are made a picture by


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
        """The start of a hash of what is done; equal recipes have equal ones, as long as what
        undoes damage and keeps faces stays as it is.
        """
        text = json.dumps(self.as_json(), sort_keys=True)
        if undone.deconvolves(self.damage):
            text += deconvolution.VERSION
        if self.damage or self.grain:
            text += blind.VERSION
        if self.keeps_faces:
            text += likeness.VERSION + entry(likeness.NETWORK).sha256
        text += "".join(entry(name).sha256 for name in marks.networks(self.marks))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def of_stage(self, stage: str) -> tuple[Step, ...]:
        """Its steps of one stage, in their order."""
        return tuple(step for step in self.steps if step.stage == stage)

    @cached_property
    def warps(self) -> tuple[Warp, ...]:
        """What bent the photo, the first first; WarpError where parameters are none."""
        bent = [step for stage in STAGES for step in self.of_stage(stage) if step.bends]
        return tuple(step.warp() for step in reversed(bent))

    @property
    def damage(self) -> tuple[undone.Told, ...]:
        """Noise, blur and compression, which are undone together."""
        return tuple((step.kind, step.params, step.strength) for step in self.of_stage("damage"))

    @property
    def keeps_faces(self) -> bool:
        """Whether faces are looked for, since less is undone there."""
        return undone.keeps_faces(undone.steering(self.damage))

    @property
    def marks(self) -> tuple[marks.Told, ...]:
        """Marks on the surface, taken away one kind after the other."""
        return tuple((step.kind, step.params, step.strength) for step in self.of_stage("marks"))

    @property
    def light(self) -> tuple[light.Told, ...]:
        """What became of light and colour, undone one after the other."""
        return tuple((step.kind, step.params, step.strength) for step in self.of_stage("light"))

    @property
    def grain(self) -> tuple[undone.Told, ...]:
        """Noise that brightening brings up, where it is no finding of its own."""
        known = any(kind == "noise" for kind, _, _ in self.damage)
        return () if known else tuple(light.grain(self.light))

    @property
    def quarters(self) -> int:
        """By how many quarters the photo is turned anticlockwise, after everything else."""
        turns = [step for step in self.of_stage("rotation") if step.kind == TURNED]
        return sum(step.quarters() for step in turns if step.strength > 0) % 4

    @property
    def turns_alone(self) -> bool:
        """Whether every pixel stays as it is, and only which way is up is another."""
        return bool(self.steps) and all(step.kind == TURNED for step in self.steps)

    @property
    def networks(self) -> dict[str, str]:
        """Networks that have a hand in the repair itself, by what they do."""
        used = {
            "superres": (_ENLARGING,) if self.of_stage("pixelation") else (),
            "restoration": tuple(
                dict.fromkeys((*undone.networks(self.damage), *undone.networks(self.grain)))
            ),
            "faces": (likeness.NETWORK,) if self.keeps_faces else (),
            "stains": marks.networks(self.marks),
        }
        told = {
            does: [f"{name}@{entry(name).sha256[:8]}" for name in names]
            for does, names in used.items()
        }
        if undone.deconvolves(self.damage):
            told["restoration"].append(deconvolution.VERSION)
        if self.keeps_faces:
            told["faces"].append(likeness.VERSION)
        return {does: "+".join(names) for does, names in told.items() if names}

    def geometry(self, size: tuple[int, int]) -> Geometry | None:
        """Where things go in a photo of (width, height); None where nothing moves."""
        if not (self.warps or self.quarters):
            return None
        return Geometry(self.warps, crop_of(self.warps, size, self.rim), self.quarters)


def apply(deep: Deep, recipe: Recipe, progress: Progress | None = None) -> Deep:
    """Repair a photo at its own depth; pixels that no step concerns stay as they are, bit by bit.

    `progress` is called now and then with the share that a stage has done, and stops the work by
    raising. Raises WeightsError where a network that it takes is missing.
    """
    tell = progress or _nobody
    deep = _unmarked(_without_mosaics(deep, recipe, tell), recipe, tell)
    tell(0.0)
    deep = _lit(_undamaged(deep, recipe, tell), recipe, tell)
    tell(0.0)
    return _upright(_unbent(deep, recipe), recipe)


def _nobody(share: float) -> None:
    """Nobody listens."""


def draft(pixels: Pixels, recipe: Recipe, factor: float) -> Pixels:
    """Repair (H, W, 3) that is `factor` as large as the photo, quickly, for the screen. Mosaics
    whose blocks are too small to be seen there stay.
    """
    for step in recipe.of_stage("pixelation"):
        covered = step.covered().scaled(factor)
        if covered.block >= SMALLEST:
            pixels = restore(pixels, covered, engine.load(_QUICK), step.strength)
    if recipe.marks:
        pixels = marks.draft(pixels, recipe.marks)
    if damage := recipe.damage:
        pixels = undone.draft(pixels, factor, damage)
    if recipe.light:
        pixels = light.draft(pixels, recipe.light)
    if grain := recipe.grain:
        pixels = undone.draft(pixels, factor, grain)
    warps = compose.scaled(recipe.warps, factor)
    if warps:
        pixels = unwarp(pixels, warps, recipe.rim, draft=True).pixels
    return np.ascontiguousarray(np.rot90(pixels, recipe.quarters))


def _without_mosaics(deep: Deep, recipe: Recipe, tell: Progress) -> Deep:
    """Colours alone: a mosaic leaves alpha as it is."""
    steps = recipe.of_stage("pixelation")
    if not steps:
        return deep
    values = deep.values.copy()
    alpha = deep.mode in ("LA", "RGBA")
    colours = values[..., :-1] if alpha else values
    for step in steps:
        network, share = engine.load(_ENLARGING), step.strength
        colours[...] = restore(colours, step.covered(), network, share, tell)
    return deep.with_values(values)


def _unmarked(deep: Deep, recipe: Recipe, tell: Progress) -> Deep:
    steps = recipe.marks
    return deep.with_values(marks.undo(deep.values, deep.mode, steps, tell)) if steps else deep


def _undamaged(deep: Deep, recipe: Recipe, tell: Progress) -> Deep:
    damage = recipe.damage
    return deep.with_values(undone.undo(deep.values, deep.mode, damage, tell)) if damage else deep


def _lit(deep: Deep, recipe: Recipe, tell: Progress) -> Deep:
    steps = recipe.light
    if not steps:
        return deep
    values = light.undo(deep.values, deep.mode, steps)
    if grain := recipe.grain:
        values = undone.undo(values, deep.mode, grain, tell)
    return deep.with_values(values)


def _unbent(deep: Deep, recipe: Recipe) -> Deep:
    if not recipe.warps:
        return deep
    return deep.with_values(unwarp(deep.values, recipe.warps, recipe.rim).pixels)


def _upright(deep: Deep, recipe: Recipe) -> Deep:
    if not recipe.quarters:
        return deep
    return deep.with_values(np.rot90(deep.values, recipe.quarters))
