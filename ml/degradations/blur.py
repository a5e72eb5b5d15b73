"""Blur and compression: detail that is lost everywhere."""

import math
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from ml.degradations.degradation import Degradation, Floats, as_uint8

MOST_SIGMA = 4.0
MOST_RADIUS = 7.0
MOST_LENGTH = 25.0
BEST_QUALITY, WORST_QUALITY = 95, 5


@dataclass(frozen=True)
class GaussianBlur(Degradation):
    """A soft lens, a scan, an enlargement."""

    kind: ClassVar[str] = "blur"

    @classmethod
    def of(cls, sigma: float, seed: int = 0) -> "GaussianBlur":
        """That of a deviation in pixels, up to 4."""
        return cls(sigma / MOST_SIGMA, seed)

    @property
    def params(self) -> dict[str, float]:
        """`sigma` in pixels."""
        return {"sigma": self.severity * MOST_SIGMA}

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        del rng
        sigma = self.params["sigma"]
        return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT))


@dataclass(frozen=True)
class DefocusBlur(Degradation):
    """Out of focus: every point becomes a disc."""

    kind: ClassVar[str] = "blur"

    @property
    def params(self) -> dict[str, float]:
        """`radius` of the disc, and `sigma`, the deviation of as wide a bell, in pixels."""
        radius = self.severity * MOST_RADIUS
        return {"radius": radius, "sigma": radius / 2}

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        del rng
        return _filtered(values, disc(self.params["radius"]))


@dataclass(frozen=True)
class MotionBlur(Degradation):
    """The camera moved: along a line that bends a little, at an uneven speed."""

    kind: ClassVar[str] = "motion_blur"

    @property
    def params(self) -> dict[str, float]:
        """`length` of the way in pixels and its `angle` in degrees clockwise."""
        angle = float(self._rng().uniform(0, 180))
        return {"length": self.severity * MOST_LENGTH, "angle": angle}

    def kernel(self) -> Floats:
        """What one point of light becomes."""
        rng = self._rng()
        angle, length = math.radians(float(rng.uniform(0, 180))), self.params["length"]
        bend = float(rng.normal(0, 0.12))
        along = np.linspace(-0.5, 0.5, 64) * length
        across = bend * length * (np.cos(np.linspace(-1, 1, 64) * np.pi / 2) - 0.5)
        x = along * math.cos(angle) - across * math.sin(angle)
        y = along * math.sin(angle) + across * math.cos(angle)
        reach = math.ceil(max(np.abs(x).max(), np.abs(y).max())) + 1
        kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
        speed = 1 + 0.3 * np.sin(np.linspace(0, 2 * np.pi, 64) + rng.uniform(0, 7))
        left, top = np.floor(x).astype(int), np.floor(y).astype(int)
        for right in (0, 1):
            for below in (0, 1):
                share = np.abs(1 - right - (x - left)) * np.abs(1 - below - (y - top))
                np.add.at(kernel, (top + below + reach, left + right + reach), share * speed)
        return np.asarray(kernel / kernel.sum(), np.float32)

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        del rng
        return _filtered(values, self.kernel())


@dataclass(frozen=True)
class Jpeg(Degradation):
    """JPEG of a quality, as libjpeg counts them, with the usual halved chroma."""

    kind: ClassVar[str] = "jpeg"

    @classmethod
    def of(cls, quality: int, seed: int = 0) -> "Jpeg":
        """That of a quality from 5 to 95."""
        return cls((BEST_QUALITY - quality) / (BEST_QUALITY - WORST_QUALITY), seed)

    @property
    def params(self) -> dict[str, float]:
        """`quality` of libjpeg's tables."""
        return {"quality": round(BEST_QUALITY - self.severity * (BEST_QUALITY - WORST_QUALITY))}

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        del rng
        # What comes after the rounding of the file; what the file cannot hold is lost with it.
        quality = int(self.params["quality"])
        bgr = np.ascontiguousarray(as_uint8(values)[..., ::-1])
        _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
        saved = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1]
        return np.asarray(saved, np.float32) / np.float32(255)


def disc(radius: float) -> Floats:
    """A disc with soft edges that sums to 1."""
    reach = math.ceil(radius + 0.5)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def _filtered(values: Floats, kernel: Floats) -> Floats:
    return np.asarray(cv2.filter2D(values, -1, kernel[::-1, ::-1], borderType=cv2.BORDER_REFLECT))
