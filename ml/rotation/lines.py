"""Tilt by straight lines: what ought to be upright or level, and is a little off."""

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Angles = NDArray[np.float64]

MOST = 18.0  # degrees from level or upright within which a line has a say
_SIDE = 640
_SHORTEST = 0.025  # of the long side
_STEP, _SPREAD = 0.1, 0.6  # of the histogram, and how sharply lines agree, in degrees
_APART, _LEVEL = 2.0, 0.8  # degrees


@dataclass(frozen=True)
class Lined:
    """What the lines say: `angle` in degrees clockwise by which the photo is turned, and the share
    of their length that agrees with it, 0 to 1; `length` of all of them, in long sides.

    The others are votes, as shares of all: for the angle (`peak`), of them by verticals, for the
    next best 2 degrees away, for no turn; and the best of verticals and horizontals apart, with
    their angles.
    """

    angle: float
    agreement: float
    length: float
    peak: float
    of_verticals: float
    next_peak: float
    level: float
    verticals: float
    vertical: float
    horizontals: float
    horizontal: float


def segments(photo: Pixels) -> NDArray[np.float64]:
    """Straight segments (N, 4) of a photo as x1, y1, x2, y2, at a long side of 640 pixels."""
    grey = _grey(photo)
    found: Any = cv2.createLineSegmentDetector(cv2.LSD_REFINE_STD).detect(grey)[0]
    if found is None:
        return np.zeros((0, 4))
    lines = np.asarray(found, np.float64).reshape(-1, 4)
    lengths = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    return np.asarray(lines[lengths > _SHORTEST * _SIDE])


def lined(photo: Pixels) -> Lined | None:
    """The turn that most length of lines agrees about; None where there are no lines."""
    lines = segments(photo)
    across, down = lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]
    lengths = np.hypot(across, down)
    angles = np.degrees(np.arctan2(down, across))
    # Verticals converge where the camera looks up: those far from the middle say less.
    upright = np.abs((angles % 180) - 90) < 45
    away = np.abs((lines[:, 0] + lines[:, 2]) / 2 / _SIDE - 0.5)
    weights = lengths**1.5 * np.where(upright, 1 - 0.7 * np.minimum(1, 2 * away), 0.7)
    off = (angles + 45) % 90 - 45
    near = np.abs(off) < MOST
    if not near.any():
        return None
    weights = weights / weights.sum()
    return _agreed(off[near], weights[near], upright[near], float(lengths.sum() / _SIDE))


def _agreed(off: Angles, weights: Angles, upright: NDArray[np.bool_], length: float) -> Lined:
    steps = np.arange(-MOST, MOST + _STEP, _STEP)
    kernel = np.exp(-0.5 * ((steps[:, None] - off) / _SPREAD) ** 2)
    vertical, horizontal = (kernel[:, some] @ weights[some] for some in (upright, ~upright))
    votes = vertical + horizontal
    at = int(np.argmax(votes))
    best = float(steps[at])
    mine = np.abs(off - best) < 2 * _SPREAD
    angle = float(np.average(off[mine], weights=weights[mine])) if mine.any() else best
    return Lined(
        angle,
        float(weights[mine].sum()),
        length,
        peak=float(votes[at]),
        of_verticals=float(vertical[at]),
        next_peak=float(votes[np.abs(steps - best) > _APART].max()),
        level=float(votes[np.abs(steps) < _LEVEL].max()),
        verticals=float(vertical.max()),
        vertical=float(steps[vertical.argmax()]),
        horizontals=float(horizontal.max()),
        horizontal=float(steps[horizontal.argmax()]),
    )


def hough(photo: Pixels) -> float:
    """The plain way, to compare with: the commonest angle near level or upright, by length, of the
    probabilistic Hough transform; 0 without lines.
    """
    grey = _grey(photo)
    found: Any = cv2.HoughLinesP(cv2.Canny(grey, 60, 180), 1, math.pi / 720, 60, None, 40, 6)
    if found is None:
        return 0.0
    lines = np.asarray(found, np.float64).reshape(-1, 4)
    across, down = lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]
    off = (np.degrees(np.arctan2(down, across)) + 45) % 90 - 45
    near = np.abs(off) < MOST
    if not near.any():
        return 0.0
    bins = np.arange(-MOST, MOST + 0.5, 0.5)
    counts, _ = np.histogram(off[near], bins, weights=np.hypot(across, down)[near])
    return float(bins[np.argmax(counts)] + 0.25)


def _grey(photo: Pixels) -> Pixels:
    scale = _SIDE / max(photo.shape[:2])
    size = (max(8, round(photo.shape[1] * scale)), max(8, round(photo.shape[0] * scale)))
    small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
