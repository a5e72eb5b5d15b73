"""By how many degrees a photo is off level: by its lines, where trees say that they are right."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.rotation.lines import Lined, lined

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

NETWORK = "tilt_trees"
LEAST, MOST = 1.0, 15.0  # degrees that are proposed: less nobody sees, more lines cannot tell
FEATURES = (
    "agreement",
    "length",
    "peak",
    "next_peak",
    "of_verticals",
    "of_horizontals",
    "level",
    "verticals_off",
    "horizontals_off",
    "verticals",
    "horizontals",
    "angle",
)


@dataclass(frozen=True)
class Leaning:
    """By how many degrees clockwise a photo is turned, and how likely that is right to a degree;
    `proposed`: whether that is said of hardly any level photo, and of no mild or strong angle.
    """

    angle: float
    confidence: float
    proposed: bool


def tilt(photo: Pixels) -> Leaning | None:
    """Judge a photo (H, W, 3) with a long side of 640 pixels or more; None without lines.

    Raises WeightsError without the trees.
    """
    told = lined(photo)
    if told is None:
        return None
    network = engine.load(NETWORK)
    logit = float(network.run(features(told)[None])["logit"][0, 0])
    chance = float(1 / (1 + np.exp(-np.clip(logit, -30, 30))))
    visible = LEAST <= abs(told.angle) <= MOST
    return Leaning(told.angle, chance, visible and chance >= float(network.metadata["proposed"]))


def surest() -> float:
    """From which confidence on a tilt is cut off without asking."""
    return float(engine.load(NETWORK).metadata["surest"])


def features(told: Lined) -> Floats:
    """What tells whether lines are right, (FEATURES,)."""
    peak = told.peak + 1e-6
    return np.array(
        [
            told.agreement,
            np.log1p(told.length),
            told.peak,
            told.next_peak / peak,
            told.of_verticals / peak,
            1 - told.of_verticals / peak,
            told.level / peak,
            abs(told.vertical - told.angle),
            abs(told.horizontal - told.angle),
            told.verticals,
            told.horizontals,
            abs(told.angle),
        ],
        np.float32,
    )
