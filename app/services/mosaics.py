"""Mosaics of a picture that nobody keeps, looked for by the method that was chosen."""

import base64
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import cast, get_args

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from app.errors import AppError, TooLarge
from app.services.lab import turn
from ml.errors import ImageError
from ml.image import Picture
from ml.pixelation.detector import Method, judge
from ml.results import Finding
from ml.stages.pixelation import findings

MOST_PIXELS = 12_000_000  # this is the web server's own memory: 0.8 GB of it at most
_SHOWN = 1600  # px of the long side of what is shown

_one_at_a_time = Lock()  # apart from the lab's own, which strangers may use

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Looked:
    """What was found in a photo of `size`, how likely it has a mosaic, and what had the last word.

    `picture` and `mask`, None where nothing was found, are data URIs of at most about 1,600 px:
    the mask covers by its alpha.
    """

    size: tuple[int, int]
    probability: float
    found: tuple[Finding, ...]
    told_by: str
    picture: str
    mask: str | None
    ms: int


def chosen(method: str) -> Method:
    """The method of that name; AppError where it is none."""
    if method not in get_args(Method):
        raise AppError(f"The method is one of {', '.join(get_args(Method))}.")
    return cast(Method, method)


def look(path: Path, method: Method) -> Looked:
    """Look for mosaics in a file at its own resolution; one at a time.

    Raises AppError where it cannot be opened, TooLarge, and Conflict where a network is missing.
    """
    try:
        picture = Picture.open(path)
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise TooLarge(f"A picture for the lab has {MOST_PIXELS:,} pixels at most.")
        with turn(_one_at_a_time):
            return _looked(picture, method)
    except ImageError as error:
        raise AppError(f"It could not be looked at: {error}.") from error


def _looked(picture: Picture, method: Method) -> Looked:
    begun = time.monotonic()
    image = picture.full()
    judged = judge(image, method)
    found = findings(image, judged)
    took = round((time.monotonic() - begun) * 1000)
    # Of a RAW its preview is seen: what is told is in pixels of what was looked at.
    seen = (image.shape[1], image.shape[0])
    factor = min(1.0, _SHOWN / max(seen))
    size = (max(1, round(seen[0] * factor)), max(1, round(seen[1] * factor)))
    mask = None
    for one in found:
        if one.mask is not None:
            mask = one.mask if mask is None else mask | one.mask
    shown = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return Looked(
        seen,
        judged.probability,
        found,
        judged.method,
        _uri(Pillow.fromarray(np.asarray(shown, np.uint8)), "WEBP"),
        None if mask is None else _uri(_alpha(mask, size), "PNG"),
        took,
    )


def _alpha(mask: NDArray[np.bool_], size: tuple[int, int]) -> Pillow.Image:
    """A mask (H, W) as a picture of (width, height) that is there where the mask is."""
    share = cv2.resize(mask.astype(np.uint8) * 255, size, interpolation=cv2.INTER_AREA)
    layers = np.dstack([np.zeros_like(share), share])
    return Pillow.fromarray(np.asarray(layers, np.uint8), "LA")


def _uri(picture: Pillow.Image, kind: str) -> str:
    out = BytesIO()
    picture.save(out, kind)
    return f"data:image/{kind.lower()};base64,{base64.b64encode(out.getvalue()).decode()}"
