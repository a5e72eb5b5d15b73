"""What blur makes of one point of light: a bell, a disc, or the way of a camera that moved."""

import math
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Kernel = NDArray[np.float32]
"""(odd, odd), sums to 1."""
Values = NDArray[np.float64]

_AT = np.linspace(-1, 1, 64)  # points of a way
_STILL = 0.02  # least weight of a point
_LEAST = 0.05  # pixels of a deviation below which nothing is blurred


@dataclass(frozen=True)
class Way:
    """How a camera moved: `length` in pixels, `angle` in degrees clockwise from the horizontal,
    `bend` how far its middle lies beside the line between its ends as a share of the length, and
    how much longer than elsewhere it lingered in the `middle` and at the `end`, -0.7 to 0.7.
    """

    length: float
    angle: float
    bend: float = 0.0
    middle: float = 0.0
    end: float = 0.0

    def turned(self) -> "Way":
        """The same way gone from its other end, which leaves equal traces in the spectrum."""
        return Way(self.length, self.angle, -self.bend, self.middle, -self.end)


def way(moved: Way) -> Kernel:
    """The kernel of a way."""
    numbers = np.array([astuple(moved)])
    x, y, _ = _gone(numbers)
    reach = math.ceil(max(np.abs(x).max(), np.abs(y).max())) + 1
    kernel = np.roll(ways(numbers, 2 * reach + 1)[0], (reach, reach), (0, 1))
    return np.asarray(kernel / kernel.sum(), np.float32)


def ways(numbers: Values, side: int) -> Kernel:
    """Kernels of ways, their numbers (ways, 5) in the order of Way, on planes (ways, side, side)
    whose origin is the middle; each point is shared between four pixels.
    """
    x, y, shares = _gone(numbers)
    left, top = np.floor(x).astype(np.int64), np.floor(y).astype(np.int64)
    right, below = x - left, y - top
    first = np.arange(len(numbers))[:, None] * side**2
    where, parts = [], []
    for down, low in ((0, 1 - below), (1, below)):
        for across, wide in ((0, 1 - right), (1, right)):
            where.append(first + (top + down) % side * side + (left + across) % side)
            parts.append(low * wide * shares)
    planes = np.bincount(np.ravel(where), np.ravel(parts), len(numbers) * side**2)
    return planes.reshape(-1, side, side).astype(np.float32)


def _gone(numbers: Values) -> tuple[Values, Values, Values]:
    """Where ways went, x to the right and y down around their middle, and the share of each point:
    (ways, points).
    """
    length, angle, bend, middle, end = numbers.T[..., None]
    along, across = _AT / 2 * length, bend * length * (np.cos(_AT * np.pi / 2) - 0.5)
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    shares = 1 + middle * np.cos(np.pi * _AT) + end * np.sin(np.pi * _AT)
    shares = np.maximum(shares, _STILL)
    x, y = along * cos - across * sin, along * sin + across * cos
    return x, y, shares / shares.sum(1, keepdims=True)


def disc(radius: float) -> Kernel:
    """A disc of a radius in pixels, with soft edges."""
    reach = math.ceil(radius + 0.5)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    return np.asarray(kernel / kernel.sum(), np.float32)


def bell(sigma: float) -> Kernel:
    """A Gaussian of a deviation in pixels."""
    reach = math.ceil(4 * sigma)
    line = np.exp(-(np.arange(-reach, reach + 1) ** 2) / (2 * sigma**2))
    return np.asarray(np.outer(line, line) / line.sum() ** 2, np.float32)


def soft(sigma: float, share: float) -> Kernel:
    """Between a bell, 0, and a disc as wide, 1, whose radius is twice the deviation."""
    if share <= 0:
        return bell(sigma)
    both = [disc(2 * sigma), bell(sigma)]
    side = max(len(each) for each in both)
    flat, round_ = (np.pad(each, (side - len(each)) // 2) for each in both)
    return np.asarray(share * flat + (1 - share) * round_, np.float32)


def joined(sigma: float, share: float, moved: Way) -> Kernel | None:
    """Softness and motion, one after the other; None where there is neither."""
    parts = []
    if sigma > _LEAST:
        parts.append(soft(sigma, share))
    if moved.length > 1:
        parts.append(way(moved))
    if not parts:
        return None
    return np.asarray(parts[0] if len(parts) == 1 else signal.convolve2d(*parts), np.float32)
