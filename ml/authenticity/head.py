"""The linear head on frozen features: how much each part of them speaks for a generator."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity.frozen import PARTS, TINY, Features, Layer
from ml.errors import WeightsError

Values = NDArray[np.float32]

HEAD = Path(__file__).parents[1] / "data" / "authenticity_head.npz"
SPAN = 5.0  # deviations beyond which no value counts more


@dataclass(frozen=True)
class Head:
    """By part: mean, spread and weights of its values; `base` is added to what they give."""

    mean: dict[str, Values]
    spread: dict[str, Values]
    weights: dict[str, Values]
    base: float

    def speaks(self, parts: dict[str, Values]) -> dict[str, float]:
        """How much each part speaks for a generator; with the base they sum to the score."""
        return {part: self._part(part, parts[part]) for part in PARTS}

    def places(self, features: Features) -> Values:
        """How much each place (h, w) speaks for a generator: a map whose mean is about the score
        (Zhou et al., Learning deep features for discriminative localization, CVPR 2016).

        Deviations are shared out by how far each place is from the mean.
        """
        size = max((layer.places.shape[:2] for layer in features.layers), key=np.prod)[::-1]
        rest = sum(self.speaks(features.parts).values()) + self.base
        found = np.full(size[::-1], rest, np.float32)
        for layer in features.layers:
            spoken = self._spoken(layer)
            away = np.asarray(spoken - spoken.mean(), np.float32)
            found += cv2.resize(away, size, interpolation=cv2.INTER_LINEAR)
        return found

    def _spoken(self, layer: Layer) -> Values:
        slopes = self.weights[layer.part] / self.spread[layer.part]
        count = layer.places.shape[2]
        means = slopes[layer.start : layer.start + count]
        spoken = layer.places @ means
        if layer.spread:
            away = layer.places - layer.places.mean((0, 1))
            spread = np.sqrt((away**2).mean((0, 1)) + TINY)
            spoken = spoken + away**2 @ (
                slopes[layer.start + count : layer.start + 2 * count] / (2 * spread)
            )
        return spoken

    def _part(self, part: str, values: Values) -> float:
        standard = np.clip((values - self.mean[part]) / self.spread[part], -SPAN, SPAN)
        return float(standard @ self.weights[part])

    def save(self, path: Path) -> None:
        """Write it as the stage reads it, in half precision: the sums keep three digits."""
        rows: dict[str, Any] = {
            f"{part}_{name}": values[part].astype(np.float16)
            for name, values in _named(self).items()
            for part in PARTS
        }
        np.savez_compressed(path, base=np.float32(self.base), **rows)


def _named(head: Head) -> dict[str, dict[str, Values]]:
    return {"mean": head.mean, "spread": head.spread, "weights": head.weights}


@cache
def head(path: Path = HEAD) -> Head:
    """Read the committed head; raises WeightsError where it is missing or no such file."""
    try:
        with np.load(path) as kept:
            mean, spread, weights = (
                {part: kept[f"{part}_{name}"].astype(np.float32) for part in PARTS}
                for name in ("mean", "spread", "weights")
            )
            return Head(mean, spread, weights, float(kept["base"]))
    except (OSError, KeyError, ValueError) as error:
        raise WeightsError(
            f"{path.name} cannot be read; python -m ml train authenticity-gate writes it"
        ) from error
