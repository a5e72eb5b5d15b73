"""Examples for finding marks: crops of marked pictures, and where each kind of mark is."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.blur import Jpeg
from ml.degradations.degradation import Degradation, Mask
from ml.degradations.light import Fading
from ml.degradations.lookalikes import LOOKALIKES
from ml.degradations.noise import CameraNoise, GaussianNoise
from ml.degradations.table import DEGRADATIONS
from ml.marks.kinds import KINDS, OF
from ml.train.camera_finish import as_cameras_write
from ml.train.distortion_sources import Sources
from ml.train.restoration_sources import PAINTINGS

Pixels = NDArray[np.uint8]

VISIBLE = 6  # grey levels from which a change counts as a mark
_SIZES = (0.7, 1.5)  # of the picture that is damaged, out of which crops are cut
_LONGEST = 900
_SPECK = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
_CROPS = 14  # of one picture, since damaging it costs more than learning from it
_UNMARKED = 0.5  # of crops without marks are learned from
_POOL = 192  # crops that wait to be mixed
_SHARES = {"marked": 0.6, "lookalike": 0.1, "painting": 0.2, "aged": 0.35, "coarse": 0.3}
_ON_PHOTOS = {"scratches": 6, "dust": 4, "creases": 4, "tears": 3, "stains": 6, "losses": 1}
_ON_PAINTINGS = {"scratches": 5, "losses": 6, "craquelure": 3, "stains": 1, "dust": 1}


@dataclass(frozen=True)
class Example:
    """A crop (side, side, 3) and masks (kinds, side, side)."""

    image: Pixels
    masks: Mask


def examples(sources: Sources, side: int, rng: np.random.Generator) -> Iterator[Example]:
    """Examples without end, those of one picture far apart."""
    paintings = [i for i, name in enumerate(sources.names) if name.startswith(PAINTINGS)]
    pool = list[Example]()
    while True:
        while len(pool) < _POOL:
            painted = bool(paintings) and rng.random() < _SHARES["painting"]
            chosen = rng.choice(paintings) if painted else rng.integers(len(sources))
            photo = _placed(sources.photo(int(chosen)), side, rng)
            whole = marked(photo, rng, painted=painted)
            pool.extend(_crops(whole, side, rng))
        yield pool.pop(int(rng.integers(len(pool))))


def marked(photo: Pixels, rng: np.random.Generator, *, painted: bool) -> Example:
    """A picture, marked by up to three kinds or by none."""
    image = as_cameras_write(photo, rng)
    masks = np.zeros((len(KINDS), *image.shape[:2]), np.bool_)
    drawn = rng.random()
    if drawn > 1 - _SHARES["lookalike"]:
        alike = LOOKALIKES[str(rng.choice(list(LOOKALIKES)))](image, rng)
        height, width = image.shape[:2]  # some come smaller or larger
        return Example(_at_least(alike, (width, height))[:height, :width], masks)
    if rng.random() < _SHARES["aged"] and not painted:
        image = aged(image, rng)
    for step in _steps(rng, painted=painted) if drawn < _SHARES["marked"] else ():
        before, image = image, step.apply(image).image
        masks[KINDS.index(OF[step.kind])] |= visible(before, image, step.kind)
    if rng.random() < _SHARES["coarse"]:
        image = _coarse(image, rng)
    return Example(image, masks)


def visible(before: Pixels, after: Pixels, kind: str) -> Mask:
    """Where a mark is seen, (H, W); a stain with the dark and light specks in it that it leaves."""
    change = np.abs(after.astype(np.int16) - before).max(2)
    if kind != "stain":
        return np.asarray(change >= VISIBLE)
    seen = np.asarray(change >= VISIBLE // 2, np.uint8)
    return np.asarray(cv2.morphologyEx(seen, cv2.MORPH_CLOSE, _SPECK) > 0)


def aged(image: Pixels, rng: np.random.Generator) -> Pixels:
    """As old photos are before anything befalls them: grey or brown, and faded."""
    grey = image.astype(np.float32).mean(2, keepdims=True)
    tone = np.array([1, rng.uniform(0.8, 1), rng.uniform(0.55, 1)], np.float32)
    share = np.float32(rng.uniform(0.6, 1))
    image = np.asarray(np.rint(image + share * (grey * tone - image)), np.uint8)
    if rng.random() < 0.5:
        image = Fading(float(rng.uniform(0.1, 0.8)), int(rng.integers(2**31))).apply(image).image
    return image


def _placed(photo: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """A whole picture at some size, turned by quarters and flipped, mirrored up to `side`."""
    height, width = photo.shape[:2]
    factor = min(float(rng.uniform(*_SIZES)), _LONGEST / max(height, width))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    size = (round(width * factor), round(height * factor))
    photo = np.asarray(cv2.resize(photo, size, interpolation=how), np.uint8)
    photo = np.rot90(_at_least(photo, (side, side)), int(rng.integers(4)))
    return np.ascontiguousarray(photo[:, ::-1] if rng.random() < 0.5 else photo)


def _at_least(image: Pixels, size: tuple[int, int]) -> Pixels:
    """A picture mirrored up to (width, height)."""
    missing = (max(0, most - n) for n, most in zip(image.shape, size[::-1], strict=False))
    return np.pad(image, (*((0, n) for n in missing), (0, 0)), "symmetric")


def _steps(rng: np.random.Generator, *, painted: bool) -> Iterator[Degradation]:
    weights = _ON_PAINTINGS if painted else _ON_PHOTOS
    names, share = list(weights), np.array(list(weights.values()), np.float64)
    count = int(rng.integers(1, 4))
    for name in rng.choice(names, count, replace=False, p=share / share.sum()):
        severity = float(rng.uniform(0.05, 0.95))
        yield DEGRADATIONS[str(name)](severity, int(rng.integers(2**31)))


def _coarse(image: Pixels, rng: np.random.Generator) -> Pixels:
    """Grain and compression of a scan, on top of everything."""
    seed = int(rng.integers(2**31))
    if rng.random() < 0.6:
        kind = GaussianNoise if rng.random() < 0.5 else CameraNoise
        image = kind(float(rng.uniform(0, 0.2)), seed).apply(image).image
    if rng.random() < 0.6:
        image = Jpeg.of(int(rng.integers(45, 92)), seed).apply(image).image
    return image


def _crops(whole: Example, side: int, rng: np.random.Generator) -> Iterator[Example]:
    height, width = whole.image.shape[:2]
    for _ in range(_CROPS):
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        inside = (slice(top, top + side), slice(left, left + side))
        masks = whole.masks[:, *inside]
        if not masks.any() and rng.random() > _UNMARKED:
            continue
        image = np.ascontiguousarray(whole.image[inside])
        if rng.random() < 0.15:
            lit = cv2.convertScaleAbs(image, alpha=rng.uniform(0.7, 1.2), beta=rng.uniform(0, 25))
            image = np.asarray(lit, np.uint8)
        yield Example(image, masks.copy())
