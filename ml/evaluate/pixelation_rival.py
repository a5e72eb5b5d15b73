"""The published way to find pixelation, as a comparison: a small network over Canny's edges.

Edges between the thresholds 50 and 150, resized to 256 × 256, MobileNetV3-small from scratch.
"""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.engine import Engine, Tensor

FILE = Path("build/pixelation/rival.onnx")
UNTRAINED = FILE.with_name("rival_untrained.onnx")  # as fast, for benchmarks
SIDE = 256

Pixels = NDArray[np.uint8]


def edges(image: Pixels) -> Pixels:
    """What its network sees of a photo (H, W, 3): (SIDE, SIDE)."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(cv2.Canny(grey, 50, 150), (SIDE, SIDE)), np.uint8)


def batch(seen: Pixels) -> Tensor:
    """Edges (SIDE, SIDE) as its network takes them: (1, 3, SIDE, SIDE) in 0..1."""
    return np.repeat(seen[None, None].astype(np.float32) / 255, 3, axis=1)


def network() -> Engine | None:
    """Its network, trained here on the same photos; None where that has not been done."""
    return engine.load_file(FILE) if FILE.is_file() else None


def probability(loaded: Engine, image: Pixels) -> float:
    """How likely it takes a photo for pixelated."""
    logit = float(loaded.run(batch(edges(image)))["logit"].item())
    return float(1 / (1 + np.exp(-logit)))
