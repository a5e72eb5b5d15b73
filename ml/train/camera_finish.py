"""What cameras and their owners do to every picture, and nobody calls damage."""

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.blur import Jpeg
from ml.degradations.degradation import Degradation
from ml.degradations.noise import GaussianNoise

Pixels = NDArray[np.uint8]

_ENLARGED = 1.4  # at most: camera files are softer at full size than photos made smaller


def as_cameras_write(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Finish half of the pictures (H, W, 3): a little soft, or sharpened and of vivid colours, a
    trace of noise, a good JPEG.
    """
    if rng.random() < 0.5:
        return image
    height, width = image.shape[:2]
    if rng.random() < 0.5:
        factor = rng.uniform(1, _ENLARGED)
        inner = np.ascontiguousarray(image[: round(height / factor), : round(width / factor)])
        how = cv2.INTER_CUBIC
        image = np.asarray(cv2.resize(inner, (width, height), interpolation=how), np.uint8)
    if rng.random() < 0.4:
        image = _vivid(image, rng)
    steps: list[Degradation] = []
    if rng.random() < 0.5:
        steps.append(GaussianNoise.of(float(rng.uniform(0, 1.5)), int(rng.integers(2**31))))
    if rng.random() < 0.6:
        steps.append(Jpeg.of(int(rng.integers(86, 96))))
    for step in steps:
        image = step.apply(image).image
    return image


def _vivid(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Sharpened, with more contrast and colour, as phones and their owners like it."""
    values = image.astype(np.float32)
    soft = cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.6, 2.5)))
    values += np.float32(rng.uniform(0, 1.6)) * (values - soft)
    grey = values.mean(2, keepdims=True)
    values = grey + np.float32(rng.uniform(0.9, 1.7)) * (values - grey)
    values = 128 + np.float32(rng.uniform(0.9, 1.4)) * (values - 128)
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
