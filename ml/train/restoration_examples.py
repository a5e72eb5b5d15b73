"""Examples for the restoration networks: crops of photos, damaged, and how strongly."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.degradations.blur import DefocusBlur, GaussianBlur, Jpeg, MotionBlur
from ml.degradations.degradation import Degradation, Floats
from ml.degradations.noise import CameraNoise, GaussianNoise, PoissonNoise
from ml.restoration.blind import STEPS, Steering
from ml.train.distortion_sources import Sources

Pixels = NDArray[np.uint8]
Pairs = list[tuple[Pixels, Pixels]]
"""Photos with real noise, and without."""

_MARGIN = 16  # pixels around a crop that damage may reach in from
_ERROR = 0.1  # of what is told, as an estimate has it
_REAL = 0.08  # of the examples of noise where there are pairs
_CLEAN = 0.04


@dataclass(frozen=True)
class Example:
    """Values (side, side, 3) of 0..1, which noise may leave, and the clean ones; `plain`: all that
    is wrong is Gaussian noise that was not clipped, of this deviation, which a teacher knows.
    """

    image: Floats
    clean: Floats
    steering: Steering
    plain: float = 0.0


def example(
    sources: Sources, law: str, side: int, rng: np.random.Generator, real: Pairs | None = None
) -> Example:
    """Cut a crop and damage it by one of LAWS; `real` pairs are mixed among those of noise."""
    if real and rng.random() < _REAL:
        return _of_pair(real[int(rng.integers(len(real)))], side, rng)
    photo = sources.photo(int(rng.integers(len(sources))))
    clean = crop(photo, side + 2 * _MARGIN, rng)
    steps = [] if rng.random() < _CLEAN else LAWS[law](rng)
    values = clean.astype(np.float32) / np.float32(255)
    # Papers do not clip noise; what has a file around it is clipped and rounded.
    floats = len(steps) == 1 and isinstance(steps[0], GaussianNoise) and rng.random() < 0.8
    image: NDArray[Any] = values if floats else clean
    for step in steps:
        image = step.apply(image).image
    damaged = image.astype(np.float32) / np.float32(1 if floats else 255)
    inside = slice(_MARGIN, _MARGIN + side)
    true = steering(steps)
    told = estimated(true, rng) if rng.random() < 0.6 else true
    plain = true.noise if floats else 0.0
    return Example(damaged[inside, inside], values[inside, inside], told, plain)


def _of_pair(pair: tuple[Pixels, Pixels], side: int, rng: np.random.Generator) -> Example:
    both = crop(np.concatenate(pair, 2), side, rng).astype(np.float32) / np.float32(255)
    image, clean = both[..., :3], both[..., 3:]
    sigma = float(np.sqrt(np.square(image - clean).mean())) * 255
    return Example(image, clean, estimated(Steering(noise=sigma), rng))


def _noisy(rng: np.random.Generator) -> list[Degradation]:
    """Noise of every kind, now and then saved as JPEG."""
    seed = int(rng.integers(2**31))
    if rng.random() < 0.55:
        return [GaussianNoise(float(rng.uniform(0.03, 0.8)), seed)]
    kind = (GaussianNoise, PoissonNoise, CameraNoise)[rng.choice(3, p=(0.25, 0.25, 0.5))]
    steps: list[Degradation] = [kind(float(rng.uniform(0.03, 0.7)), seed)]
    if rng.random() < 0.35:
        steps.append(Jpeg.of(int(rng.integers(20, 95)), seed))
    return steps


def _compressed(rng: np.random.Generator) -> list[Degradation]:
    """JPEG, the stronger the oftener, now and then of what was a little noisy or soft."""
    seed = int(rng.integers(2**31))
    steps: list[Degradation] = []
    if rng.random() < 0.15:
        steps.append(CameraNoise(float(rng.uniform(0.02, 0.15)), seed))
    elif rng.random() < 0.1:
        steps.append(GaussianBlur(float(rng.uniform(0.1, 0.3)), seed))
    return [*steps, Jpeg.of(int(rng.triangular(5, 8, 80)), seed)]


LAWS: Mapping[str, Callable[[np.random.Generator], list[Degradation]]] = {
    "noise": _noisy,
    "jpeg": _compressed,
}
"""What each of the networks learns: what is done to a crop, the first first."""


def steering(steps: list[Degradation]) -> Steering:
    """What true damage is told as."""
    told = Steering()
    for step in steps:
        if step.kind == "noise":
            told = replace(told, noise=step.params["sigma"])
        elif step.kind == "blur":
            disc = float(isinstance(step, DefocusBlur))
            told = replace(told, blur=step.params["sigma"], disc=disc)
        elif isinstance(step, MotionBlur):
            told = replace(told, **asdict(step.way()))
        elif step.kind == "jpeg":
            told = replace(told, quality=step.params["quality"])
    return told


def estimated(true: Steering, rng: np.random.Generator) -> Steering:
    """The same with errors as an estimate has them."""
    off = 1 + _ERROR * rng.standard_normal(STEPS).clip(-2, 2)
    lost = 100 - (100 - true.quality) * off[2]
    angle = true.angle + 80 * (off[4] - 1)
    wide, length = true.blur * float(off[1]), true.length * float(off[3])
    return Steering(true.noise * float(off[0]), wide, float(lost), length, float(angle))


def crop(photo: Pixels, side: int, rng: np.random.Generator) -> Pixels:
    """A square out of a photo, mirrored where that is smaller, turned by quarters and flipped."""
    height, width = photo.shape[:2]
    rim = ((0, max(0, side - height)), (0, max(0, side - width)), (0, 0))
    if any(after for _, after in rim):
        photo = np.pad(photo, rim, "symmetric")
    top, left = (int(rng.integers(0, n - side + 1)) for n in photo.shape[:2])
    part = np.rot90(photo[top : top + side, left : left + side], int(rng.integers(4)))
    return np.ascontiguousarray(part[:, ::-1] if rng.random() < 0.5 else part)
