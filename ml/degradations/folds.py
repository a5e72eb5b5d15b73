"""Damage to the paper itself: creases and tears."""

from dataclasses import dataclass
from typing import ClassVar

import cv2
import numpy as np

from ml.degradations import fields
from ml.degradations.degradation import Degradation, Floats, Mask, laid_over
from ml.degradations.fields import Points, Shape
from ml.degradations.marks import paper


@dataclass(frozen=True)
class Creases(Degradation):
    """Folds: a ridge lit from one side, and along it emulsion that cracked off in flecks."""

    kind: ClassVar[str] = "crease"
    local: ClassVar[bool] = True

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        shape, one = values.shape, fields.unit(values.shape)
        bare = paper(rng)
        for _ in range(1 + rng.poisson(3 * self.severity)):
            points = _across(shape, rng, 0.012, 0.1 * one)
            away, side = fields.distance_to(shape, points), _side(shape, points)
            worn = fields.rising(fields.clouds(shape, rng, 70 * one, 3), -1.5, 1)
            relief = (4 + 14 * self.severity * rng.random()) * one
            shade = (
                np.exp(-away / relief) * side * (0.05 + 0.22 * self.severity) * rng.uniform(0.4, 1)
            )
            shade[away > 3 * relief] = 0
            values = np.asarray(values * (1 + shade[..., None]), np.float32)
            fine = fields.clouds(shape, rng, 4 * one, 3)
            reach = (0.5 + 3.2 * self.severity * worn) * one * rng.uniform(0.5, 1.2)
            flecks = fields.rising(fine + 1.6 - 1.5 * away / reach, 0.6, 1.3)
            flecks *= worn * np.float32(rng.uniform(0.6, 1)) * (away < 10 * one)
            flecks[flecks < 0.03] = 0
            values = laid_over(values, bare, flecks)
        return values


@dataclass(frozen=True)
class Tears(Degradation):
    """Torn in from the edge: a jagged white rim of fibres, its shadow, at times a lost corner."""

    kind: ClassVar[str] = "tear"
    local: ClassVar[bool] = True

    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        shape, one = values.shape, fields.unit(values.shape)
        bare = paper(rng)
        grain = fields.clouds(shape, rng, 3 * one, 2) * np.float32(0.03)
        for _ in range(1 + rng.poisson(1.5 * self.severity)):
            corner = rng.random() < 0.35
            points = _corner(shape, rng, self.severity) if corner else self._inward(shape, rng, one)
            away, side = fields.distance_to(shape, points), _side(shape, points)
            ragged = fields.clouds(shape, rng, 18 * one, 4)
            wide = np.maximum(0.6, (1.5 + 5 * self.severity) * (1 + 0.6 * ragged)) * one
            rim = np.where(side > 0, 1 - fields.rising(away / wide, 0.75, 1.1), away < 0.8 * one)
            rim = np.asarray(rim, np.float32)
            shadow = np.where(side < 0, np.exp(-away / (1.5 * one)) * 0.5, 0).astype(np.float32)
            shadow[shadow < 0.03] = 0
            if corner:
                gone = _cut_off(shape, points)
                backing = np.float32(rng.choice((0.02, 0.5, 0.95)))
                values = laid_over(values, np.full(3, backing), gone.astype(np.float32))
                rim, shadow = np.where(gone, 0, rim), np.where(gone, 0, shadow)
            values = laid_over(values, np.zeros(3, np.float32), np.asarray(shadow, np.float32))
            values = laid_over(values, bare + grain[..., None], np.asarray(rim, np.float32))
        return values

    def _inward(self, shape: Shape, rng: np.random.Generator, one: float) -> Points:
        size = np.array(shape[1::-1], np.float64)
        start = _on_edge(size, rng)
        inward = size / 2 + rng.normal(0, 0.15, 2) * size - start
        way = inward * (0.2 + 0.9 * self.severity * rng.random())
        return fields.wandering(start, start + way, rng, 0.06, 0.9 * one)


def _across(shape: Shape, rng: np.random.Generator, bend: float, jitter: float) -> Points:
    """A line from one edge to another, or ending within."""
    size = np.array(shape[1::-1], np.float64)
    start = _on_edge(size, rng)
    end = size - start + rng.normal(0, 0.25, 2) * size
    if rng.random() < 0.4:
        end = start + (end - start) * rng.uniform(0.3, 0.7)
    return fields.wandering(start, end, rng, bend, jitter)


def _corner(shape: Shape, rng: np.random.Generator, severity: float) -> Points:
    """A jagged line that cuts off a corner, from beyond one edge to beyond another."""
    size = np.array(shape[1::-1], np.float64)
    most = size.min() * (0.08 + 0.25 * severity)
    legs = rng.uniform(0.4, 1, 2) * most
    corner = np.array([rng.choice((0, 1)), rng.choice((0, 1))]) * (size - 1)
    way = np.where(corner > 0, -1.0, 1.0)
    one = corner + np.array([way[0] * legs[0], -2 * way[1]])
    two = corner + np.array([-2 * way[0], way[1] * legs[1]])
    jitter = 0.6 * fields.unit(shape)
    points = fields.wandering(one, two, rng, 0.1, jitter)
    # Walked so that what stays lies on the side that the rim is drawn on.
    return points if way[0] * way[1] > 0 else points[::-1]


def _cut_off(shape: Shape, points: Points) -> Mask:
    """What a corner's line cuts off: all between the line and the corner nearest to its ends."""
    corner = np.where(np.abs(points[0] - points[-1]) > 0, (points[0] + points[-1]) / 2, 0)
    corner = np.where(corner < np.array(shape[1::-1]) / 2, -4, np.array(shape[1::-1]) + 4)
    filled = np.zeros(shape[:2], np.uint8)
    outline = np.rint(np.concatenate([points, corner[None]])).astype(np.int32)
    cv2.fillPoly(filled, [outline], 1)
    return np.asarray(filled > 0)


def _on_edge(size: Points, rng: np.random.Generator) -> Points:
    place = rng.uniform(0.08, 0.92, 2) * size
    place[rng.integers(2)] = 0 if rng.random() < 0.5 else 1
    axis = int(rng.integers(2))
    place[axis] = rng.choice((0.0, size[axis]))
    return np.asarray(place)


def _side(shape: Shape, points: Points) -> Floats:
    """On which side of a line every pixel lies, 1 or -1, (H, W): by the nearest of its points."""
    y, x = (axis.astype(np.float32) for axis in np.ogrid[0 : shape[0], 0 : shape[1]])
    step = max(1, len(points) // 24)
    few = points[::step] if len(points) > step else points[[0, -1]]
    nearest = np.full(shape[:2], np.inf, np.float32)
    cross = np.zeros(shape[:2], np.float32)
    for start, way in zip(few[:-1].tolist(), np.diff(few, axis=0).tolist(), strict=True):
        down, across = y - (start[1] + way[1] / 2), x - (start[0] + way[0] / 2)
        away = across * across + down * down
        np.copyto(cross, way[0] * down - way[1] * across, where=away < nearest)
        np.minimum(nearest, away, out=nearest)
    return np.where(cross >= 0, np.float32(1), np.float32(-1))
