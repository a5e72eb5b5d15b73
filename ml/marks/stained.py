"""What stains did to the light, as a network tells it that is shown where they are."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]

NETWORK, OUTPUT = "stains", "gains"
LONGEST = 128  # pixels of the long side that the network sees
STRIDE = 8
NONE = 0.5  # what is told where no stain is; one more where all is stained
MOST = 2.0  # of the logarithm of light


def lost(pixels: NDArray[Any], marked: Mask) -> Floats:
    """What stains did to the logarithm of light of (H, W, C), C 1 or 3, uint8 or uint16: below 0
    where they took some, above where they shine, 0 outside `marked`.

    Raises WeightsError where the network is missing.
    """
    peak = np.float32(np.iinfo(pixels.dtype).max)
    factor = min(1.0, LONGEST / max(marked.shape))
    size = (max(1, round(marked.shape[1] * factor)), max(1, round(marked.shape[0] * factor)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).reshape(*size[::-1], -1)
    told = cv2.resize(marked.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    colours = np.broadcast_to(small.astype(np.float32) / peak, (*told.shape, 3))
    planes = np.dstack([colours, told + np.float32(NONE)])
    rim = ((0, -told.shape[0] % STRIDE), (0, -told.shape[1] % STRIDE), (0, 0))
    padded = np.pad(planes, rim, "symmetric" if min(told.shape) >= STRIDE else "edge")
    batch = np.ascontiguousarray(padded.transpose(2, 0, 1)[None])
    gains = engine.load(NETWORK).run(batch)[OUTPUT][0].transpose(1, 2, 0)
    found = -np.clip(gains[: told.shape[0], : told.shape[1]], -MOST, MOST)
    if small.shape[2] == 1:
        found = found.mean(2, keepdims=True)
    wide = cv2.resize(found, marked.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.where(marked[..., None], wide.reshape(*marked.shape, -1), 0), np.float32)
