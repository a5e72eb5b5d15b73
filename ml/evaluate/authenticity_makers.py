"""What people and programs make of photographs, one function each: by script, by networks of others
and by our own. Each keeps the size of a photo (H, W, 3), so that nothing but the making differs.
"""

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity.people import faces
from ml.evaluate import inpainting
from ml.image.picture import within
from ml.restoration.undone import undo
from ml.superres import upscale
from ml.train.authenticity_sources import Pixels
from ml.train.authenticity_splices import Random, blob, saved

Floats = NDArray[np.float32]
Maker = Callable[[Pixels, Random], Pixels | None]
"""None where a photo does not show what it takes."""

_FACE = 0.06  # of the long side: a smaller face is nobody's to swap
_SHARES = (0.25, 0.5, 0.75, 1.0, 1.0, 1.0)  # of the other face
_COLOURS = 56  # px at which colours are told
_GREY = 4.0  # grey levels of mean colour, below which there is none to put back
_NOISE, _QUALITY = 15.0, 40.0


def swapped(photo: Pixels, rng: Random) -> Pixels | None:
    """The largest face blended with itself, moved a little and of other colour and sharpness, as
    faces are swapped (Shiohara and Yamasaki, Detecting deepfakes with self-blended images, CVPR
    2022; an ellipse about the face stands for the hull of its landmarks).
    """
    height, width = photo.shape[:2]
    found = faces(photo, max(height, width))
    if not found or found[0][2] < _FACE * max(height, width):
        return None
    left, top, across, down = found[0]
    centre = (left + across / 2, top + down / 2)
    mask = np.zeros((height, width), np.float32)
    angles = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    waves = sum(
        rng.uniform(-0.06, 0.06) * np.sin(k * angles + rng.uniform(0, 6.3)) for k in (1, 2, 3, 4)
    )
    reach = (1 + np.asarray(waves)) * rng.uniform(0.85, 1.05)
    rim = [centre[0] + reach * np.cos(angles) * across * 0.46]
    rim.append(centre[1] + reach * np.sin(angles) * down * 0.5)
    cv2.fillPoly(mask, [np.rint(np.stack(rim, 1)).astype(np.int32)], (1.0,))
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), across * rng.uniform(0.02, 0.1)), np.float32)
    turn: Any = cv2.getRotationMatrix2D(centre, 0, float(rng.uniform(0.95, 1.05)))
    turn[:, 2] += rng.uniform(-0.03, 0.03, 2) * across
    other = cv2.warpAffine(
        _other_look(photo, rng), turn, (width, height), borderMode=cv2.BORDER_REFLECT_101
    )
    return _blended(photo, other, mask * rng.choice(_SHARES))


def _other_look(photo: Pixels, rng: Random) -> Floats:
    """Other colours, and sharper or softer: what another picture's face has."""
    values = photo.astype(np.float32) + rng.uniform(-15, 15, 3).astype(np.float32)
    values = (values - 128) * np.float32(rng.uniform(0.85, 1.15)) + 128
    if rng.random() < 0.5:
        soft = cv2.GaussianBlur(values, (0, 0), 1.2)
        return np.asarray(values + rng.uniform(0.3, 1.0) * (values - soft), np.float32)
    size = [max(1, round(side / rng.choice((2, 4)))) for side in photo.shape[1::-1]]
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, photo.shape[1::-1], interpolation=cv2.INTER_CUBIC))


def coloured(photo: Pixels, _: Random) -> Pixels | None:
    """Made grey, its own colours put back as coarsely as networks tell colours (Zhang et al.,
    Colorful image colorization, ECCV 2016, at 56 px).
    """
    planes = np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2YCrCb), np.uint8)
    if np.abs(planes[..., 1:].astype(np.float32) - 128).mean() < _GREY:
        return None
    coarse = cv2.resize(within(planes, _COLOURS), photo.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    planes[..., 1:] = coarse[..., 1:]
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB), np.uint8)


def inpainted(photo: Pixels, rng: Random) -> Pixels | None:
    """A part filled by MI-GAN (Sargsyan et al., ICCV 2023); raises WeightsError without it."""
    height, width = photo.shape[:2]
    return inpainting.filled(photo, blob(height, width, rng, 0.02, 0.2) > 0.5)


def enlarged(method: str, factor: int) -> Maker:
    """Made smaller, then as large again by one of our networks, or "cubic"."""

    def make(photo: Pixels, _: Random) -> Pixels:
        size = photo.shape[1::-1]
        small = within(photo, max(1, round(max(size) / factor)))
        if method != "cubic":
            small = np.asarray(upscale.upscale(small, factor, upscale.network(method)))
        return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.uint8)

    return make


def without_noise(photo: Pixels, rng: Random) -> Pixels:
    """Noise added, and undone by our own network."""
    noisy = photo + rng.normal(0, _NOISE, photo.shape)
    seen = np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
    return np.asarray(undo(seen, "RGB", [("noise", {"sigma": _NOISE}, 1.0)]), np.uint8)


def without_blocks(photo: Pixels, _: Random) -> Pixels:
    """Saved as a bad JPEG, which our own network undoes."""
    seen = saved(np.ascontiguousarray(photo), int(_QUALITY), fine=False)
    return np.asarray(undo(seen, "RGB", [("jpeg", {"quality": _QUALITY}, 1.0)]), np.uint8)


def _blended(photo: Pixels, other: NDArray[np.generic], mask: Floats) -> Pixels:
    mixed = photo + mask[..., None] * (np.asarray(other, np.float32) - photo)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


MAKERS: dict[str, Maker] = {
    "face_swapped": swapped,
    "coloured": coloured,
    "inpainted": inpainted,
    "enlarged_2": enlarged("quality", 2),
    "enlarged_4_inventing": enlarged("perceptual", 4),
    "enlarged_2_cubic": enlarged("cubic", 2),
    "repaired_noise": without_noise,
    "repaired_jpeg": without_blocks,
}
