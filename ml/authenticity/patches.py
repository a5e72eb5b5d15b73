"""The patch network's look at a photo: a map of what an edit leaves."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import engine
from ml.engine import Engine
from ml.image import Picture
from ml.image.picture import shrink

NETWORK = "authenticity"
EDITED = "edited"  # the output; what it learned beside, of generators, is not read
Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

SIDE, LEAST = 704, 256  # px of the long side that is looked at, and below which nothing is told
NARROWEST = 128  # px of the short side that is looked at, below which nothing is told
CELL = 16  # px of a patch
VIEW = 1600
_SHRUNK = 0.95  # as in training: no grid of an earlier compression stays
_SURE = 0.03  # share of patches that an edit is judged by


@dataclass(frozen=True)
class Look:
    """`picture` is what was looked at; `edited` (h, w) are its patches' logits;
    `covered`: what shares of the photo's height and width they cover, from the top and the left.
    """

    picture: Pixels
    edited: Floats
    covered: tuple[float, float] = (1.0, 1.0)

    @property
    def edit(self) -> float:
        """How much speaks for an edit: the mean of the most suspicious patches, which hang
        together after smoothing.
        """
        soft = cv2.blur(self.edited, (3, 3)).ravel()
        count = max(4, round(_SURE * soft.size))
        return float(np.sort(soft)[-count:].mean())

    def over_photo(self, logits: Floats) -> Floats:
        """A map (h, w) stretched over the whole photo; what no patch covers is as its nearest."""
        places = [
            ((np.arange(count) + 0.5) / share - 0.5).astype(np.float32)
            for count, share in zip(logits.shape, self.covered, strict=True)
        ]
        across, down = np.meshgrid(places[1], places[0])
        stretched = cv2.remap(
            logits, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(stretched, np.float32)


def prepared(picture: Pixels) -> Pixels:
    """A picture as the network sees it: smaller than it was, sides multiples of a patch."""
    height, width = _shrunk(picture)
    small = cv2.resize(shrink(picture, SIDE), (width, height), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(small[: height // CELL * CELL, : width // CELL * CELL], np.uint8)


def _shrunk(picture: Pixels) -> tuple[int, int]:
    height, width = picture.shape[:2]
    factor = min(_SHRUNK, SIDE / max(height, width))
    return max(CELL, round(height * factor)), max(CELL, round(width * factor))


def look(photo: Picture) -> Look:
    """Look at a photo; raises WeightsError when the network is missing."""
    return judge(network(), photo.view(VIEW))


def judge(judged_by: Engine, view: Pixels) -> Look:
    """Look at a photo's view (H, W, 3), prepared."""
    return judge_prepared(judged_by, prepared(view), view)


def judge_prepared(judged_by: Engine, picture: Pixels, view: Pixels) -> Look:
    """Look at what was prepared of a view."""
    batch = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32)
    found = judged_by.run(batch)
    down, across = (seen / whole for seen, whole in zip(picture.shape, _shrunk(view), strict=False))
    return Look(picture, found[EDITED][0], (down, across))


def network() -> Engine:
    """The engine of the committed network."""
    return engine.load(NETWORK)
