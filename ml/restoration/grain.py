"""Noise, blur and compression of a photo: whether, and how strong, by trees over its traces."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.restoration.traces import FEATURES, measured, parts

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

NETWORK = "grain_trees"
_CALM = FEATURES.index("noise_y_25")
KINDS = ("noise", "blur", "motion_blur", "jpeg")
PARAMS = {"noise": "sigma", "blur": "sigma", "motion_blur": "length", "jpeg": "quality"}
"""What the number of a kind is called: grey levels, pixels, pixels, JPEG's quality."""


@dataclass(frozen=True)
class Grain:
    """Probability of a kind, and how strong it is, in the unit of PARAMS."""

    kind: str
    chance: float
    number: float


def judge(photo: Pixels) -> tuple[Grain, ...]:
    """Judge a photo (H, W, 3) of 64 pixels a side or more at its own resolution, all KINDS.

    Raises WeightsError without the trees.
    """
    looks = np.stack([measured(part) for part in parts(photo)])
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
        Grain(kind, float(chance), _said(kind, float(number)))
        for kind, chance, number in zip(KINDS, chances, numbers, strict=True)
    )


def beside(looks: Floats) -> Floats:
    """What trees' numbers are told beside, (parts, KINDS): of noise what calm cells show of it."""
    known = np.zeros((len(looks), len(KINDS)), np.float32)
    known[:, KINDS.index("noise")] = looks[:, _CALM]
    return known


def told_as(kind: str, number: float) -> float:
    """What trees learn of a number: its logarithm; of quality, that of what was lost."""
    return float(np.log(101 - number if kind == "jpeg" else number))


def _said(kind: str, told: float) -> float:
    number = float(np.exp(told))
    return 101 - number if kind == "jpeg" else number
