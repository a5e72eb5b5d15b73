"""Stains: what dried on the paper, and what grew in it."""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from ml.degradations import fields
from ml.degradations.degradation import Degradation, Floats


@dataclass(frozen=True)
class Stains(Degradation):
    """Spilled water and coffee: a ragged outline with a dark tide line, paler and uneven inside,
    at times a second line within; and foxing, clusters of small brown spots.
    """

    kind: ClassVar[str] = "stain"
    local: ClassVar[bool] = True

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        shape = values.shape
        for _ in range(1 + rng.poisson(2.5 * self.severity)):
            values = self._spilled(values, rng)
        if rng.random() < 0.35:
            values = self._foxed(values, rng)
        return values.reshape(shape)

    def _spilled(self, values: Floats, rng: np.random.Generator) -> Floats:
        shape, one = values.shape, fields.unit(values.shape)
        inside = _outline(shape, rng, (0.09 + 0.25 * self.severity) * rng.uniform(0.5, 1.2))
        edge = fields.rising(inside, 0, rng.uniform(0.6, 2.5) * one)
        if not edge.any():
            return values
        tide = np.exp(-inside / (rng.uniform(1.2, 5) * one))
        tide *= np.clip(0.75 + 0.35 * fields.clouds(shape, rng, 50 * one, 3), 0.1, 1.3)
        if rng.random() < 0.5:  # it dried in two steps
            within = inside - rng.uniform(8, 40) * one
            tide = tide + np.where(within > 0, np.exp(-within / (2.5 * one)), 0) * 0.5
        uneven = np.clip(0.5 + 0.35 * fields.clouds(shape, rng, 60 * one, 5), 0, 1.2)
        strength = (0.4 + 0.9 * self.severity) * rng.uniform(0.6, 1)
        density = edge * (uneven * rng.uniform(0.15, 0.75) + tide * rng.uniform(0.5, 1.1))
        tint = _brown(rng)
        taken = np.exp(-density[..., None] * np.float32(strength) * tint)
        done = values * taken
        if rng.random() < 0.5:  # water washes dye out, too: darks get paler
            veil = edge * uneven * np.float32(rng.uniform(0.05, 0.3) * strength)
            done = done + veil[..., None] * (np.exp(-tint * 0.4) * np.float32(0.75) - done)
        return np.where(edge[..., None] > 0, done, values).astype(np.float32)

    def _foxed(self, values: Floats, rng: np.random.Generator) -> Floats:
        shape, one = values.shape, fields.unit(values.shape)
        spots = np.zeros(shape[:2], np.float32)
        crowd = fields.clouds(shape, rng, 120 * one, 2)
        for _ in range(int(20 + 180 * self.severity)):
            y, x = (int(rng.integers(0, n)) for n in shape[:2])
            if rng.random() < 0.3 + 0.5 * float(crowd[y, x]):
                radius = max(1, round(one * np.exp(rng.normal(0.5, 0.6))))
                cv2.circle(spots, (x, y), radius, float(rng.uniform(0.2, 1)), -1, cv2.LINE_AA)
        spots = np.asarray(cv2.GaussianBlur(spots, (0, 0), 1.1 * one), np.float32)
        spots *= np.clip(1 + 0.5 * fields.clouds(shape, rng, 5 * one, 2), 0, 2)
        spots[spots < 0.04] = 0
        strength = np.float32((0.4 + 0.6 * self.severity) * rng.uniform(0.6, 1.2))
        return np.asarray(values * np.exp(-spots[..., None] * strength * _brown(rng)), np.float32)


def _brown(rng: np.random.Generator) -> Floats:
    """How much a stain takes of red, green and blue: most of the blue."""
    blue = rng.uniform(0.7, 1.3)
    return np.array([rng.uniform(0.15, 0.45), rng.uniform(0.35, 0.75), blue], np.float32)


def _outline(shape: fields.Shape, rng: np.random.Generator, radius: float) -> Floats:
    """How deep every pixel lies inside a ragged blob, in pixels, 0 outside, (H, W).

    `radius` is a share of the long side. Half of the blobs run in from an edge.
    """
    size = np.array(shape[1::-1], np.float64)
    longest = float(size.max())
    centre = rng.uniform(0.05, 0.95, 2)
    if rng.random() < 0.5:
        centre[rng.integers(2)] = rng.choice((-0.05, 1.05))
    centre = centre * size
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    stretch, turn = rng.uniform(0.6, 1.6), rng.uniform(0, np.pi)
    dx, dy = x - np.float32(centre[0]), y - np.float32(centre[1])
    u = (dx * np.cos(turn) + dy * np.sin(turn)) * stretch
    v = (dy * np.cos(turn) - dx * np.sin(turn)) / stretch
    reach = radius * longest
    ragged = fields.clouds(shape, rng, 0.9 * reach, 5) * np.float32(rng.uniform(0.1, 0.3) * reach)
    field = np.float32(reach) - np.hypot(u, v) + ragged
    filled = np.asarray(field > 0, np.uint8)
    padded = cv2.copyMakeBorder(filled, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1], np.float32)
