"""Pixelation: a grid of blocks, each in one colour, over a photo or a part of it."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast, get_args

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Sample = Literal["area", "corner", "centre"]
Shape = Literal["whole", "rectangle", "ellipse"]

SMALLEST, LARGEST = 1.5, 64.0


@dataclass(frozen=True)
class Mosaic:
    """A mosaic of square blocks.

    `block` is their side in px, from 1.5 to 64, fractions included; a pixel centre x belongs to the
    column floor((x + 0.5 - phase) / block). `sample` says which colour a block takes: the mean of
    its pixels, that of its first one, as nearest-neighbour resizing has it, or of its middle.
    `region` is (x, y, width, height) in px, unused where the shape is "whole"; over `feather` px
    inside its edge the mosaic fades in.
    """

    block: float
    phase: tuple[float, float] = (0.0, 0.0)
    sample: Sample = "area"
    shape: Shape = "whole"
    region: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)
    feather: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.block, *self.phase, *self.region, self.feather)
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError("a mosaic's numbers must be finite")
        if not SMALLEST <= self.block <= LARGEST:
            raise ValueError(f"block is {self.block}; it must lie from {SMALLEST} to {LARGEST} px")
        if self.sample not in get_args(Sample) or self.shape not in get_args(Shape):
            raise ValueError(f"no mosaic is {self.sample}, {self.shape}")
        if self.feather < 0 or min(self.region[2:]) < 0:
            raise ValueError("feather and the region's sides cannot be negative")

    def apply(self, image: Pixels) -> Pixels:
        """The picture (H, W, 3) or (H, W) with the mosaic on it."""
        covered = self._tiled(image)
        if self.shape == "whole":
            return covered
        share = self.coverage((image.shape[1], image.shape[0]))
        share = share.reshape(share.shape + (1,) * (image.ndim - 2))
        return np.rint(image + share * (covered.astype(np.float32) - image)).astype(np.uint8)

    def coverage(self, size: tuple[int, int]) -> NDArray[np.float32]:
        """How much of each pixel of a picture of (width, height) is mosaic: (H, W), from 0 to 1."""
        width, height = size
        if self.shape == "whole":
            return np.ones((height, width), np.float32)
        x, y = np.arange(width)[None] + 0.0, np.arange(height)[:, None] + 0.0
        left, top, across, down = self.region
        if self.shape == "rectangle":
            inside = np.minimum(
                np.minimum(x - left + 0.5, left + across - x - 0.5),
                np.minimum(y - top + 0.5, top + down - y - 0.5),
            )
        else:
            half = max(across, 1) / 2, max(down, 1) / 2
            away = np.hypot(
                (x - left - half[0] + 0.5) / half[0], (y - top - half[1] + 0.5) / half[1]
            )
            inside = (1 - away) * min(half)
        if self.feather == 0:
            return np.asarray(inside > 0, np.float32)
        return np.asarray(np.clip(inside / self.feather, 0, 1), np.float32)

    def mask(self, size: tuple[int, int]) -> NDArray[np.bool_]:
        """Where a picture of (width, height) is more mosaic than photo: (H, W)."""
        return self.coverage(size) > 0.5

    def as_json(self) -> dict[str, Any]:
        """Its parameters as plain values, from which `from_json` makes it again."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> "Mosaic":
        """The mosaic of such parameters; ValueError where they are none."""
        try:
            values: dict[str, Any] = {
                k: tuple(v) if isinstance(v, list) else v for k, v in told.items()
            }
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"no parameters of a mosaic: {error}") from error

    def _tiled(self, image: Pixels) -> Pixels:
        columns = _columns(image.shape[1], self.block, self.phase[0])
        rows = _columns(image.shape[0], self.block, self.phase[1])
        if self.sample == "area":
            means = _means(image, starts(rows), starts(columns))
            return means[_ranks(rows)][:, _ranks(columns)]
        at = 0.0 if self.sample == "corner" else 0.5
        x = _sampled(columns, self.block, self.phase[0], at)
        y = _sampled(rows, self.block, self.phase[1], at)
        return image[y][:, x]


def draw(
    size: tuple[int, int],
    rng: np.random.Generator,
    shape: Shape,
    blocks: tuple[float, float] = (SMALLEST, LARGEST),
) -> Mosaic:
    """A mosaic for a picture of (width, height): block sizes log-uniform over the range, half of
    them whole, any phase; a part has from 15 to 55 % of each side, at least 48 px and five blocks.
    """
    sample = cast(Sample, str(rng.choice(get_args(Sample), p=(0.5, 0.3, 0.2))))
    share = rng.uniform(0.15, 0.55, 2) if shape != "whole" else np.ones(2)
    sides = np.maximum(share * size, min(48.0, *size))
    most = max(blocks[0], min(blocks[1], float(sides.min()) / 5))
    block = math.exp(rng.uniform(math.log(blocks[0]), math.log(most)))
    if rng.random() < 0.5:
        block = float(min(max(round(block), 2), LARGEST))
    corner = np.floor(rng.uniform(0, 1, 2) * (np.array(size) - sides))
    sides = np.floor(sides)
    # Editors begin the grid at the region's corner or at the picture's.
    origin = ((0.0, 0.0), tuple(corner), tuple(rng.uniform(0, block, 2)))[rng.integers(3)]
    phase = (float(origin[0]) % block, float(origin[1]) % block)
    feather = float(rng.uniform(1, 8)) if shape != "whole" and rng.random() < 0.25 else 0.0
    region = (float(corner[0]), float(corner[1]), float(sides[0]), float(sides[1]))
    return Mosaic(block, phase, sample, shape, region, feather)


def starts(columns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each block begins, given the block number of every column, in order."""
    return np.flatnonzero(np.diff(columns, prepend=columns[0] - 1))


def _columns(length: int, block: float, phase: float) -> NDArray[np.int64]:
    """The number of the block that each of `length` columns lies in."""
    return np.asarray(np.floor((np.arange(length) + 0.5 - phase) / block), np.int64)


def _ranks(columns: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.asarray(np.cumsum(np.diff(columns, prepend=columns[0]) > 0), np.int64)


def _sampled(
    columns: NDArray[np.int64], block: float, phase: float, at: float
) -> NDArray[np.int64]:
    """Where each block's colour is taken from: `at` of its length from its beginning."""
    places = np.ceil(phase + columns * block - 0.5) if at == 0 else phase + (columns + at) * block
    return np.asarray(np.clip(np.floor(places), 0, len(columns) - 1), np.int64)


def _means(image: Pixels, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Pixels:
    """The mean colour of every block, (blocks down, blocks across, ...)."""
    sums = cv2.integral(image, sdepth=cv2.CV_64F)
    y, x = np.append(rows, image.shape[0]), np.append(columns, image.shape[1])
    corners = sums[y][:, x]
    total = corners[1:, 1:] - corners[1:, :-1] - corners[:-1, 1:] + corners[:-1, :-1]
    count = np.outer(np.diff(y), np.diff(x))
    count = count.reshape(count.shape + (1,) * (image.ndim - 2))
    return np.asarray(np.rint(total / count), np.uint8)
