"""Several kinds of damage at once, as the product undoes them: marks, then damage, then light."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ml.degradations.degradation import Mask, Pixels
from ml.degradations.table import Composition
from ml.evaluate import light_ours
from ml.evaluate.restoration_baselines import in_bytes
from ml.evaluate.restoration_ours import Ours, steps_of
from ml.evaluate.restoration_trials import Trial
from ml.light import undone as light
from ml.marks import limits, undone
from ml.marks.kinds import OF
from ml.marks.mask import encoded

FILLED = tuple(kind for kind in undone.REPAIRED if kind != "stain")
"""Kinds of marks that are filled where the network finds them; it looks for no stains."""


def methods(own: Ours) -> Iterator[tuple[str, Callable[[Trial], Pixels]]]:
    """The ways in which a person has a hand in it, by name: `marks_found` presses *Find it* and
    corrects nothing; `painted_oracle` paints the true marks, the rest is proposed; `kinds_oracle`
    says which light was lost, too, and no number; `told_oracle` knows all true numbers.
    """
    yield "marks_found", lambda trial: proposed(own, found(in_bytes(trial.image)))
    yield "painted_oracle", lambda trial: proposed(own, painted(trial))
    yield "kinds_oracle", lambda trial: _asked(own, trial)
    yield "told_oracle", lambda trial: told(own, trial)


def proposed(own: Ours, image: Pixels) -> Pixels:
    """What the stages propose of a photo, undone."""
    return light_ours.lit(own.proposed(image))


def found(image: NDArray[np.uint8]) -> Pixels:
    """A photo with what the network of marks finds of all that is filled."""
    kinds = tuple(kind for kind in FILLED if kind in limits.sought())
    return unmarked(image, limits.found(image, kinds)) if kinds else image


def painted(trial: Trial) -> Pixels:
    """A trial without its marks, where a person has painted them as they are; creases stay."""
    masks = dict[str, Mask]()
    if isinstance(trial.damage, Composition):
        for kind, mask in trial.damage.traced(trial.clean)[1].items():
            masks[OF[kind]] = masks.get(OF[kind], np.False_) | mask
    return unmarked(in_bytes(trial.image), masks)


def unmarked(image: NDArray[np.uint8], masks: Mapping[str, Mask]) -> Pixels:
    """A photo without the marks of some masks, by their kinds."""
    steps = [
        (kind, {"mask": encoded(mask)}, 1.0)
        for kind, mask in masks.items()
        if kind in undone.REPAIRED and mask.any()
    ]
    return np.asarray(undone.undo(image, "RGB", steps)) if steps else image


def told(own: Ours, trial: Trial) -> Pixels:
    """A trial with all that was done to it undone by its true numbers."""
    done = own.told(replace(trial, image=painted(trial)))
    faded = [("faded", dict(s.params), 1.0) for s in steps_of(trial) if s.kind == "faded"]
    return np.asarray(light.undo(in_bytes(done), "RGB", faded)) if faded else done


def _asked(own: Ours, trial: Trial) -> Pixels:
    done = own.proposed(painted(trial))
    lost = [step.kind for step in steps_of(trial) if step.stage == "light"]
    return light_ours.asked(in_bytes(done), lost[0]) if lost else done
