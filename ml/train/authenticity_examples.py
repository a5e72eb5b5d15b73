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

from ml.train.authenticity_fills import Fills
from ml.train.authenticity_forgeries import forged
from ml.train.authenticity_sources import GENERATED, REAL, Pixels, Sources
from ml.train.authenticity_splices import Mask, Random, edited, saved

CELL = 16
_MADE = 0.15  # of those that are none, generated pictures
_FILLED = 0.12  # of edits
_WIDER, _ROOM = 60, 1.3  # px that donors are wider by; long sides of theirs, at least
_MARGIN = 16  # px around a crop that is compressed with it, so that its grid may lie anywhere
_SMALLEST, _LARGEST = 350, 704  # long sides that pictures are looked at with
_LONGEST = 1040  # px of the long side that pictures are edited and saved with
SHRUNK = 0.95  # at least: no picture keeps the grid that it was saved with
METHODS = (cv2.INTER_AREA, cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


@dataclass(frozen=True)
class Lesson:
    """`side` px of examples, `batch` of them at a time; `plain`: of edits as they are measured,
    looked at as large as they were saved.
    """

    side: int
    batch: int
    plain: bool = False


# Traces are learned many times as fast where nothing was shrunk since, and help where it was.
FIRST, LATER = Lesson(128, 24, plain=True), Lesson(224, 8)
_FIRST = 45_000  # examples


@dataclass(frozen=True)
class Batch:
    """Photos (N, 3, side, side) uint8; `edited` (N, side/16, side/16): how much of each patch."""

    photos: NDArray[np.uint8]
    edited: NDArray[np.float32]


class Examples:
    """Draws examples."""

    def __init__(self, sources: Sources, fills: Fills) -> None:
        self._sources, self._fills = sources, fills
        self._longest = sources.longest()
        self._of = {kind: sources.of(kind) for kind in (REAL, GENERATED)}

    def batches(self, rng: Random, begun: int = 0) -> Iterator[Batch]:
        """Batches without end: of the first lesson until so many examples were drawn, `begun` of
        them before.
        """
        while True:
            lesson = FIRST if begun < _FIRST else LATER
            yield self.batch(rng, lesson)
            begun += lesson.batch

    def batch(self, rng: Random, lesson: Lesson) -> Batch:
        """Half of it edits; of the others some are generated pictures."""
        self._rng = rng
        changed = (True, False) * (lesson.batch // 2)
        photos, masks = zip(*(self._example(each, lesson) for each in changed), strict=True)
        return Batch(np.stack(photos).transpose(0, 3, 1, 2), np.stack(masks))

    def _example(self, changed: bool, lesson: Lesson) -> tuple[Pixels, NDArray[np.float32]]:
        rng = self._rng
        looked = float(np.exp(rng.uniform(np.log(_SMALLEST), np.log(_LARGEST))))
        factor = 1.0 if lesson.plain else self._shrunk(looked)
        side = round(lesson.side / factor) + _MARGIN
        host, mask = self._host(looked / factor, side, changed, lesson)
        host = developed(host, rng)
        if rng.random() < 0.9:
            quality = round(float(rng.triangular(45, 92, 99)))
            host = saved(host, quality, fine=rng.random() < 0.4)
        top, left = rng.integers(_MARGIN + 1, size=2)
        seen = slice(top, top + side - _MARGIN), slice(left, left + side - _MARGIN)
        size = (lesson.side, lesson.side)
        shown = np.asarray(cv2.resize(host[seen], size, interpolation=cv2.INTER_AREA), np.uint8)
        where = np.asarray(cv2.resize(mask[seen], size, interpolation=cv2.INTER_AREA), np.float32)
        if rng.random() < 0.5:
            shown, where = shown[:, ::-1], where[:, ::-1]
        cells = lesson.side // CELL
        return shown, where.reshape(cells, CELL, cells, CELL).mean((1, 3))

    def _shrunk(self, looked: float) -> float:
        """How much smaller a picture is looked at than it was saved, most of them hardly."""
        if self._rng.random() < 0.55:
            factor = float(self._rng.uniform(0.86, SHRUNK))
        else:
            factor = float(np.exp(self._rng.uniform(np.log(0.4), np.log(0.9))))
        return max(factor, looked / _LONGEST)

    def _host(
        self, longest: float, side: int, changed: bool, lesson: Lesson
    ) -> tuple[Pixels, Mask]:
        """A square of a picture that is `longest` px long, edited or not, and where."""
        rng = self._rng
        if changed and not lesson.plain and rng.random() < _FILLED:
            return self._filled(side)
        made = not changed and rng.random() < _MADE
        host = self._cut(GENERATED if made else REAL, longest, side)
        if rng.random() < 0.5:
            host = saved(host, int(rng.integers(60, 99)), fine=rng.random() < 0.4)
        if not changed:
            return host, np.zeros((side, side), np.float32)
        wide = side + _WIDER
        least = np.clip(_ROOM * wide, _SMALLEST, _LONGEST)
        donor = self._cut(REAL, float(np.exp(rng.uniform(np.log(least), np.log(_LONGEST)))), wide)
        return (edited if lesson.plain else forged)(host, donor, rng)

    def _filled(self, side: int) -> tuple[Pixels, Mask]:
        """A square of a photograph about one of its filled parts."""
        picture, mask = self._fills.draw(self._rng)
        reach = min(side, *mask.shape)
        inside = np.argwhere(mask > 0)
        place = inside[self._rng.integers(len(inside))] - self._rng.uniform(0.2, 0.8, 2) * reach
        top, left = np.clip(np.rint(place), 0, np.array(mask.shape) - reach).astype(int)
        square = slice(top, top + reach), slice(left, left + reach)
        found, where = (cv2.resize(each[square], (side, side)) for each in (picture, mask))
        return np.asarray(found, np.uint8), np.asarray(where, np.float32)

    def _cut(self, kind: str, longest: float, side: int) -> Pixels:
        """A square of a picture brought to a long side that both classes have alike."""
        rng = self._rng
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
