"""Pictures that look like a mosaic and are none: strong JPEG, few colours, patterns."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations import drawn

Pixels = NDArray[np.uint8]
Lookalike = Callable[[Pixels, np.random.Generator], Pixels]

_SOFT = (cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) / 16 - 0.5


def saved_as_jpeg(photo: Pixels, quality: int) -> Pixels:
    """The photo after JPEG of that quality."""
    _, data = cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    bgr = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(bgr[..., ::-1])


def _strong_jpeg(photo: Pixels, rng: np.random.Generator) -> Pixels:
    return saved_as_jpeg(photo, int(rng.integers(6, 31)))


def _jpeg_twice(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """Its grid shifted by a crop, or widened by a resize, under a second one."""
    once = _strong_jpeg(photo, rng)
    y, x = rng.integers(0, 8, 2)
    once = once[y:, x:]
    if rng.random() < 0.5:
        once = _resized(once, rng.uniform(0.6, 1.6), rng)
    return saved_as_jpeg(once, int(rng.integers(40, 96)))


def _posterised(photo: Pixels, rng: np.random.Generator) -> Pixels:
    levels = int(rng.integers(3, 9))
    soft = np.asarray(cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.3, 2.5)), np.uint8)
    return np.asarray(np.rint(np.rint(soft / 255 * (levels - 1)) * (255 / (levels - 1))), np.uint8)


def _dithered(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """Few colours by an ordered pattern of 4 × 4 pixels."""
    levels = int(rng.integers(2, 7))
    height, width = photo.shape[:2]
    pattern = np.tile(_BAYER, (height // 4 + 1, width // 4 + 1))[:height, :width, None]
    steps = np.clip(np.rint(photo / 255 * (levels - 1) + pattern), 0, levels - 1)
    return np.asarray(np.rint(steps * (255 / (levels - 1))), np.uint8)


def _enlarged(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """Enlarged softly: blurred, with the traces of resampling, but without blocks."""
    factor = float(np.exp(rng.uniform(np.log(1.2), np.log(5))))
    height, width = photo.shape[:2]
    small = photo[: max(16, round(height / factor)), : max(16, round(width / factor))]
    how = int(rng.choice(_SOFT))
    return np.asarray(cv2.resize(small, (width, height), interpolation=how), np.uint8)


def _halftone(photo: Pixels, rng: np.random.Generator) -> Pixels:
    return drawn.halftone(photo, rng)


def _sized(draw: Callable[[tuple[int, int], np.random.Generator], Pixels]) -> Lookalike:
    return lambda photo, rng: draw((photo.shape[1], photo.shape[0]), rng)


def _screenshot(photo: Pixels, rng: np.random.Generator) -> Pixels:
    return drawn.screenshot(photo, rng)


LOOKALIKES: dict[str, Lookalike] = {
    "strong_jpeg": _strong_jpeg,
    "jpeg_twice": _jpeg_twice,
    "posterised": _posterised,
    "dithered": _dithered,
    "enlarged": _enlarged,
    "halftone": _halftone,
    "screenshot": _screenshot,
    "pixel_art": _sized(drawn.pixel_art),
    "brick": _sized(drawn.brick),
    "fence": _sized(drawn.fence),
    "fabric": _sized(drawn.fabric),
    "table": _sized(drawn.table),
}


def _resized(photo: Pixels, factor: float, rng: np.random.Generator) -> Pixels:
    size = (max(32, round(photo.shape[1] * factor)), max(32, round(photo.shape[0] * factor)))
    how = cv2.INTER_AREA if factor < 1 else int(rng.choice(_SOFT))
    return np.asarray(cv2.resize(photo, size, interpolation=how), np.uint8)
