"""Faces where compression is undone: smoothed as much as the rest they are less like themselves."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.faces import find
from ml.faces.detect import NETWORK
from ml.image import Picture, formats
from ml.image.header import Header

__all__ = ["NETWORK", "VERSION", "Faces", "seen"]

Values = NDArray[Any]
Floats = NDArray[np.float32]
Ellipse = tuple[float, float, float, float]
"""Centre x, y and half the width and height of a face, in pixels."""

_VIEW = 1600  # px, of the long side at which faces are looked for first
VERSION = "faces@1"  # changes with where and how much less is done
_QUALITIES, _SHARES = (20.0, 40.0), (0.5, 0.25)
"""Of a repair as much as faces get at JPEG's qualities: no less like themselves at any, on the half
of the strangers by which it was chosen.
"""
_INNER, _OUTER = 1.2, 1.7  # of an ellipse, up to where that holds and from where on 1 does


@dataclass(frozen=True)
class Faces:
    """Where faces are, and how much of a repair they get."""

    ellipses: tuple[Ellipse, ...] = ()
    share: float = 1.0

    def shares(self, rows: slice, width: int) -> Floats:
        """How much of a repair each pixel of some rows gets, (rows, width), `share` to 1."""
        share = np.ones((rows.stop - rows.start, width), np.float32)
        for x, y, across, down in self.ellipses:
            top, bottom = _span(y, down, rows.start, rows.stop)
            left, right = _span(x, across, 0, width)
            columns = (np.arange(left, right) - x) / max(across, 1)
            lines = (np.arange(top, bottom) - y) / max(down, 1)
            far = (np.hypot(columns, lines[:, None]) - _INNER) / (_OUTER - _INNER)
            part = share[top - rows.start : bottom - rows.start, left:right]
            np.minimum(part, self.share + (1 - self.share) * far.clip(0, 1), out=part)
        return share


class _Shown(Picture):
    """Pixels (H, W, 3) that lie in no file."""

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        height, width = pixels.shape[:2]
        super().__init__(Path(), formats.PNG, Header("PNG", "image/png", width, height))
        self._largest = pixels


def seen(values: Values, mode: str, quality: float) -> Faces:
    """The faces of upright pixels (H, W) or (H, W, C) of a mode (L, LA, RGB, RGBA), uint8, uint16
    or float of 0..1, and how much of the repair of a quality they get.

    Raises WeightsError without their detector.
    """
    found = find.find(_Shown(_bytes(values, mode)), _VIEW)
    corners = (map(float, face.corners) for face in found)
    ellipses = tuple(
        ((left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2)
        for left, top, right, bottom in corners
    )
    return Faces(ellipses, float(np.interp(quality, _QUALITIES, _SHARES)))


def _span(middle: float, half: float, first: int, last: int) -> tuple[int, int]:
    """Pixels between two that an ellipse reaches."""
    reach = _OUTER * max(half, 1)
    start, stop = (int(np.clip(at, first, last)) for at in (middle - reach, middle + reach + 1))
    return start, stop


def _bytes(values: Values, mode: str) -> NDArray[np.uint8]:
    """Colours as (H, W, 3) of 8 bits; a photo of these already is not copied."""
    colours = values if values.ndim == 2 else values[..., : len(mode.removesuffix("A"))]
    if colours.dtype == np.uint16:
        colours = np.right_shift(
            colours, 8, out=np.empty(colours.shape, np.uint8), casting="unsafe"
        )
    elif colours.dtype != np.uint8:
        colours = cv2.convertScaleAbs(colours, alpha=255)
    colours = colours.reshape(*colours.shape[:2], -1)
    if colours.shape[2] == 1:
        colours = colours.repeat(3, 2)
    return np.ascontiguousarray(colours)
