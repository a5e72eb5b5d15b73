"""Pixelation of a photo: where it is a mosaic, of which blocks, with which phase."""

import cv2
import numpy as np

from ml import weights
from ml.image import Picture
from ml.pixelation.detector import Found, judge, locate
from ml.pixelation.score import NETWORK, TREES
from ml.results import Finding
from ml.weights.manifest import entry


def find_pixelation(picture: Picture) -> tuple[Finding, ...]:
    """Find the mosaics of a photo at full size: a mosaic is lost in a smaller view.

    Raises WeightsError when trees or scores are missing, ImageError when the photo turns out
    damaged.
    """
    image = picture.full()
    judged = judge(image)
    if not judged.pixelated:
        return ()
    return tuple(_finding(one, judged.probability) for one in locate(image, judged))


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of."""
    known = weights.manifest()
    return tuple((name, entry(name).sha256) for name in (TREES, NETWORK) if name in known)


def _finding(found: Found, confidence: float) -> Finding:
    x, y, width, height = cv2.boundingRect(found.mask.astype(np.uint8))
    params = {}
    if found.grid is not None:
        params = {
            "block": round(found.grid.block, 3),
            "phase": [round(each, 3) for each in found.grid.phase],
        }
    region = (float(x), float(y), float(width), float(height))
    return Finding("pixelation", "mosaic", confidence, params, region, found.mask)
