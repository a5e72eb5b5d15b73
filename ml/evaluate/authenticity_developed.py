"""The figures of authenticity on photographs that were developed at random: cropped, straightened,
toned, black and white, denoised, sharpened, made smaller, saved again.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity.patches import LEAST
from ml.errors import MLError
from ml.evaluate.authenticity import evaluate as evaluate_pictures
from ml.evaluate.authenticity import listed
from ml.evaluate.report import Report
from ml.image import Picture
from ml.train.authenticity_examples import developed
from ml.train.authenticity_sources import REAL, trained_on

Pixels = NDArray[np.uint8]

_SIDE = 2000  # px
_KEPT = 0.75  # of each side at least, after a crop
_LEANING = 3.0  # degrees at most
_SHRUNK = 0.6  # at least


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure as `authenticity` does, on every photograph of the places, each developed once.

    Raises MLError where there is no photograph.
    """
    rng = np.random.default_rng(seed)
    found = [each for each in listed(places) if each[1] == REAL]
    if not found:
        raise MLError("photographs are wanted: DIR/real/COLLECTION, or a .tsv list")
    with TemporaryDirectory() as folder:
        for i, (path, _, collection) in enumerate(found):
            target = Path(folder) / REAL / collection / f"{i}.jpg"
            target.parent.mkdir(parents=True, exist_ok=True)
            made = development(Picture.open(path).view(_SIDE), rng)
            quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(75, 98))]
            cv2.imwrite(str(target), np.ascontiguousarray(made[..., ::-1]), quality)
        report = evaluate_pictures([Path(folder)], seed)
    report.task = "authenticity-developed"
    report.seen_in_training = sum(trained_on(path) for path, *_ in found)
    return report


def development(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """A photo (H, W, 3) developed: always something, and its sides LEAST pixels at least where
    they were.
    """
    values = _straightened(photo, rng) if rng.random() < 0.3 else photo
    values = _cropped(values, rng) if rng.random() < 0.5 else values
    made = developed(values, rng)
    while made is values and values is photo:
        made = developed(values, rng)
    smaller = max(float(rng.uniform(_SHRUNK, 1)), LEAST / min(made.shape[:2]))
    if rng.random() < 0.4 and smaller < 1:
        size = round(made.shape[1] * smaller), round(made.shape[0] * smaller)
        made = np.asarray(cv2.resize(made, size, interpolation=cv2.INTER_AREA), np.uint8)
    return made


def _straightened(photo: Pixels, rng: np.random.Generator) -> Pixels:
    """Turned by a few degrees, and enlarged so that no rim is empty."""
    height, width = photo.shape[:2]
    angle = float(rng.uniform(-_LEANING, _LEANING))
    turn = abs(np.deg2rad(angle))
    ratio = max(height, width) / min(height, width)
    scale = float(np.cos(turn) + ratio * np.sin(turn))
    matrix: Any = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), angle, scale)
    return np.asarray(cv2.warpAffine(photo, matrix, (width, height)), np.uint8)


def _cropped(photo: Pixels, rng: np.random.Generator) -> Pixels:
    sides = [max(min(LEAST, side), round(side * rng.uniform(_KEPT, 1))) for side in photo.shape[:2]]
    top, left = (
        int(rng.integers(whole - side + 1))
        for whole, side in zip(photo.shape[:2], sides, strict=True)
    )
    return np.ascontiguousarray(photo[top : top + sides[0], left : left + sides[1]])
