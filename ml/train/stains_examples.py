"""Examples for undoing stains: crops of stained photos, where they are, and the clean ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.table import DEGRADATIONS
from ml.marks.stained import LONGEST
from ml.train.distortion_sources import Sources
from ml.train.marks_examples import aged

Pixels = NDArray[np.uint8]
SIDE = 96
_LARGEST = 256  # of the photo that is stained
_PARTS = (0.55, 1.0)  # of a photo's sides
_SIZES = (0.9, 1.15)  # of what the network sees
_SEVERITIES = (0.15, 0.9)
_AGED, _FILLED = 0.2, 0.5  # shares of photos that are old, that have no mirrored rim
_CROPS = 3
_LEAST = 0.01  # of a crop that is stained


@dataclass(frozen=True)
class Example:
    """Crops (SIDE, SIDE, 3), and the share of each pixel that is stained, (SIDE, SIDE)."""

    stained: Pixels
    clean: Pixels
    mask: NDArray[np.float32]


def examples(sources: Sources, rng: np.random.Generator) -> Iterator[Example]:
    """Examples without end."""
    while True:
        clean = _placed(sources.photo(int(rng.integers(len(sources)))), rng)
        severity, seed = float(rng.uniform(*_SEVERITIES)), int(rng.integers(2**31))
        done = DEGRADATIONS["stains"](severity, seed).apply(clean)
        factor = float(rng.uniform(*_SIZES)) * LONGEST / max(clean.shape[:2])
        if rng.random() < _FILLED:
            factor = max(factor, SIDE / min(clean.shape[:2]))
        parts = (done.image, clean, done.mask.astype(np.float32))
        whole = Example(*(_seen(part, factor) for part in parts))
        yield from _crops(whole, rng)


def _placed(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """A part of a photo, turned by quarters and flipped."""
    share = float(rng.uniform(*_PARTS))
    height, width = (round(side * share) for side in photo.shape[:2])
    top, left = rng.integers(photo.shape[0] - height + 1), rng.integers(photo.shape[1] - width + 1)
    part = photo[top : top + height, left : left + width]
    factor = min(1.0, _LARGEST / max(height, width))
    size = (round(width * factor), round(height * factor))
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    small = np.rot90(small, int(rng.integers(4)))
    placed = np.ascontiguousarray(small[:, ::-1] if rng.random() < 0.5 else small, np.uint8)
    return aged(placed, rng) if rng.random() < _AGED else placed


def _seen(part: NDArray[Any], factor: float) -> NDArray[Any]:
    """At the network's size, mirrored up to SIDE."""
    size = (round(part.shape[1] * factor), round(part.shape[0] * factor))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(part, size, interpolation=how))
    missing = [(0, max(0, SIDE - side)) for side in small.shape[:2]]
    return np.pad(small, missing + [(0, 0)] * (small.ndim - 2), "symmetric")


def _crops(whole: Example, rng: np.random.Generator) -> Iterator[Example]:
    height, width = whole.mask.shape
    for _ in range(_CROPS):
        top, left = int(rng.integers(height - SIDE + 1)), int(rng.integers(width - SIDE + 1))
        inside = (slice(top, top + SIDE), slice(left, left + SIDE))
        if whole.mask[inside].mean() > _LEAST:
            yield Example(whole.stained[inside], whole.clean[inside], whole.mask[inside])
