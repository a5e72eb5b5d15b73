"""Pictures that are made: soft shapes with grain, as photos have them."""

import cv2
import numpy as np


def scene(height=320, width=400, seed=0):
    """A picture of soft blobs, lines and grain, (H, W, 3)."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3), np.float32)
    for octave in (4, 8, 16, 32, 64):
        small = rng.normal(0, 1, (octave, octave, 3)).astype(np.float32)
        picture += (
            cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC) * 60 / octave**0.4
        )
    for _ in range(25):
        a, b = (tuple(int(v) for v in rng.integers(0, (width, height))) for _ in range(2))
        cv2.line(picture, a, b, [float(v) for v in rng.uniform(-90, 90, 3)], 2, cv2.LINE_AA)
    picture = cv2.GaussianBlur(picture + 128, (0, 0), 0.8)
    picture += rng.normal(0, 2.5, picture.shape).astype(np.float32)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def luma(image):
    """Its luma."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
