"""Bringing a face upright and to size by its five points, as embedders were trained to see it."""

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 112

# Eyes, nose, corners of the mouth in the 112 × 112 crop (Deng et al., ArcFace, 2019).
TEMPLATE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    dtype=np.float64,
)


def similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the (2, 3) matrix of scale, rotation and shift that best maps source (N, 2) to target
    (N, 2).

    Least squares (Umeyama, 1991), without reflection. Degenerate points give a matrix of zero
    scale.
    """
    source, target = source.astype(np.float64), target.astype(np.float64)
    mean_source, mean_target = source.mean(axis=0), target.mean(axis=0)
    a, b = source - mean_source, target - mean_target
    spread = float((a**2).sum())
    if spread < 1e-12:
        return np.array([[0.0, 0.0, mean_target[0]], [0.0, 0.0, mean_target[1]]])
    # For two dimensions the optimum has a closed form: the complex factor that turns and scales a
    # into b.
    real = float((a * b).sum()) / spread
    imaginary = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread
    turn = np.array([[real, -imaginary], [imaginary, real]])
    return np.column_stack([turn, mean_target - turn @ mean_source])


def scale_to_template(landmarks: NDArray[np.floating]) -> float:
    """Return by how much a face with these (5, 2) landmarks is scaled on its way to 112 × 112;
    above 1 it is enlarged.
    """
    return float(np.hypot(*similarity(landmarks, TEMPLATE)[:, 0]))


def align(view: NDArray[np.uint8], landmarks: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Cut a face out of a (H, W, 3) view by its (5, 2) landmarks; returns (112, 112, 3), black
    beyond the photo's edge.

    Large faces are averaged down before they are sampled, so that fine texture does not alias.
    """
    matrix = similarity(landmarks, TEMPLATE)
    scale = float(np.hypot(*matrix[:, 0]))
    factor = int(1 / scale) if 0 < scale < 1 else 1
    if factor > 1:
        view, landmarks = _shrunken_crop(view, landmarks, factor, SIDE / scale)
        matrix = similarity(landmarks, TEMPLATE)
    return np.asarray(
        cv2.warpAffine(view, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR), dtype=np.uint8
    )


def _shrunken_crop(
    view: NDArray[np.uint8], landmarks: NDArray[np.floating], factor: int, reach: float
) -> tuple[NDArray[np.uint8], NDArray[np.floating]]:
    """Cut out a square of `reach` around the face, reduced by `factor`, with the landmarks in its
    pixels.
    """
    centre = landmarks.mean(axis=0)
    low = np.maximum(np.floor(centre - reach), 0).astype(int)
    high = np.minimum(np.ceil(centre + reach), [view.shape[1], view.shape[0]]).astype(int)
    crop = view[low[1] : high[1], low[0] : high[0]]
    width, height = max(1, crop.shape[1] // factor), max(1, crop.shape[0] // factor)
    crop = crop[: height * factor, : width * factor]
    small = cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8), (landmarks - low + 0.5) / factor - 0.5
