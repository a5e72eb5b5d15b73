"""From logits of cells to one probability of a photo: that anything in it is a mosaic."""

import json
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.errors import WeightsError

FILE = Path(__file__).parents[1] / "data" / "pixelation_scores.json"
TREES, NETWORK, BOTH = "pixelation_trees", "pixelation_cells", "both"

Logits = NDArray[np.float32]

_SIDES = (64, 96, 160)  # px; squares over which logits are averaged
_PARTS = (8, 4, 2)  # of the cells that say it most
_MOST = 8.0


@dataclass(frozen=True)
class Score:
    """A logistic line through what cells say; `weights` is the sha256 of what gave the logits, of
    one after the other where both did.
    """

    line: tuple[float, ...]
    bias: float
    weights: str

    def probability(self, told: NDArray[np.float64]) -> float:
        """How likely a photo of that `summary` has a mosaic."""
        return 1 / (1 + math.exp(-(float(np.dot(self.line, told)) + self.bias)))


@dataclass(frozen=True)
class Scores:
    """Those of both methods and of both together. From `gate` on a photo counts as pixelated. The
    cascade believes the trees below `low` and above `high`, and asks the network as well between.
    From `sure` on a photo may be repaired unasked.
    """

    by: dict[str, Score]
    gate: dict[str, float]
    low: float
    high: float
    sure: float


def summary(logits: Logits, cell: int) -> NDArray[np.float64]:
    """What logits (rows, columns) of cells of so many px say of the photo: (12,)."""
    clipped = np.clip(logits, -_MOST, _MOST)
    most = [float(clipped.max())]
    for side in _SIDES:
        count = (min(side // cell, logits.shape[1]), min(side // cell, logits.shape[0]))
        most.append(float(_means(clipped, count).max()))
    order = np.sort(clipped.ravel())
    mean = float(clipped.mean())
    # A photo that is a mosaic all over and one with a small part of it are told by different lines.
    whole = [mean, max(mean, 0.0), float((order > 0).mean()), float((order > 2).mean())]
    # Where half of a photo is dark or even, the rest must tell.
    best = [float(order[-max(1, len(order) // part) :].mean()) for part in _PARTS]
    return np.array([*most, float(order[-6:].mean()), *whole, *best])


def _means(values: Logits, count: tuple[int, int]) -> NDArray[np.float64]:
    """Means over every block of (columns, rows) cells."""
    sums = cv2.integral(values, sdepth=cv2.CV_64F)
    x, y = max(1, count[0]), max(1, count[1])
    total = sums[y:, x:] - sums[:-y, x:] - sums[y:, :-x] + sums[:-y, :-x]
    return np.asarray(total / (x * y))


@lru_cache(maxsize=1)
def fitted() -> Scores:
    """The committed scores; WeightsError where there are none."""
    try:
        told = json.loads(FILE.read_text("utf-8"))
    except FileNotFoundError:
        raise WeightsError(
            "how likely a photo is pixelated has not been fitted; "
            "python -m ml train pixelation --data DIR does it"
        ) from None
    by = {
        name: Score(tuple(each["line"]), each["bias"], each["weights"])
        for name, each in told["by"].items()
    }
    return Scores(by, told["gate"], told["low"], told["high"], told["sure"])
