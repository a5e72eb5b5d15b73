"""Pixelation of a photo: where it is a mosaic, of which blocks, with which phase."""

from typing import Any

import cv2
import numpy as np

from ml import weights
from ml.image import Picture
from ml.pixelation.covered import Covered
from ml.pixelation.detector import Found, Judgement, Method, judge, locate
from ml.pixelation.profiles import Pixels
from ml.pixelation.score import NETWORK, TREES
from ml.results import Finding
from ml.weights.manifest import entry


def find_pixelation(picture: Picture, method: Method = "cascade") -> tuple[Finding, ...]:
    """Find the mosaics of a photo at full size: a mosaic is lost in a smaller view.

    Raises WeightsError when trees or scores are missing, ImageError when the photo turns out
    damaged.
    """
    image = picture.full()
    return findings(image, judge(image, method))


def findings(image: Pixels, judged: Judgement) -> tuple[Finding, ...]:
    """The mosaics of a photo (H, W, 3) that was judged, none where it is not pixelated."""
    if not judged.pixelated:
        return ()
    return tuple(_finding(one, judged.probability) for one in locate(image, judged))


def networks() -> tuple[tuple[str, str], ...]:
    """Names and sha256 of what this stage is made of."""
    known = weights.manifest()
    return tuple((name, entry(name).sha256) for name in (TREES, NETWORK) if name in known)


def _finding(found: Found, confidence: float) -> Finding:
    mask, params = found.mask, dict[str, Any]()
    if found.grid is not None:
        covered = Covered.found(found.grid, mask)
        mask, params = covered.mask((mask.shape[1], mask.shape[0])), covered.as_json()
    region = cv2.boundingRect(mask.astype(np.uint8))
    x, y, width, height = (float(side) for side in region)
    return Finding("pixelation", "mosaic", confidence, params, (x, y, width, height), mask)
