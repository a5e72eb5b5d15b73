"""Noise: of film and sensors."""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from ml.degradations.degradation import Degradation, Floats, encoded, linear

MOST_SIGMA = 75.0


@dataclass(frozen=True)
class GaussianNoise(Degradation):
    """Independent normal noise in every channel of every pixel, as the papers add it."""

    kind: ClassVar[str] = "noise"

    @classmethod
    def of(cls, sigma: float, seed: int = 0) -> "GaussianNoise":
        """That of a deviation in grey levels of 255, up to 75."""
        return cls(sigma / MOST_SIGMA, seed)

    @property
    def params(self) -> dict[str, float]:
        """`sigma` in grey levels of 255."""
        return {"sigma": self.severity * MOST_SIGMA}

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        noise = rng.standard_normal(values.shape, np.float32)
        return values + noise * np.float32(self.params["sigma"] / 255)


@dataclass(frozen=True)
class PoissonNoise(Degradation):
    """Shot noise: every pixel counts photons, `peak` of them in white."""

    kind: ClassVar[str] = "noise"

    @property
    def params(self) -> dict[str, float]:
        """`peak` in photons, and `sigma`, the deviation in mid grey, in grey levels of 255."""
        sigma = self.severity * MOST_SIGMA
        return {"sigma": sigma, "peak": 0.5 / (sigma / 255) ** 2 if sigma else float("inf")}

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        peak = self.params["peak"]
        counted = rng.poisson(np.clip(values, 0, 1).astype(np.float64) * peak)
        return np.asarray(counted / peak, np.float32) + values - np.clip(values, 0, 1)


@dataclass(frozen=True)
class CameraNoise(Degradation):
    """Noise of a sensor in raw light (shot and read), then demosaiced and encoded: coarser, in
    blotches of colour, strongest in the shadows.
    """

    kind: ClassVar[str] = "noise"

    @property
    def params(self) -> dict[str, float]:
        """`sigma` of mid grey in grey levels of 255, before demosaicing halves some of it."""
        return {"sigma": self.severity * MOST_SIGMA}

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        light = linear(np.clip(values, 0, 1))
        # Mid grey's slope of the encoding turns a deviation of light into one of values.
        wanted = self.params["sigma"] / 255 * 2.2 * 0.5 ** (1.2 / 2.2) * 0.5 ** (1 / 2.2)
        read = rng.uniform(0.1, 0.4) * wanted
        shot = (wanted**2 - read**2) / 0.22
        clean = _mosaic(light)
        noisy = clean + rng.standard_normal(clean.shape, np.float32) * np.sqrt(
            np.float32(shot) * clean + np.float32(read) ** 2
        )
        # Only what noise changes is taken over: demosaicing itself leaves the picture alone.
        change = _demosaiced(noisy) - _demosaiced(clean)
        # Cameras smooth colour far more than lightness.
        grey = change.mean(2, keepdims=True)
        change = grey + np.float32(0.7) * cv2.GaussianBlur(change - grey, (0, 0), 0.8)
        return np.asarray(values + encoded(light + change) - encoded(light), np.float32)


def _mosaic(light: Floats) -> Floats:
    """RGGB from RGB (H, W, 3): (H, W)."""
    plane = light[..., 1].copy()
    plane[::2, ::2] = light[::2, ::2, 0]
    plane[1::2, 1::2] = light[1::2, 1::2, 2]
    return plane


def _demosaiced(plane: Floats) -> Floats:
    """Bilinear: each colour averaged from its own sites, (H, W, 3)."""
    found = []
    for rows, columns in (((0,), (0,)), ((0, 1), (1, 0)), ((1,), (1,))):
        sites = np.zeros_like(plane)
        for row, column in zip(rows, columns, strict=True):
            sites[row::2, column::2] = 1
        both = [cv2.GaussianBlur(each, (3, 3), 0.85) for each in (plane * sites, sites)]
        found.append(np.where(sites > 0, plane, both[0] / np.maximum(both[1], 1e-6)))
    return np.asarray(np.stack(found, 2), np.float32)
