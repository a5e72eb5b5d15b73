"""Whether a picture shows anything that photographs show: writing, noise and what was drawn on a
screen are told by simple measures, since no network here has learned of them.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]

# Of 530 photographs none has neighbours that are less alike (the least .73); of 960 about 1 % have
# as much that is exactly even.
_ALIKE = 0.7  # correlation of neighbouring pixels; .43 in writing, .17 in noise
_EVEN = 0.2  # share of the picture
_SURFACE = 9  # px, every other one, of a square of one grey that is neither black nor white
_ENDS = 4  # grey levels


def a_picture(view: Pixels, small: Pixels) -> bool:
    """Whether it is worth judging: by a view of the photo (H, W, 3), and the same made smaller."""
    return bool(_alike(small) >= _ALIKE and _even(view) <= _EVEN)


def _alike(picture: Pixels) -> float:
    """The correlation of neighbouring pixels, across or down, whichever is less."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey -= grey.mean()
    energy = float(np.vdot(grey, grey)) + 1e-6
    pairs = ((grey[:, 1:], grey[:, :-1]), (grey[1:], grey[:-1]))
    return min(float((one * other).sum()) for one, other in pairs) / energy


def _even(view: Pixels) -> float:
    """The share of pixels whose surroundings are of exactly one grey, black and white aside."""
    grey = np.ascontiguousarray(cv2.cvtColor(view, cv2.COLOR_RGB2GRAY)[::2, ::2])
    square = np.ones((_SURFACE, _SURFACE), np.uint8)
    even = cv2.dilate(grey, square) == cv2.erode(grey, square)
    return float((even & (grey >= _ENDS) & (grey <= 255 - _ENDS)).mean())
