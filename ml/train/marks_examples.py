"""Examples for finding marks: crops of marked pictures, and where each kind of mark is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.blur import Jpeg
from ml.degradations.degradation import Degradation
from ml.degradations.light import Fading
from ml.degradations.lookalikes import LOOKALIKES
from ml.degradations.noise import CameraNoise, GaussianNoise
from ml.degradations.table import DEGRADATIONS
from ml.marks.kinds import BROAD, OF, THIN, Network
from ml.train.camera_finish import as_cameras_write
from ml.train.distortion_sources import Sources
from ml.train.restoration_sources import PAINTINGS

Pixels = NDArray[np.uint8]

VISIBLE = 8  # grey levels from which a change counts as a mark
_OWN = 0.5  # of the picture's own deviation around, which a mark has to stand out from
_AROUND = (9, 9)
_TRACE = 2  # grey levels of what is there, but not seen
_GAP = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
NONE, SEEN, UNSURE = 0, 1, 2
"""Of a pixel: no mark; one that is seen; traces of one, which count neither way."""
_SIZES = (0.8, 1.6)  # of the picture that is damaged, out of which crops are cut
_LONGEST = 1024
_SPECK = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
_UNMARKED = 0.4  # of crops without marks are learned from
_POOL = 64  # pictures whose crops wait to be mixed
_SHARES = {"marked": 0.65, "lookalike": 0.1, "painting": 0.12, "aged": 0.35, "coarse": 0.3}


@dataclass(frozen=True)
class Plan:
    """What a network learns from: square crops of `side`, `crops` of one picture, since damaging it
    costs more than learning from it; how often each kind of damage is done.
    """

    network: Network
    side: int
    crops: int
    on_photos: Mapping[str, float]
    on_paintings: Mapping[str, float]

    @property
    def sized(self) -> bool:
        """Whether the network sees pictures smaller than they are damaged."""
        return self.network.longest < _LONGEST


PLANS = {
    "thin": Plan(
        THIN,
        side=96,
        crops=36,
        on_photos={
            "scratches": 8,
            "dust": 4,
            "creases": 2,
            "tears": 3,
            "stains": 2,
            "losses": 1.5,
            "craquelure": 1,
        },
        on_paintings={"scratches": 6, "losses": 5, "craquelure": 3, "stains": 1, "dust": 1},
    ),
    "broad": Plan(
        BROAD,
        side=256,
        crops=3,
        on_photos={"stains": 12, "scratches": 1, "dust": 1, "creases": 2, "tears": 1, "losses": 1},
        on_paintings={"stains": 4, "losses": 2, "craquelure": 1},
    ),
}


@dataclass(frozen=True)
class Example:
    """A crop (side, side, 3) and masks (kinds, side, side) of NONE, SEEN and UNSURE."""

    image: Pixels
    masks: Pixels


def examples(sources: Sources, plan: Plan, rng: np.random.Generator) -> Iterator[Example]:
    """Examples without end, those of one picture far apart."""
    paintings = [i for i, name in enumerate(sources.names) if name.startswith(PAINTINGS)]
    pool = list[Example]()
    while True:
        while len(pool) < _POOL * plan.crops:
            painted = bool(paintings) and rng.random() < _SHARES["painting"]
            chosen = rng.choice(paintings) if painted else rng.integers(len(sources))
            photo = _placed(sources.photo(int(chosen)), plan.side, rng)
            whole = marked(photo, rng, plan, painted=painted)
            pool.extend(_crops(_seen(whole, plan, rng) if plan.sized else whole, plan, rng))
        yield pool.pop(int(rng.integers(len(pool))))


def marked(photo: Pixels, rng: np.random.Generator, plan: Plan, *, painted: bool) -> Example:
    """A picture, marked by up to three kinds or by none."""
    image = as_cameras_write(photo, rng)
    kinds = plan.network.kinds
    masks = np.zeros((len(kinds), *image.shape[:2]), np.uint8)
    drawn = rng.random()
    if drawn > 1 - _SHARES["lookalike"]:
        alike = LOOKALIKES[str(rng.choice(list(LOOKALIKES)))](image, rng)
        height, width = image.shape[:2]  # some come smaller or larger
        return Example(_at_least(alike, (width, height))[:height, :width], masks)
    if rng.random() < _SHARES["aged"] and not painted:
        image = aged(image, rng)
    weights = plan.on_paintings if painted else plan.on_photos
    for step in _steps(rng, weights) if drawn < _SHARES["marked"] else ():
        before, image = image, step.apply(image).image
        if OF[step.kind] in kinds:
            mask, more = masks[kinds.index(OF[step.kind])], visible(before, image, step.kind)
            mask[:] = np.where((mask == SEEN) | (more == SEEN), SEEN, np.maximum(mask, more))
    if rng.random() < _SHARES["coarse"]:
        image = _coarse(image, rng)
    return Example(image, masks)


def visible(before: Pixels, after: Pixels, kind: str) -> Pixels:
    """Where a mark is, (H, W), of NONE, SEEN and UNSURE: a change is seen where it stands out from
    the picture's own; a stain with the dark and light specks in it that it leaves.
    """
    change = np.abs(after.astype(np.int16) - before).max(2)
    if kind == "stain":
        spread = np.asarray(change >= VISIBLE // 2, np.uint8)
        return np.asarray(cv2.morphologyEx(spread, cv2.MORPH_CLOSE, _SPECK), np.uint8)
    grey = before.astype(np.float32).mean(2)
    mean, power = cv2.blur(grey, _AROUND), cv2.blur(grey * grey, _AROUND)
    own = np.sqrt(np.maximum(power - mean * mean, 0))
    seen = change >= np.maximum(VISIBLE, _OWN * own)
    traces = cv2.morphologyEx((change >= _TRACE).astype(np.uint8), cv2.MORPH_CLOSE, _GAP)
    return np.asarray(np.where(seen, SEEN, traces * UNSURE), np.uint8)


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


def _at_least(image: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """A picture (H, W, 3) or mask (H, W) mirrored up to (width, height)."""
    missing = [max(0, most - n) for n, most in zip(image.shape, size[::-1], strict=False)]
    more = [(0, n) for n in missing] + [(0, 0)] * (image.ndim - 2)
    return np.pad(image, more, "symmetric")


def _steps(rng: np.random.Generator, weights: Mapping[str, float]) -> Iterator[Degradation]:
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


def _seen(whole: Example, plan: Plan, rng: np.random.Generator) -> Example:
    """A picture as small as a network sees it, about, mirrored up to the side of its crops."""
    height, width = whole.image.shape[:2]
    factor = min(1.0, plan.network.longest * float(rng.uniform(0.85, 1.2)) / max(height, width))
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    image = np.asarray(cv2.resize(whole.image, size, interpolation=cv2.INTER_AREA), np.uint8)
    small = [
        (cv2.resize((mask == SEEN) * np.uint8(255), size, interpolation=cv2.INTER_AREA) > 127)
        for mask in whole.masks
    ]
    least = (plan.side, plan.side)
    return Example(
        _at_least(image, least),
        np.stack([_at_least(mask.astype(np.uint8), least) for mask in small]),
    )


def _crops(whole: Example, plan: Plan, rng: np.random.Generator) -> Iterator[Example]:
    height, width = whole.image.shape[:2]
    side = plan.side
    for _ in range(plan.crops):
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
        inside = (slice(top, top + side), slice(left, left + side))
        masks = whole.masks[:, *inside]
        if not (masks == SEEN).any() and rng.random() > _UNMARKED:
            continue
        image = np.ascontiguousarray(whole.image[inside])
        if rng.random() < 0.15:
            lit = cv2.convertScaleAbs(image, alpha=rng.uniform(0.7, 1.2), beta=rng.uniform(0, 25))
            image = np.asarray(lit, np.uint8)
        turns, flipped = int(rng.integers(4)), slice(None, None, int(rng.choice((-1, 1))))
        image, masks = np.rot90(image, turns), np.rot90(masks, turns, (1, 2))
        yield Example(image[:, flipped].copy(), masks[..., flipped].copy())
