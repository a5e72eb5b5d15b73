"""Fitting a photo into a network's input without changing its proportions."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_GREY = 114


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a (height, width) picture lies inside its canvas: scale factors and margins in canvas
    pixels.
    """

    scale_x: float
    scale_y: float
    left: int
    top: int

    def to_picture(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map (..., 2k) interleaved x, y from the canvas to the picture."""
        out = points.astype(np.float32, copy=True)
        out[..., 0::2] = (out[..., 0::2] - self.left) / self.scale_x
        out[..., 1::2] = (out[..., 1::2] - self.top) / self.scale_y
        return out


def letterbox(
    view: NDArray[np.uint8], side: int, stride: int, square: bool = False
) -> tuple[NDArray[np.uint8], Letterbox]:
    """Scale a (H, W, 3) picture to a long side of `side` and pad it with grey.

    The canvas is the smallest one whose sides are multiples of `stride`, or side × side when
    `square`. Same rounding as ultralytics' LetterBox, so that the same weights give the same boxes.
    """
    height, width = view.shape[:2]
    ratio = side / max(height, width)
    new_width, new_height = max(1, round(width * ratio)), max(1, round(height * ratio))
    if square:
        pad_x, pad_y = side - new_width, side - new_height
    else:
        pad_x, pad_y = -new_width % stride, -new_height % stride
    left, top = round(pad_x / 2 - 0.1), round(pad_y / 2 - 0.1)
    canvas = np.full((new_height + pad_y, new_width + pad_x, 3), _GREY, dtype=np.uint8)
    cv2.resize(
        view,
        (new_width, new_height),
        dst=canvas[top : top + new_height, left : left + new_width],
        interpolation=cv2.INTER_LINEAR,
    )
    return canvas, Letterbox(new_width / width, new_height / height, left, top)
