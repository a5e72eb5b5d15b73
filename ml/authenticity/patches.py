"""The patch network's look at a photo: two maps, of a generator's traces and of an edit's."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.engine import Engine
from ml.image import Picture

NETWORK = "authenticity"
GENERATED, EDITED = "generated", "edited"  # outputs
Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

SIDE, LEAST = 704, 256  # px of the long side that is looked at, and below which nothing is told
CELL = 16  # px of a patch
VIEW = 1600
_SHRUNK = 0.95  # as in training: no grid of an earlier compression stays
_SURE = 0.03  # share of patches that an edit is judged by


@dataclass(frozen=True)
class Look:
    """`picture` is what was looked at; `generated` and `edited` (h, w) are its patches' logits."""

    picture: Pixels
    generated: Floats
    edited: Floats

    @property
    def traces(self) -> float:
        """How much speaks for a generator: the mean of all patches."""
        return float(self.generated.mean())

    @property
    def edit(self) -> float:
        """How much speaks for an edit: the mean of the most suspicious patches, which hang
        together after smoothing.
        """
        soft = cv2.blur(self.edited, (3, 3)).ravel()
        count = max(4, round(_SURE * soft.size))
        return float(np.sort(soft)[-count:].mean())


def prepared(picture: Pixels) -> Pixels:
    """A picture as the network sees it: smaller than it was, sides multiples of a patch."""
    height, width = picture.shape[:2]
    factor = min(_SHRUNK, SIDE / max(height, width))
    size = (max(CELL, round(width * factor)), max(CELL, round(height * factor)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    height, width = (side // CELL * CELL for side in small.shape[:2])
    return np.ascontiguousarray(small[:height, :width], np.uint8)


def look(photo: Picture) -> Look:
    """Look at a photo; raises WeightsError when the network is missing."""
    return judge(network(), prepared(photo.view(VIEW)))


def judge(judged_by: Engine, picture: Pixels) -> Look:
    """Look at a prepared picture."""
    batch = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
    found = judged_by.run(batch)
    return Look(picture, found[GENERATED][0], found[EDITED][0])


def network() -> Engine:
    """The engine of the committed network."""
    return engine.load(NETWORK)
