"""How far a face's embedding can be trusted, before any comparison."""

import cv2
import numpy as np
from numpy.typing import NDArray

# Below it a face is marked, and teaches only where a person has no better (ml/cards/people.md).
POOR = 0.35
_ENOUGH_PX = 35.0  # the eyes' distance in the aligned crop: more in the photo gains nothing
_SHARP = 150.0  # variance of the Laplacian of a crop that looks sharp
_TURNED = 0.35  # nose this far from the middle of the eyes, in eye distances: half profile


def quality(crop: NDArray[np.uint8], landmarks: NDArray[np.floating], score: float) -> float:
    """Return the quality from 0 to 1 of an aligned (112, 112, 3) RGB crop whose face has these (5,
    2) landmarks.

    `landmarks` are in pixels of the photo at full size; `score` is the detector's. The geometric
    mean of size, sharpness, pose and score: one bad property is enough to make the embedding poor.
    """
    right, left, nose = landmarks[0], landmarks[1], landmarks[2]
    eyes = float(np.hypot(*(left - right)))
    size = min(1.0, eyes / _ENOUGH_PX)
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    sharpness = min(1.0, float(cv2.Laplacian(grey, cv2.CV_32F).var()) / _SHARP)
    along = (left - right) / max(eyes, 1e-6)
    offset = abs(float(np.dot(nose - (left + right) / 2, along))) / max(eyes, 1e-6)
    pose = float(np.exp(-((offset / _TURNED) ** 2)))
    return float(np.clip((size * sharpness * pose * score) ** 0.25, 0.0, 1.0))
