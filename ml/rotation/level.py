"""Turning a photo by a few degrees, and the largest level part of it."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def inner_size(size: tuple[int, int], degrees: float) -> tuple[int, int]:
    """(width, height) of the largest upright rectangle of a picture turned by some degrees."""
    width, height = size
    angle = math.radians(abs(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    long, short = max(size), min(size)
    if short <= 2 * sine * cosine * long:
        half = 0.5 * short
        across, down = half / max(sine, 1e-9), half / cosine
        inner = (across, down) if width >= height else (down, across)
    else:
        double = cosine * cosine - sine * sine
        inner = (
            (width * cosine - height * sine) / double,
            (height * cosine - width * sine) / double,
        )
    return (max(1, int(inner[0])), max(1, int(inner[1])))


def turned(photo: Pixels, degrees: float) -> Pixels:
    """A photo (H, W, 3) turned clockwise about its middle, cropped to what is known."""
    height, width = photo.shape[:2]
    centre = ((width - 1) / 2, (height - 1) / 2)
    matrix = cv2.getRotationMatrix2D(centre, -degrees, 1)
    whole = cv2.warpAffine(
        photo, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    across, down = inner_size((width, height), degrees)
    left, top = (width - across) // 2, (height - down) // 2
    return np.ascontiguousarray(whole[top : top + down, left : left + across], np.uint8)
