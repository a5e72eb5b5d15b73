"""Blur and compression: detail that is lost everywhere."""

import math
from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from ml.degradations.degradation import Degradation, Floats, as_uint8
from ml.restoration import kernels

MOST_SIGMA = 4.0
MOST_RADIUS = 7.0
MOST_LENGTH = 25.0
_UNEVEN = 0.3  # of the speed
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
        return _filtered(values, kernels.disc(self.params["radius"]))


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
        return kernels.way(self.way())

    def way(self) -> kernels.Way:
        """The true way."""
        rng = self._rng()
        angle = float(rng.uniform(0, 180))
        bend = float(rng.normal(0, 0.12))
        begun = float(rng.uniform(0, 7))
        uneven = -_UNEVEN * math.sin(begun), -_UNEVEN * math.cos(begun)
        return kernels.Way(self.params["length"], angle, bend, *uneven)

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


def _filtered(values: Floats, kernel: Floats) -> Floats:
    return np.asarray(cv2.filter2D(values, -1, kernel[::-1, ::-1], borderType=cv2.BORDER_REFLECT))
