"""Noise, blur and compression of a photo: whether, and how strong, by trees over its traces."""

import cmath
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.restoration.traces import FEATURES, measured, parts, way

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

NETWORK = "grain_trees"
_CALM = FEATURES.index("noise_y_25")
_MOVED = 0.5  # probability from which on it is asked along which line
KINDS = ("noise", "blur", "motion_blur", "jpeg")
PARAMS = {"noise": "sigma", "blur": "sigma", "motion_blur": "length", "jpeg": "quality"}
"""What the number of a kind is called: grey levels, pixels, pixels, JPEG's quality."""


@dataclass(frozen=True)
class Grain:
    """Probability of a kind, and how strong it is, in the unit of PARAMS; of motion also its way in
    degrees clockwise from the horizontal, 0 to 180.
    """

    kind: str
    chance: float
    number: float
    angle: float = 0.0

    @property
    def params(self) -> dict[str, float]:
        """What a repair is told."""
        own = {PARAMS[self.kind]: round(self.number, 2)}
        return own | ({"angle": round(self.angle, 1)} if self.kind == "motion_blur" else {})


def judge(photo: Pixels) -> tuple[Grain, ...]:
    """Judge a photo (H, W, 3) of 64 pixels a side or more at its own resolution, all KINDS.

    Raises WeightsError without the trees.
    """
    seen = parts(photo)
    looks = np.stack([measured(part) for part in seen])
    told = engine.load(NETWORK).run(looks)["told"]
    told[:, len(KINDS) :] += beside(looks)
    numbers = np.median(told[:, len(KINDS) :], 0)
    # Compression shows where there is detail; noise and blur that one part is free of are none.
    logits = [
        np.median(told[:, i]) if kind == "jpeg" else told[:, i].min()
        for i, kind in enumerate(KINDS)
    ]
    chances = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return tuple(
        Grain(kind, float(chance), _said(kind, float(number)), _angle(seen, kind, float(chance)))
        for kind, chance, number in zip(KINDS, chances, numbers, strict=True)
    )


def beside(looks: Floats) -> Floats:
    """What trees' numbers are told beside, (parts, KINDS): of noise what calm cells show of it."""
    known = np.zeros((len(looks), len(KINDS)), np.float32)
    known[:, KINDS.index("noise")] = looks[:, _CALM]
    return known


def _angle(seen: list[Pixels], kind: str, chance: float) -> float:
    """Along which line a photo was moved, where it was."""
    if kind != "motion_blur" or chance < _MOVED:
        return 0.0
    return math.degrees(cmath.phase(sum(way(part) for part in seen))) / 2 % 180


def told_as(kind: str, number: float) -> float:
    """What trees learn of a number: its logarithm; of quality, that of what was lost."""
    return float(np.log(101 - number if kind == "jpeg" else number))


def _said(kind: str, told: float) -> float:
    number = float(np.exp(told))
    return 101 - number if kind == "jpeg" else number
