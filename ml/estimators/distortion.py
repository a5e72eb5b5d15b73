"""Which geometric distortion a photo has, and with which parameters: the network's first answer."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine, weights
from ml.engine import Engine, Tensor
from ml.errors import WeightsError
from ml.estimators.encodings import WIDTH, decode
from ml.estimators.kinds import GROUP_OF, KINDS
from ml.estimators.reading import Reading, by_group, shares
from ml.warps import Warp

NETWORK = "distortion"
STRIDE = 32
AREA = 192**2  # about how many pixels the network sees
_LONGEST = 12 * STRIDE

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Estimate:
    """What the network takes a photo for.

    `warp` is in pixels of the photo, None for "none"; `confidence` is the probability of the
    group, `probabilities` those of all groups; `deviation` holds the standard deviations of the
    warp's numbers, in the unit of `ml.estimators.encodings`.
    """

    kind: str
    group: str
    confidence: float
    probabilities: dict[str, float]
    warp: Warp | None
    deviation: NDArray[np.float64]


def network() -> Engine:
    """The committed network; WeightsError where this version has none, or it is damaged."""
    if NETWORK not in weights.manifest():
        raise WeightsError("the network that recognises distortion is not part of this version")
    return engine.load(NETWORK)


def seen_size(size: tuple[int, int]) -> tuple[int, int]:
    """The size (width, height) in which the network sees a picture: about AREA pixels, sides
    multiples of STRIDE.
    """
    width = math.sqrt(AREA * size[0] / size[1])
    across = min(max(STRIDE, round(width / STRIDE) * STRIDE), _LONGEST)
    down = min(max(STRIDE, round(AREA / across / STRIDE) * STRIDE), _LONGEST)
    return across, down


def fit(image: Pixels) -> Pixels:
    """The picture (H, W, 3) in the size that the network sees."""
    size = seen_size((image.shape[1], image.shape[0]))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def estimate(engine: Engine, images: Sequence[Pixels], temperature: float = 1.0) -> list[Estimate]:
    """Judge pictures (H, W, 3) of one size, logits divided by `temperature`; raises
    EstimationError when the network fails.
    """
    size = (images[0].shape[1], images[0].shape[0])
    answer = run(engine, np.stack([fit(image) for image in images]))
    readings = [Reading.of(answer, row) for row in range(len(images))]
    return [judged(replace(one, kinds=one.kinds / temperature), size) for one in readings]


def reading(engine: Engine, image: Pixels) -> Reading:
    """What the network reads from one picture (H, W, 3); raises EstimationError when it fails."""
    return Reading.of(run(engine, fit(image)[None]), 0)


def run(engine: Engine, seen: Pixels) -> dict[str, Tensor]:
    """The network's answer to pictures (N, H, W, 3) of a size as `seen_size` gives it."""
    return engine.run(np.ascontiguousarray(seen.transpose(0, 3, 1, 2), np.float32))


def judged(told: Reading, size: tuple[int, int]) -> Estimate:
    """What a reading of a picture of (width, height) comes to."""
    kinds = shares(told.kinds)
    groups = by_group(kinds)
    group = max(groups, key=groups.__getitem__)
    kind = max((kind for kind in KINDS if GROUP_OF[kind] == group), key=kinds.__getitem__)
    if kind == "none":
        return Estimate(kind, group, groups[group], groups, None, np.zeros(WIDTH))
    numbers, deviation = told.numbers(kind)
    warp = decode(kind, numbers, size, told.models(kind)[0])
    return Estimate(kind, group, groups[group], groups, warp, deviation)
