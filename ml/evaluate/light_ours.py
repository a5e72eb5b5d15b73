"""Our repair of light as rows: blind, and told which kind it is."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ml.degradations.degradation import Pixels, as_uint8
from ml.evaluate.restoration_trials import Trial
from ml.light import brighten, gate, undone
from ml.light.statistics import view_of
from ml.light.told import Loss, judge
from ml.restoration import undone as restoration

KINDS = {"fading": "faded", "varnish": "varnish", "low_light": "dark", "haze": "haze"}
"""What findings of a row are called."""


def blind(photo: Pixels) -> Pixels:
    """Give back to (H, W, 3) uint8 what the stage proposes; the same pixels where it is nothing."""
    return repaired(photo, gate.proposed(photo))


def asked(photo: Pixels, kind: str) -> Pixels:
    """The same, told that a photo lost light in this way, without a gate."""
    loss = next((one for one in judge(photo) if one.kind == kind), None)
    if loss is None:  # too small to tell
        return photo
    if kind == "dark":
        view = view_of(photo, brighten.SIDE)
        loss = replace(loss, params=brighten.blended(loss.params, view))
    return repaired(photo, [loss])


def repaired(photo: Pixels, losses: Sequence[Loss]) -> Pixels:
    """Undo losses at full strength, as a recipe does."""
    if not losses:
        return photo
    steps: list[undone.Told] = []
    for one in losses:
        noise = {"noise": brighten.noise(photo, one.params)} if one.kind == "dark" else {}
        steps.append((one.kind, one.params | noise, 1.0))
    values = undone.undo(photo, "RGB", steps)
    grain = undone.grain(steps)
    return np.asarray(restoration.undo(values, "RGB", grain) if grain else values)


def lit(image: Pixels) -> Pixels:
    """What the repair of damage left, its light given back where the stage proposes that."""
    photo = image if image.dtype == np.uint8 else as_uint8(image)
    done = blind(photo)
    return image if done is photo else done


def told_kind(trial: Trial) -> Pixels:
    """A trial of light, told which kind it is."""
    return asked(trial.image, KINDS[trial.row])
