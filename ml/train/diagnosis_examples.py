"""Examples for the diagnosis: crops of damaged pictures, what was done to them, and where."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.blur import Jpeg
from ml.degradations.degradation import Degradation, Mask
from ml.degradations.noise import GaussianNoise
from ml.degradations.table import DEGRADATIONS, KINDS
from ml.restoration.diagnosis import LOCAL, NUMBERS, SCALES
from ml.train.distortion_sources import Sources
from ml.train.restoration_examples import crop

Pixels = NDArray[np.uint8]

_WHOLE = (256, 416)  # pixels of the picture that is damaged, out of which the crop is cut
_ENLARGED = 1.4  # at most: camera files are softer at full size than photos made smaller
_CLEAN = 0.35
_MOST = 4  # kinds at once
_VISIBLE = 6  # grey levels from which a change counts as a mark
_FEWEST = 30  # pixels of a mark
# Milder than this nobody would repair it, and nobody can tell it from the photo's own.
_MILDEST = {"noise": 0.03, "blur": 0.16, "motion_blur": 0.16, "jpeg": 0.2, "haze": 0.25}


@dataclass(frozen=True)
class Example:
    """A crop, which of KINDS it has, NUMBERS in SCALES (NaN where the kind is not there), and
    masks (local kinds, side, side).
    """

    image: Pixels
    kinds: NDArray[np.float32]
    numbers: NDArray[np.float32]
    masks: Mask


def example(sources: Sources, side: int, rng: np.random.Generator) -> Example:
    """Damage a part of a photo by up to four kinds in random order, and cut a crop out of it."""
    photo = sources.photo(int(rng.integers(len(sources))))
    image = as_cameras_write(crop(photo, max(int(rng.integers(*_WHOLE)), side), rng), rng)
    masks = np.zeros((len(LOCAL), *image.shape[:2]), np.bool_)
    kinds, numbers = np.zeros(len(KINDS), np.float32), np.full(len(NUMBERS), np.nan, np.float32)
    for step in drawn(rng):
        before, image = image, step.apply(image).image
        if step.local:
            change = np.abs(image.astype(np.int16) - before).max(2)
            masks[LOCAL.index(step.kind)] |= change >= _VISIBLE
        else:
            kinds[KINDS.index(step.kind)] = 1
            _note(numbers, step)
    top, left = (int(rng.integers(0, n - side + 1)) for n in image.shape[:2])
    inside = (slice(top, top + side), slice(left, left + side))
    masks = masks[:, *inside]
    for name, mask in zip(LOCAL, masks, strict=True):
        kinds[KINDS.index(name)] = mask.sum() >= _FEWEST
    return Example(np.ascontiguousarray(image[inside]), kinds, numbers, masks)


def as_cameras_write(image: Pixels, rng: np.random.Generator) -> Pixels:
    """What nobody calls damage, on half of the pictures: a little soft, or sharpened and of vivid
    colours, a trace of noise, a good JPEG.
    """
    if rng.random() < 0.5:
        return image
    height, width = image.shape[:2]
    if rng.random() < 0.5:
        factor = rng.uniform(1, _ENLARGED)
        inner = np.ascontiguousarray(image[: round(height / factor), : round(width / factor)])
        how = cv2.INTER_CUBIC
        image = np.asarray(cv2.resize(inner, (width, height), interpolation=how), np.uint8)
    if rng.random() < 0.4:
        image = _vivid(image, rng)
    steps: list[Degradation] = []
    if rng.random() < 0.5:
        steps.append(GaussianNoise.of(float(rng.uniform(0, 1.5)), int(rng.integers(2**31))))
    if rng.random() < 0.6:
        steps.append(Jpeg.of(int(rng.integers(86, 96))))
    for step in steps:
        image = step.apply(image).image
    return image


def _vivid(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Sharpened, with more contrast and colour, as phones and their owners like it."""
    values = image.astype(np.float32)
    soft = cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.6, 2.5)))
    values += np.float32(rng.uniform(0, 1.6)) * (values - soft)
    grey = values.mean(2, keepdims=True)
    values = grey + np.float32(rng.uniform(0.9, 1.7)) * (values - grey)
    values = 128 + np.float32(rng.uniform(0.9, 1.4)) * (values - 128)
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def drawn(rng: np.random.Generator) -> list[Degradation]:
    """What is done to a picture, the first first; no kind twice."""
    if rng.random() < _CLEAN:
        return []
    names = list(DEGRADATIONS)
    steps = dict[str, Degradation]()
    for i in rng.choice(len(names), int(rng.integers(1, _MOST + 1)), replace=False):
        damage = DEGRADATIONS[names[i]]
        severity = float(rng.uniform(_MILDEST.get(damage.kind, 0.1), 0.9))
        steps.setdefault(damage.kind, damage(severity, int(rng.integers(2**31))))
    return list(steps.values())


def _note(numbers: NDArray[np.float32], step: Degradation) -> None:
    told = {
        "noise": ("noise", step.params.get("sigma")),
        "blur": ("blur", step.params.get("sigma")),
        "motion_blur": ("motion", step.params.get("length")),
        "jpeg": ("compression", 95 - step.params.get("quality", 95)),
    }.get(step.kind)
    if told and told[1] is not None:
        at = NUMBERS.index(told[0])
        numbers[at] = told[1] / SCALES[at]
