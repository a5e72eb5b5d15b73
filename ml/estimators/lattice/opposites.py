"""Warps that leave the same fringes, or nearly: those that move everything the other way."""

from dataclasses import replace

import numpy as np

from ml.estimators.encodings import ENCODINGS
from ml.estimators.lattice.fit import Fit

_OTHER = {"barrel": "pincushion", "pincushion": "barrel", "bulge": "pinch", "pinch": "bulge"}
_OTHER_LENS = np.array([-1, -1, 1, 1, -1, -1])
_BY_AXES = ("shear",)  # each axis by itself


def opposites(fit: Fit) -> list[Fit]:
    """The other readings of the same fringes; none where the kind has no opposite."""
    if fit.kind in _OTHER:
        return [replace(fit, kind=_OTHER[fit.kind])]
    if fit.kind == "lens":
        return [replace(fit, numbers=fit.numbers * _OTHER_LENS)]
    if fit.kind in (
        "bow",
        "wave",
    ):  # no program draws a bow's opposite canvas; waves tell their own
        return []
    strengths = ENCODINGS[fit.kind].strengths
    if fit.kind == "fisheye" or not strengths:
        return []
    half = strengths // 2
    turned = [slice(0, half), slice(half, strengths)] if fit.kind in _BY_AXES else []
    return [_turned(fit, part) for part in (slice(0, strengths), *turned)]


def _turned(fit: Fit, part: slice) -> Fit:
    numbers = fit.numbers.copy()
    numbers[part] *= -1
    return replace(fit, numbers=numbers)
