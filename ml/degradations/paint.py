"""What befalls paintings: cracks and losses of paint."""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from ml.degradations import fields
from ml.degradations.degradation import Degradation, Floats, Mask, laid_over

GROUNDS = ((0.86, 0.83, 0.76), (0.78, 0.7, 0.58), (0.5, 0.3, 0.2), (0.6, 0.58, 0.54))
"""Chalk, size and glue, red bole, grey."""


@dataclass(frozen=True)
class Craquelure(Degradation):
    """A net of fine cracks, coarse ones with finer between them, fainter here and there."""

    kind: ClassVar[str] = "craquelure"
    local: ClassVar[bool] = True

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        shape, one = values.shape, fields.unit(values.shape)
        depth = np.zeros(shape[:2], np.float32)
        where = fields.rising(fields.clouds(shape, rng, 170 * one, 3), -0.6 - self.severity, 0.9)
        for coarse, weight in ((rng.uniform(28, 60), 1.0), (rng.uniform(10, 20), 0.55)):
            net = _net(shape, rng, coarse * one)
            depth = np.maximum(depth, net * np.float32(weight))
        worn = np.clip(0.7 + 0.4 * fields.clouds(shape, rng, 12 * one, 3), 0, 1.2)
        opacity = depth * where * worn * np.float32(0.25 + 0.65 * self.severity)
        opacity = np.asarray(np.clip(opacity, 0, 0.95), np.float32)
        opacity[opacity < 0.04] = 0
        dark = np.array([0.13, 0.1, 0.07], np.float32) * np.float32(rng.uniform(0.4, 1.4))
        return laid_over(values, dark, opacity)


@dataclass(frozen=True)
class PaintLosses(Degradation):
    """Islands of bare ground, some of canvas, with a raised edge that throws a shadow."""

    kind: ClassVar[str] = "loss"
    local: ClassVar[bool] = True

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        shape, one = values.shape, fields.unit(values.shape)
        gone = np.zeros(shape[:2], np.bool_)
        share = 0.0015 + 0.06 * self.severity * rng.uniform(0.3, 1)
        for size, part in ((rng.uniform(8, 18), 0.35), (rng.uniform(25, 60), 0.65)):
            gone |= _islands(shape, rng, size * one, share * part)
        ground = np.array(GROUNDS[rng.integers(len(GROUNDS))], np.float32)
        ground = ground * np.float32(rng.uniform(0.8, 1.05))
        texture = 0.04 * fields.clouds(shape, rng, 3 * one, 2) + 0.05 * fields.clouds(
            shape, rng, 40 * one, 3
        )
        layer = np.asarray(
            ground + texture[..., None] + _weave(shape, rng, one)[..., None], np.float32
        )
        soft = np.asarray(cv2.GaussianBlur(gone.astype(np.float32), (0, 0), 0.6 * max(1, one)))
        soft[soft < 0.03] = 0
        shift = max(1, round(1.2 * one))
        inner = gone & ~np.roll(gone, (shift, shift), (0, 1))
        layer = layer * np.where(inner, 0.55, 1).astype(np.float32)[..., None]
        return laid_over(values, layer, soft)


def _islands(shape: fields.Shape, rng: np.random.Generator, size: float, share: float) -> Mask:
    """Ragged islands over a share of the picture, gathered in places."""
    field = fields.clouds(shape, rng, size, 5) + 0.7 * fields.clouds(shape, rng, 6 * size, 2)
    return np.asarray(field > np.quantile(field, 1 - share))


def _weave(shape: fields.Shape, rng: np.random.Generator, one: float) -> Floats:
    """Threads of canvas that show through the ground, or none."""
    if rng.random() < 0.5:
        return np.zeros(shape[:2], np.float32)
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    pitch = np.float32(rng.uniform(2.6, 5) * max(one, 0.8))
    woven = np.sin(2 * np.pi * x / pitch) * np.sin(2 * np.pi * y / pitch)
    return np.asarray(0.05 * woven, np.float32)


def _net(shape: fields.Shape, rng: np.random.Generator, cell: float) -> Floats:
    """Cracks between cells some pixels wide, 0 to 1, (H, W)."""
    height, width = shape[:2]
    warp = 0.25 * cell
    away = (fields.clouds(shape, rng, 0.9 * cell, 3), fields.clouds(shape, rng, 0.9 * cell, 3))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    margin = int(cell) + 2
    seeds = np.ones((height + 2 * margin, width + 2 * margin), np.uint8)
    count = max(4, int(seeds.size / cell**2))
    seeds[rng.integers(0, seeds.shape[0], count), rng.integers(0, seeds.shape[1], count)] = 0
    _, labels = cv2.distanceTransformWithLabels(
        seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    moved = [
        np.clip(np.rint(base + np.float32(warp) * each + margin), 0, most - 1).astype(np.int64)
        for base, each, most in ((y, away[0], seeds.shape[0]), (x, away[1], seeds.shape[1]))
    ]
    cells = labels[moved[0], moved[1]]
    crack = np.zeros((height, width), np.float32)
    crack[1:] = np.maximum(crack[1:], cells[1:] != cells[:-1])
    crack[:, 1:] = np.maximum(crack[:, 1:], cells[:, 1:] != cells[:, :-1])
    wide = 0.45 * max(1.0, fields.unit(shape))
    soft = np.asarray(cv2.GaussianBlur(crack, (0, 0), wide), np.float32)
    return np.asarray(np.clip(soft * 1.9, 0, 1), np.float32)
