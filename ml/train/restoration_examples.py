"""Examples for the restoration network: crops of photos, damaged, and how strongly."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.degradations.blur import DefocusBlur, GaussianBlur, Jpeg, MotionBlur
from ml.degradations.degradation import Degradation, Floats
from ml.degradations.noise import CameraNoise, GaussianNoise, PoissonNoise
from ml.restoration.blind import Steering
from ml.train.distortion_sources import Sources

Pixels = NDArray[np.uint8]

_MARGIN = 16  # pixels around a crop that damage may reach in from
_SHARES = {"clean": 0.06, "noise": 0.62, "blur": 0.3, "jpeg": 0.34}
_ERROR = 0.12  # of what is told, as an estimate has it


@dataclass(frozen=True)
class Example:
    """Values (side, side, 3) of 0..1, which noise may leave, and the clean ones."""

    image: Floats
    clean: Floats
    steering: Steering


def example(sources: Sources, side: int, rng: np.random.Generator) -> Example:
    """Cut a crop and damage it, by noise, blur and JPEG in an order that happens."""
    photo = sources.photo(int(rng.integers(len(sources))))
    clean = crop(photo, side + 2 * _MARGIN, rng)
    steps = drawn(rng)
    values = clean.astype(np.float32) / np.float32(255)
    # Papers do not clip noise; what has a file around it is clipped and rounded.
    floats = all(isinstance(step, GaussianNoise) for step in steps) and rng.random() < 0.6
    image: NDArray[Any] = values if floats else clean
    for step in steps:
        image = step.apply(image).image
    damaged = image.astype(np.float32) / np.float32(1 if floats else 255)
    inside = slice(_MARGIN, _MARGIN + side)
    told = estimated(steering(steps), rng)
    return Example(damaged[inside, inside], values[inside, inside], told)


def drawn(rng: np.random.Generator) -> list[Degradation]:
    """What is done to one crop, the first first; nothing where it stays clean."""
    if rng.random() < _SHARES["clean"]:
        return []
    seeds = rng.integers(2**31, size=3).tolist()
    steps: list[Degradation] = []
    if rng.random() < _SHARES["blur"]:
        kind = (GaussianBlur, DefocusBlur, MotionBlur)[rng.choice(3, p=(0.5, 0.25, 0.25))]
        steps.append(kind(float(rng.uniform(0.08, 0.9)), seeds[0]))
    if rng.random() < _SHARES["noise"] or not steps:
        kind_of_noise = (GaussianNoise, PoissonNoise, CameraNoise)[
            rng.choice(3, p=(0.6, 0.15, 0.25))
        ]
        most = 0.3 if steps else 0.85
        steps.append(kind_of_noise(float(rng.uniform(0.01, most)), seeds[1]))
    if rng.random() < _SHARES["jpeg"]:
        if rng.random() < 0.4:
            steps.clear()
        steps.append(Jpeg.of(int(rng.integers(8, 90)), seeds[2]))
    if len(steps) > 1 and rng.random() < 0.2:
        rng.shuffle(steps)
    return steps


def steering(steps: list[Degradation]) -> Steering:
    """What the network is told of true damage."""
    noise, blur, quality = 0.0, 0.0, 100.0
    for step in steps:
        if step.kind == "noise":
            noise = step.params["sigma"]
        elif step.kind == "blur":
            blur = step.params["sigma"]
        elif step.kind == "motion_blur":
            blur = step.params["length"] / 6
        elif step.kind == "jpeg":
            quality = step.params["quality"]
    return Steering(noise, blur, quality)


def estimated(true: Steering, rng: np.random.Generator) -> Steering:
    """The same with errors as an estimate has them."""
    off = 1 + _ERROR * rng.standard_normal(3).clip(-2, 2)
    lost = 100 - (100 - true.quality) * off[2]
    return Steering(true.noise * float(off[0]), true.blur * float(off[1]), float(lost))


def crop(photo: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """A square out of a photo, mirrored where that is smaller, turned by quarters and flipped."""
    height, width = photo.shape[:2]
    rim = ((0, max(0, side - height)), (0, max(0, side - width)), (0, 0))
    if any(after for _, after in rim):
        photo = np.pad(photo, rim, "symmetric")
    top, left = (int(rng.integers(0, n - side + 1)) for n in photo.shape[:2])
    part = np.rot90(photo[top : top + side, left : left + side], int(rng.integers(4)))
    return np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part)
