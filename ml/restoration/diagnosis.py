"""What is wrong with a photo: which kinds of damage, how strong, and where the marks are."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.table import DEGRADATIONS, KINDS
from ml.engine import Engine
from ml.restoration.blind import Steering

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

LOCAL = tuple(dict.fromkeys(each.kind for each in DEGRADATIONS.values() if each.local))
"""Kinds that have a mask, in the order of the network's."""
NUMBERS = ("noise", "blur", "motion", "compression")
SCALES = (75.0, 4.0, 25.0, 90.0)
"""What a number of 1 stands for: grey levels, pixels, pixels, steps of quality below 95."""
OUTPUTS = ("kinds", "numbers", "masks")
STRIDE = 32
SIDE = 768  # pixels of the long side at which marks are looked for
CROP = 256  # of the parts at full size that noise, blur and compression are judged on
_FINE = ("noise", "blur", "motion_blur", "jpeg")


@dataclass(frozen=True)
class Diagnosis:
    """Probabilities of KINDS, what steers the restoration, and masks of LOCAL kinds as
    probabilities (H, W) of the view that was looked at.
    """

    kinds: dict[str, float]
    steering: Steering
    masks: dict[str, Floats]


def diagnose(network: Engine, photo: Pixels) -> Diagnosis:
    """Judge a photo (H, W, 3) at its own resolution."""
    view = _view(photo)
    whole = _look(network, view[None])
    kinds, numbers = whole["kinds"][0], whole["numbers"][0]
    if max(photo.shape[:2]) > SIDE and min(photo.shape[:2]) >= STRIDE:
        fine = _look(network, _parts(photo))
        native = [KINDS.index(name) for name in _FINE]
        kinds = kinds.copy()
        kinds[native] = np.median(fine["kinds"][:, native], 0)
        numbers = np.median(fine["numbers"], 0)
    chances = 1 / (1 + np.exp(-np.clip(kinds.astype(np.float64), -30, 30)))
    told = dict(zip(KINDS, chances.tolist(), strict=True))
    spread = 1 / (1 + np.exp(-np.clip(whole["masks"][0], -30, 30)))
    size = (view.shape[1], view.shape[0])
    masks = {
        name: np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float32)
        for name, plane in zip(LOCAL, spread.astype(np.float32), strict=True)
    }
    return Diagnosis(told, _steering(told, numbers), masks)


def _steering(told: dict[str, float], numbers: Floats) -> Steering:
    """What the network says of the kinds that it finds likelier than not."""
    told_numbers = np.maximum(numbers, 0) * np.array(SCALES)
    noise, blur, motion, lost = told_numbers.tolist()
    widest = max(
        blur if told["blur"] > 0.5 else 0.0, motion / 6 if told["motion_blur"] > 0.5 else 0.0
    )
    quality = 95 - lost if told["jpeg"] > 0.5 else 100.0
    return Steering(noise if told["noise"] > 0.5 else 0.0, widest, max(quality, 1.0))


def _look(network: Engine, photos: Pixels) -> dict[str, Floats]:
    """Run on uint8 photos (N, H, W, 3) whose sides are multiples of STRIDE."""
    batch = np.ascontiguousarray(photos.transpose(0, 3, 1, 2), np.float32) / np.float32(255)
    return network.run(batch)


def _view(photo: Pixels) -> Pixels:
    """A photo with a long side of SIDE at most, mirrored up to multiples of STRIDE."""
    scale = min(1.0, SIDE / max(photo.shape[:2]))
    if scale < 1:
        size = (max(1, round(photo.shape[1] * scale)), max(1, round(photo.shape[0] * scale)))
        photo = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.uint8)
    rim = ((0, -photo.shape[0] % STRIDE), (0, -photo.shape[1] % STRIDE), (0, 0))
    return np.pad(photo, rim, "symmetric")


def _parts(photo: Pixels) -> Pixels:
    """Squares at full size, from the middle of the quarters of a photo."""
    height, width = photo.shape[:2]
    side = min(CROP, height // STRIDE * STRIDE, width // STRIDE * STRIDE)
    found = []
    for top in (0, height // 2):
        for left in (0, width // 2):
            quarter = photo[top : top + max(side, height // 2), left : left + max(side, width // 2)]
            y, x = ((n - side) // 2 for n in quarter.shape[:2])
            part = quarter[max(y, 0) : max(y, 0) + side, max(x, 0) : max(x, 0) + side]
            if part.shape[:2] == (side, side):  # else it is the sliver that is left of a half
                found.append(part)
    return np.stack(found)
