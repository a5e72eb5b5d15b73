"""From which confidence on a repair may be done without asking."""

from collections.abc import Callable

from ml.estimators import gate
from ml.pixelation import score

_SURE: dict[str, Callable[[], float]] = {
    "distortion": lambda: gate.fitted().sure,
    "pixelation": lambda: score.fitted().high,
}


def sure(stage: str) -> float:
    """Return the confidence from which on a stage's findings are repaired under "automatic"; fewer
    clean photos reach it than its proposals. Raises WeightsError where none has been fitted.
    """
    return _SURE[stage]()
