"""Crops that the network of authenticity learns from, under one law for all classes.

Long side, resampling, development and compression of an example are drawn before its class is
known to matter, so that none of them tells anything about it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.train.authenticity_sources import GENERATED, REAL, Pixels, Sources
from ml.train.authenticity_splices import Random, edited, saved

CROP, CELL = 128, 16
CELLS = CROP // CELL
BATCH = 16
_MARGIN = 16  # px around a crop that is compressed with it, so that its grid may lie anywhere
_SMALLEST, _LARGEST = 330, 900  # long sides that pictures are brought to
SHRUNK = 0.95  # at least: no picture keeps the grid that it was saved with
METHODS = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


@dataclass(frozen=True)
class Batch:
    """Photos (N, 3, CROP, CROP) uint8; `generated` (N,) and `edited` (N, CELLS, CELLS) are what is
    true, NaN where nothing is to be learned.
    """

    photos: NDArray[np.uint8]
    generated: NDArray[np.float32]
    edited: NDArray[np.float32]


class Examples:
    """Draws examples."""

    def __init__(self, sources: Sources, seed: int) -> None:
        self._sources = sources
        self._longest = sources.longest()
        self._of = {kind: sources.of(kind) for kind in (REAL, GENERATED)}
        self._rng = np.random.default_rng(seed)

    def batches(self) -> Iterator[Batch]:
        """Batches without end: photographs, generated pictures and edits."""
        while True:
            kinds = [GENERATED] * 5 + [REAL] * 6 + ["edited"] * 5
            parts = [self._example(kind) for kind in kinds]
            photos, generated, masks = zip(*parts, strict=True)
            yield Batch(
                np.stack(photos).transpose(0, 3, 1, 2),
                np.array(generated, np.float32),
                np.stack(masks),
            )

    def _example(self, kind: str) -> tuple[Pixels, float, NDArray[np.float32]]:
        rng = self._rng
        side = CROP + _MARGIN
        host = self._cut(GENERATED if kind == GENERATED else REAL, side)
        mask = np.zeros((side, side), np.float32)
        if rng.random() < 0.3:
            host = saved(host, int(rng.integers(60, 99)), fine=rng.random() < 0.4)
        if kind == "edited":
            host, mask = edited(host, self._cut(REAL, side + 40), rng)
        host = developed(host, rng)
        if rng.random() < 0.85:
            quality = round(float(rng.triangular(45, 92, 99)))
            host = saved(host, quality, fine=rng.random() < 0.4)
        top, left = rng.integers(_MARGIN + 1, size=2)
        host = host[top : top + CROP, left : left + CROP]
        mask = mask[top : top + CROP, left : left + CROP]
        if rng.random() < 0.5:
            host, mask = host[:, ::-1], mask[:, ::-1]
        cells = mask.reshape(CELLS, CELL, CELLS, CELL).mean((1, 3))
        if kind == GENERATED:
            cells = np.full_like(cells, np.nan)
        return host, float(kind == GENERATED), cells

    def _cut(self, kind: str, side: int) -> Pixels:
        """A square of a picture brought to a long side that both classes have alike."""
        rng = self._rng
        longest = np.exp(rng.uniform(np.log(_SMALLEST), np.log(_LARGEST)))
        fitting = {
            name: [i for i in group if self._longest[i] * SHRUNK >= longest]
            for name, group in self._of[kind].items()
        }
        groups = [group for group in fitting.values() if group]
        # Half by collection, half by picture: small collections are neither drowned nor worn out.
        if rng.random() < 0.5:
            groups = [list(chain(*groups))]
        group = groups[rng.integers(len(groups))]
        picture = self._sources.picture(int(group[rng.integers(len(group))]))
        return cut(picture, longest / max(picture.shape[:2]), side, rng)


def cut(picture: Pixels, factor: float, side: int, rng: Random) -> Pixels:
    """A square of `side` pixels anywhere in a picture that is scaled by a factor."""
    height, width = picture.shape[:2]
    reach = min(side / factor, height, width)
    top, left = rng.uniform(0, height - reach), rng.uniform(0, width - reach)
    piece: NDArray[Any] = picture[
        round(top) : round(top + reach), round(left) : round(left + reach)
    ]
    method = METHODS[rng.integers(len(METHODS))]
    if method != cv2.INTER_AREA and factor < 0.7:
        piece = cv2.GaussianBlur(piece, (0, 0), 0.35 / factor)
    return np.asarray(cv2.resize(piece, (side, side), interpolation=method), np.uint8)


def developed(picture: Pixels, rng: Random) -> Pixels:
    """A picture after what photographers do without changing what it shows; often nothing."""
    if rng.random() < 0.5:
        return picture
    values: NDArray[Any] = picture.astype(np.float32)
    if rng.random() < 0.5:
        values = 255 * (values / 255) ** float(np.exp(rng.uniform(-0.4, 0.4)))
        values = (values - 128) * float(rng.uniform(0.8, 1.3)) + 128
    if rng.random() < 0.3:
        grey = values.mean(2, keepdims=True)
        values = grey + (values - grey) * float(rng.choice((0.0, rng.uniform(0.5, 1.5))))
    if rng.random() < 0.2:
        values = cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.4, 1.0)))
    if rng.random() < 0.3:
        soft: NDArray[Any] = cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.6, 1.5)))
        values = values + float(rng.uniform(0.2, 1.2)) * (values - soft)
    if rng.random() < 0.2:
        values = values + rng.normal(0, rng.uniform(1, 6), values.shape)
    found: Pixels = np.clip(values + 0.5, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        found = np.asarray(cv2.bilateralFilter(found, 5, float(rng.uniform(10, 30)), 3), np.uint8)
    return found
