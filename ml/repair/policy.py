"""From which confidence on a repair may be done without asking."""

from collections.abc import Callable

from ml.estimators import gate
from ml.light import gate as light
from ml.pixelation import score
from ml.repair.step import TILTED
from ml.restoration import gate as damage
from ml.rotation import orientation, tilt

_SURE: dict[str, Callable[[str], float]] = {
    "distortion": lambda _: gate.fitted().sure,
    "pixelation": lambda _: score.fitted().sure,
    "damage": lambda kind: damage.fitted()[kind].surest,
    "light": lambda kind: light.fitted()[kind].surest,
    "rotation": lambda kind: tilt.surest() if kind == TILTED else orientation.head().surest,
}


def sure(stage: str, kind: str = "") -> float:
    """Return the confidence from which on a stage's findings of a kind are repaired under
    "automatic"; fewer clean photos reach it than its proposals. Raises WeightsError where none has
    been fitted.
    """
    return _SURE[stage](kind)
