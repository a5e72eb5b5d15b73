"""The lab: what the network makes of a picture that nobody keeps."""

import base64
import binascii
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow

from app.errors import AppError, Conflict, TooLarge
from ml import pipeline
from ml.errors import EstimationError, WeightsError
from ml.estimators.diagnosis import Found, diagnose
from ml.estimators.refinement import in_use
from ml.evaluate.distortion_trials import endpoint_errors
from ml.repair.unwarp import unwarp
from ml.warps import FAMILIES, Warp, WarpError
from ml.warps.told import from_json

MOST_BYTES = 4 * 2**20
MOST_PIXELS = 4_000_000
MOST_EFFECTS = 4
PATIENCE_S = 20.0
_FORMATS = ("JPEG", "PNG", "WEBP")
_one_at_a_time = Lock()

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Judged:
    """What was found in pixels of the picture, the picture undone, and the error in pixels at a
    long side of 512 (None without the truth), of what was found and of doing nothing.
    """

    found: list[Found]
    size: tuple[int, int]
    undone: bytes | None
    error: float | None
    error_nothing: float | None
    network: str
    ms: int


def lacking() -> str:
    """Return why nothing can be recognised here, "" where it can."""
    try:
        in_use()
    except WeightsError as error:
        return str(error)
    return ""


def judge(image: str, effects: Sequence[Any]) -> Judged:
    """Look at a picture (base64) whose true effects may be told; one at a time.

    Raises AppError for what is no picture, is too large, or is no effect; Conflict where the
    network is missing.
    """
    pixels = _decoded(image)
    true = tuple(_warp(told) for told in effects[: MOST_EFFECTS + 1])
    if len(true) > MOST_EFFECTS:
        raise AppError(f"At most {MOST_EFFECTS} effects at a time.")
    with turn(_one_at_a_time):
        return _judged(pixels, true)


@contextmanager
def turn(lock: Lock) -> Iterator[None]:
    """Look at one picture at a time, of those that share a lock; AppError where others take too
    long, Conflict where a network is missing.
    """
    if not lock.acquire(timeout=PATIENCE_S):
        raise AppError("Others are using the lab at this moment. Try it again.", status=429)
    try:
        yield
    except (WeightsError, EstimationError) as error:
        raise Conflict(f"Nothing can be recognised here: {error}.") from error
    finally:
        lock.release()


def _judged(pixels: Pixels, true: tuple[Warp, ...]) -> Judged:
    begun = time.monotonic()
    size = (pixels.shape[1], pixels.shape[0])
    networks, gate = in_use()
    found = diagnose(networks, pixels, gate)
    took = round((time.monotonic() - begun) * 1000)
    warps = tuple(each.warp for each in reversed(found))
    errors = endpoint_errors(true, warps, size) if true else (math.nan, math.nan)
    undone = _encoded(unwarp(pixels, warps, rim="fill").pixels) if warps else None
    epe, nothing = (each if math.isfinite(each) else None for each in errors)
    return Judged(found, size, undone, epe, nothing, pipeline.provenance("distortion"), took)


def _decoded(image: str) -> Pixels:
    if len(image) > MOST_BYTES * 4 // 3 + 4:
        raise TooLarge(f"A picture for the lab holds {MOST_BYTES >> 20} MB at most.")
    try:
        data = base64.b64decode(image, validate=True)
        with Pillow.open(BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise TooLarge(f"A picture for the lab has {MOST_PIXELS:,} pixels at most.")
            return np.asarray(picture.convert("RGB"), np.uint8)
    except (binascii.Error, OSError, SyntaxError, ValueError, Pillow.DecompressionBombError):
        raise AppError("“image” is no JPEG, PNG or WebP in base64.") from None


def _encoded(pixels: Pixels) -> bytes:
    out = BytesIO()
    Pillow.fromarray(pixels).save(out, "WEBP", quality=90, method=2)
    return out.getvalue()


def _warp(told: Any) -> Warp:
    """The warp of {"effect", "parameters"}; AppError in words where there is none."""
    name = told.get("effect") if isinstance(told, dict) else None
    given = told.get("parameters") if isinstance(name, str) and name in FAMILIES else None
    if not isinstance(given, dict):
        raise AppError(f"An effect is one of {', '.join(FAMILIES)}, with its parameters.")
    try:
        return from_json(str(name), given)
    except WarpError as error:
        raise AppError(f"This effect cannot be: {error}.") from None
