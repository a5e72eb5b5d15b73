"""Marks on the surface: scratches, dust, creases, tears."""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations import fields
from ml.degradations.degradation import Degradation, Floats, laid_over

_VISIBLE = np.float32(0.02)  # below, a mark is told to be none, and leaves every bit


def paper(rng: np.random.Generator) -> Floats:
    """A colour of bare paper: white, warm."""
    base = rng.uniform(0.8, 0.97)
    return np.array([base, base * rng.uniform(0.95, 1), base * rng.uniform(0.84, 1)], np.float32)


def ink(rng: np.random.Generator) -> Floats:
    """A colour of dirt and shadow."""
    base = rng.uniform(0.02, 0.16)
    return np.array([base, base * 0.9, base * 0.8], np.float32)


@dataclass(frozen=True)
class Scratches(Degradation):
    """Long thin ones along one direction, as film has them, and curved ones every way; most show
    white paper, some are dark; broken, of uneven depth, with a shadow beside the deep ones.
    """

    kind: ClassVar[str] = "scratch"
    local: ClassVar[bool] = True

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        shape, one = values.shape, fields.unit(values.shape)
        main = rng.uniform(0, np.pi) if rng.random() < 0.4 else np.pi / 2
        depth = fields.clouds(shape, rng, 25 * one)
        fine = fields.clouds(shape, rng, 4 * one, 2)
        for light in (True, False):
            canvas = np.zeros(shape[:2], np.uint8)
            many = rng.poisson((1 + 16 * self.severity) * (0.85 if light else 0.15)) + light
            for _ in range(many):
                self._scratch(canvas, rng, main, one)
            if not canvas.any():
                continue
            worn = fields.rising(depth + 0.5 * fine, *(-1.6, 0.4))
            opacity = canvas.astype(np.float32) / 255 * worn * np.float32(rng.uniform(0.6, 1))
            opacity[opacity < _VISIBLE] = 0
            if light:
                beside = np.roll(opacity, (round(one) or 1, round(one) or 1), (0, 1)) * 0.3
                beside[opacity > 0] = 0
                beside[beside < _VISIBLE] = 0
                values = laid_over(values, np.zeros(3, np.float32), beside)
            values = laid_over(values, paper(rng) if light else ink(rng), opacity)
        return values

    def _scratch(
        self, canvas: NDArray[np.uint8], rng: np.random.Generator, main: float, one: float
    ) -> None:
        size = np.array(canvas.shape[::-1], np.float64)
        along = rng.random() < 0.55
        angle = main + rng.normal(0, 0.04) if along else rng.uniform(0, np.pi)
        share = rng.uniform(0.25, 1.3) if along else np.exp(rng.normal(-1.9, 0.7))
        way = np.array([np.cos(angle), np.sin(angle)]) * size.max() * share
        centre = rng.uniform(0, 1, 2) * size
        bend, jitter = (0.006, 0.12 * one) if along else (rng.uniform(0.01, 0.15), 0.25 * one)
        points = fields.wandering(centre - way / 2, centre + way / 2, rng, bend, jitter)
        widest = one * np.exp(rng.normal(0.0, 0.5)) * (0.7 + 0.7 * self.severity)
        ends = np.minimum(
            1, 8 * np.minimum(np.linspace(0, 1, len(points)), np.linspace(1, 0, len(points)))
        )
        pulse = 0.75 + 0.35 * np.sin(
            np.linspace(0, rng.uniform(2, 30), len(points)) + rng.uniform(0, 7)
        )
        level = int(255 * rng.uniform(0.35, 1))
        fields.stroke(canvas, points, np.maximum(widest * ends * pulse, 0.25), level)


@dataclass(frozen=True)
class Dust(Degradation):
    """Specks, a few larger flecks, and hairs; white as a negative's dust prints, some dark."""

    kind: ClassVar[str] = "dust"
    local: ClassVar[bool] = True

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        shape, one = values.shape, fields.unit(values.shape)
        for light, share in ((True, 0.75), (False, 0.25)):
            canvas = np.zeros(shape[:2], np.uint8)
            thick = fields.clouds(shape, rng, 150 * one, 2)
            for _ in range(rng.poisson((10 + 350 * self.severity) * share) + light):
                self._speck(canvas, thick, rng, one)
            for _ in range(rng.poisson((0.5 + 8 * self.severity) * share)):
                _hair(canvas, rng, one)
            soft = cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), 0.45 * max(1.0, one))
            opacity = np.asarray(soft * np.float32(rng.uniform(0.7, 1)), np.float32)
            opacity[opacity < _VISIBLE] = 0
            values = laid_over(values, paper(rng) if light else ink(rng), opacity)
        return values

    @staticmethod
    def _speck(
        canvas: NDArray[np.uint8], thick: Floats, rng: np.random.Generator, one: float
    ) -> None:
        y, x = (int(rng.integers(0, n)) for n in canvas.shape)
        if rng.random() > 0.35 + 0.5 * float(thick[y, x]):
            return  # dust gathers
        radius = one * min(0.35 * np.exp(rng.normal(0.35, 0.55)), 4.5)
        turns = np.linspace(0, 2 * np.pi, 9)[:-1]
        reach = radius * np.exp(rng.normal(0, 0.35, 8))
        outline = np.stack(
            [x + reach * np.cos(turns) * rng.uniform(0.6, 1.4), y + reach * np.sin(turns)], 1
        )
        level = int(255 * rng.uniform(0.4, 1) * min(1.0, radius / 0.6))
        fixed = np.rint(outline * 16).astype(np.int32)
        cv2.fillPoly(canvas, [fixed], level, cv2.LINE_AA, 4)


def _hair(canvas: NDArray[np.uint8], rng: np.random.Generator, one: float) -> None:
    """A fibre that curls."""
    count = int(rng.integers(8, 40))
    turn = np.cumsum(rng.normal(0, 0.05, count) + rng.normal(0, 0.06)) + rng.uniform(0, 7)
    steps = np.stack([np.cos(turn), np.sin(turn)], 1) * 3 * one
    points = rng.uniform(0, 1, 2) * canvas.shape[::-1] + np.cumsum(steps, 0)
    widths = np.full(count, rng.uniform(0.4, 1.1) * one)
    fields.stroke(canvas, points, widths, int(255 * rng.uniform(0.4, 0.9)))
