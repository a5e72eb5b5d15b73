"""All kinds of damage, and several of them one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.degradations.blur import DefocusBlur, GaussianBlur, Jpeg, MotionBlur
from ml.degradations.degradation import Damaged, Degradation, Mask, Pixels
from ml.degradations.folds import Creases, Tears
from ml.degradations.light import Fading, Haze, LowLight, Varnish
from ml.degradations.marks import Dust, Scratches
from ml.degradations.noise import CameraNoise, GaussianNoise, PoissonNoise
from ml.degradations.paint import Craquelure, PaintLosses
from ml.degradations.stains import Stains

DEGRADATIONS: dict[str, type[Degradation]] = {
    "gaussian_noise": GaussianNoise,
    "poisson_noise": PoissonNoise,
    "camera_noise": CameraNoise,
    "gaussian_blur": GaussianBlur,
    "defocus_blur": DefocusBlur,
    "motion_blur": MotionBlur,
    "jpeg": Jpeg,
    "scratches": Scratches,
    "dust": Dust,
    "creases": Creases,
    "tears": Tears,
    "stains": Stains,
    "losses": PaintLosses,
    "craquelure": Craquelure,
    "varnish": Varnish,
    "fading": Fading,
    "low_light": LowLight,
    "haze": Haze,
}
KINDS = tuple(dict.fromkeys(each.kind for each in DEGRADATIONS.values()))
"""What findings of them are called."""


@dataclass(frozen=True)
class Composition:
    """Several kinds of damage, the first done first."""

    steps: tuple[Degradation, ...]

    def apply(self, image: Pixels) -> Damaged:
        """Damage a picture as `Degradation.apply` does."""
        return self.traced(image)[0]

    def traced(self, image: Pixels) -> tuple[Damaged, dict[str, Mask]]:
        """The damaged picture, and for each kind that leaves most of it alone what it changed."""
        masks = dict[str, Mask]()
        done = image.copy()
        for step in self.steps:
            damaged = step.apply(done)
            done = damaged.image
            if step.local:
                masks[step.kind] = masks.get(step.kind, np.False_) | damaged.mask
        return Damaged(done, np.asarray((done != image).any(axis=2))), masks


def draw(
    rng: np.random.Generator,
    names: Sequence[str] = tuple(DEGRADATIONS),
    most: int = 3,
    severities: tuple[float, float] = (0.1, 0.9),
) -> Composition:
    """One to `most` kinds in random order, none twice."""
    count = int(rng.integers(1, min(most, len(names)) + 1))
    chosen = rng.choice(len(names), count, replace=False)
    steps = [
        DEGRADATIONS[names[i]](float(rng.uniform(*severities)), int(rng.integers(2**31)))
        for i in chosen
    ]
    return Composition(tuple(steps))
