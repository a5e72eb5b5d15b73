"""A mosaic as what is told of it: its grid, and where it lies."""

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.mosaic import LARGEST, SMALLEST
from ml.errors import MLError
from ml.pixelation.grid import Grid
from ml.pixelation.profiles import CELL

Mask = NDArray[np.bool_]

_CORNERS = 32  # of an outline at most; it is kept, sent and drawn
_FARTHEST = 1e6  # px
_WHOLE = 0.9  # of a photo, from which a mosaic that reaches all edges lies over all of it


@dataclass(frozen=True)
class Covered:
    """Blocks of `block` px with the first line of each direction at `phase`, inside `outline`.

    The outline has corners (x, y) in px of the photo, their pixels inside; none: the whole photo.
    """

    block: float
    phase: tuple[float, float]
    outline: tuple[tuple[float, float], ...] = ()

    @classmethod
    def of(cls, params: dict[str, Any]) -> "Covered":
        """The mosaic of a finding's parameters; MLError where they are none."""
        unknown = set(params) - {"block", "phase", "outline"}
        if unknown:
            raise MLError(f"a mosaic has no {', '.join(sorted(map(str, unknown)))}")
        [block] = _numbers([params.get("block")], "block")
        phase = _numbers(params.get("phase"), "phase")
        corners = params.get("outline", [])
        if not SMALLEST * 0.9 <= block <= LARGEST * 1.1:
            raise MLError(f"the block size is {block:g}; it lies from {SMALLEST} to {LARGEST} px")
        if len(phase) != 2:
            raise MLError("the phase has two numbers")
        if not isinstance(corners, list) or len(corners) in (1, 2) or len(corners) > _CORNERS:
            raise MLError(f"an outline has from 3 to {_CORNERS} corners, or none")
        points = [_numbers(each, "outline") for each in corners]
        if any(len(each) != 2 for each in points):
            raise MLError("each corner of the outline has two numbers")
        return cls(block, (phase[0], phase[1]), tuple((x, y) for x, y in points))

    @classmethod
    def found(cls, grid: Grid, mask: Mask) -> "Covered":
        """The mosaic of a grid that was found in a mask (H, W)."""
        phase = (round(grid.phase[0], 3), round(grid.phase[1], 3))
        return cls(round(grid.block, 3), phase, () if _is_whole(mask) else _corners(mask))

    def as_json(self) -> dict[str, Any]:
        """Its parameters as plain values."""
        outline = {"outline": [list(corner) for corner in self.outline]} if self.outline else {}
        return {"block": self.block, "phase": list(self.phase)} | outline

    @property
    def grid(self) -> Grid:
        """Its lines."""
        return Grid(self.block, (self.phase[0] % self.block, self.phase[1] % self.block), 1.0)

    def mask(self, size: tuple[int, int]) -> Mask:
        """Where it lies in a photo of (width, height): (H, W)."""
        if not self.outline:
            return np.ones(size[::-1], bool)
        mask = np.zeros(size[::-1], np.uint8)
        cv2.fillPoly(mask, [np.rint(np.array(self.outline)).astype(np.int32)], 1)
        return mask > 0

    def scaled(self, factor: float) -> "Covered":
        """The same mosaic in a photo so many times as large."""
        outline = tuple(
            ((x + 0.5) * factor - 0.5, (y + 0.5) * factor - 0.5) for x, y in self.outline
        )
        phase = (self.phase[0] * factor, self.phase[1] * factor)
        return replace(self, block=self.block * factor, phase=phase, outline=outline)


def _numbers(told: Any, name: str) -> list[float]:
    values: list[Any] = list(told) if isinstance(told, list | tuple) else [None]
    for value in values:
        usable = type(value) in (int, float) and math.isfinite(value) and abs(value) < _FARTHEST
        if not usable:
            raise MLError(f"“{name}” of a mosaic is in pixels")
    return [float(value) for value in values]


def _is_whole(mask: Mask) -> bool:
    height, width = mask.shape
    x, y, across, down = cv2.boundingRect(mask.astype(np.uint8))
    rim = max(x, y, width - x - across, height - y - down)
    return rim <= CELL and float(mask.mean()) > _WHOLE


def _corners(mask: Mask) -> tuple[tuple[float, float], ...]:
    """The outline of the largest part of a mask, as exact as its number of corners allows."""
    rims, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    rim = max(rims, key=cv2.contourArea)
    away = 0.5
    while len(rim) > _CORNERS:
        rim = cv2.approxPolyDP(rim, away, closed=True)
        away *= 1.4
    return tuple((float(x), float(y)) for x, y in rim.reshape(-1, 2))


def description() -> dict[str, Any]:
    """The kind "mosaic" with the parameters that can be set by hand, as ml.warps.told has those of
    warps.
    """
    plain = {"unit": "px", "of": None}
    return {
        "effect": "mosaic",
        "summary": "Squares of one colour each over the photo or a part of it.",
        "parameters": [
            plain | {"name": "block", "type": "number", "range": [2.0, LARGEST], "default": 8.0},
            plain
            | {"name": "phase", "type": "vector", "range": [0.0, LARGEST], "default": [0.0, 0.0]},
        ],
    }
