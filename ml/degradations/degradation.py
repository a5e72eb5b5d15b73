"""What every kind of damage has in common: a severity, a seed, its true numbers and its mask."""

import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
"""(H, W, 3) RGB, or (H, W); values of 0..1."""
Mask = NDArray[np.bool_]
Pixels = NDArray[Any]
"""(H, W, 3) RGB: uint8, or float32 of 0..1 that damage may leave."""
Stage = Literal["damage", "light"]


@dataclass(frozen=True)
class Damaged:
    """A damaged picture, and where it differs from what it was made of."""

    image: Pixels
    mask: Mask


@dataclass(frozen=True)
class Degradation(ABC):
    """One kind of damage, frozen: the same numbers do the same to the same picture.

    `severity` goes from 0, which leaves every bit alone, to 1, the worst that training sees; what
    is random comes from `seed`.
    """

    severity: float
    seed: int = 0

    kind: ClassVar[str]
    """What a finding of it is called."""
    stage: ClassVar[Stage] = "damage"
    local: ClassVar[bool] = False
    """Whether it leaves most of the picture alone, so that its mask says something."""

    def __post_init__(self) -> None:
        if not 0 <= self.severity <= 1:
            raise ValueError(f"a severity lies from 0 to 1; this is {self.severity}")

    @property
    def params(self) -> dict[str, float]:
        """The true numbers of the damage, each with its unit in its name where it has one."""
        return {}

    def apply(self, image: Pixels) -> Damaged:
        """Damage a picture (H, W, 3), uint8 or float32 of 0..1.

        A uint8 one is rounded and clipped; a float one is neither. Raises ValueError for others.
        """
        whole = image.dtype == np.uint8
        if image.ndim != 3 or image.shape[2] != 3 or not (whole or image.dtype == np.float32):
            raise ValueError("damage is done to RGB of uint8 or float32")
        if self.severity == 0:
            return Damaged(image.copy(), np.zeros(image.shape[:2], np.bool_))
        values = image.astype(np.float32) / np.float32(255) if whole else image
        done = self._done(values, self._rng())
        result = as_uint8(done) if whole else done.astype(np.float32)
        return Damaged(result, np.asarray((result != image).any(axis=2)))

    def _rng(self) -> np.random.Generator:
        return np.random.default_rng((self.seed, zlib.crc32(type(self).__name__.encode())))

    @abstractmethod
    def _done(self, values: Floats, rng: np.random.Generator) -> Floats:
        """The damaged values; `values` itself is left as it is."""


def as_uint8(values: Floats) -> NDArray[np.uint8]:
    """Values of 0..1 as bytes, rounded and clipped."""
    return np.asarray(np.clip(np.rint(values * np.float32(255)), 0, 255), np.uint8)


def laid_over(values: Floats, layer: NDArray[Any], opacity: NDArray[Any]) -> Floats:
    """A layer (H, W, 3), or one colour (3,), over values with an opacity (H, W); where that is 0,
    every bit stays.
    """
    return np.asarray(values + opacity[..., None] * (layer - values), np.float32)


def linear(values: Floats) -> Floats:
    """Light of sRGB values, by a plain power of 2.2."""
    return np.asarray(np.power(np.clip(values, 0, None), np.float32(2.2)), np.float32)


def encoded(light: Floats) -> Floats:
    """The inverse of `linear`."""
    return np.asarray(np.power(np.clip(light, 0, None), np.float32(1 / 2.2)), np.float32)
