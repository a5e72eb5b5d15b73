"""Random fields that damage is drawn with: clouds, outlines, wandering lines."""

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Points = NDArray[np.float64]
Shape = tuple[int, ...]


def unit(shape: Shape) -> float:
    """What one pixel of a picture of 600 pixels is here: damage grows with the picture."""
    return max(0.25, max(shape[:2]) / 600)


def clouds(shape: Shape, rng: np.random.Generator, size: float, octaves: int = 4) -> Floats:
    """A fractal field (H, W) of about normal values; its largest lumps are `size` pixels wide."""
    height, width = shape[:2]
    total = np.zeros((height, width), np.float32)
    weight, power = 1.0, 0.0
    for _ in range(octaves):
        cells = (int(height / size) + 4, int(width / size) + 4)
        grid = rng.standard_normal(cells).astype(np.float32)
        start = rng.uniform(0.5, 1.5, 2)
        step = 1 / max(size, 1e-3)
        placed = np.array([[step, 0, start[0]], [0, step, start[1]]])
        flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        layer = cv2.warpAffine(
            grid, placed, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT
        )
        total += np.float32(weight) * layer
        power += weight**2
        weight, size = weight * 0.55, size / 2.1
        if size < 1:
            break
    return np.asarray(total / np.float32(np.sqrt(power) * 0.7), np.float32)


def rising(values: Floats, low: float, high: float) -> Floats:
    """0 up to `low`, 1 from `high` on, smooth between."""
    share = np.clip((values - low) / np.float32(max(high - low, 1e-6)), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def wandering(
    start: Points, end: Points, rng: np.random.Generator, bend: float, jitter: float
) -> Points:
    """Points (N, 2) some 4 pixels apart from start to end: bent by `bend` of the length, with a
    walk of `jitter` pixels about that.
    """
    length = float(np.linalg.norm(end - start))
    count = max(3, int(length / 4))
    along = np.linspace(0, 1, count)[:, None]
    across = np.array([start[1] - end[1], end[0] - start[0]]) / max(length, 1e-6)
    bow = np.sin(np.pi * along) * rng.normal(0, bend) * length
    bow = bow + np.sin(2 * np.pi * along) * rng.normal(0, bend / 3) * length
    walk = np.cumsum(rng.normal(0, jitter, count))
    walk -= np.linspace(walk[0], walk[-1], count)
    return np.asarray(start + along * (end - start) + (bow + walk[:, None]) * across)


def stroke(canvas: NDArray[np.uint8], points: Points, widths: Points, level: int = 255) -> None:
    """Draw a line whose width in pixels changes along it; below one pixel it gets fainter."""
    fixed = np.rint(points * 16).astype(int)
    for i in range(len(points) - 1):
        width = float(widths[i])
        shade = int(level * min(1.0, width))
        thick = max(1, round(width))
        one, two = (int(v) for v in fixed[i]), (int(v) for v in fixed[i + 1])
        cv2.line(canvas, tuple(one), tuple(two), shade, thick, cv2.LINE_AA, 4)


def distance_to(shape: Shape, points: Points) -> Floats:
    """How far every pixel lies from a line through points, in pixels, (H, W)."""
    empty = np.full(shape[:2], 255, np.uint8)
    cv2.polylines(empty, [np.rint(points).astype(np.int32)], isClosed=False, color=0)
    return np.asarray(cv2.distanceTransform(empty, cv2.DIST_L2, 5), np.float32)
