"""The wave that a picture's rows and columns speak for."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from ml.estimators.lattice.tiles import Pixels
from ml.estimators.reading import Guess
from ml.estimators.waves.profile import Floats, Profile, columns, middle, rows, slides

LENGTH = 5


class Round(NamedTuple):
    """Rows of a window (0: all), by how many pixels waves change at first, and how many stay."""

    window: int
    spread: float
    generations: int
    children: int
    stay: int


_ROWS, _COLUMNS, _WAVE = slice(0, 2), slice(2, 4), 4  # where a wave's vector has them
_DRAWN, _GIVEN = 40_000, 6_000  # waves of one axis, and of one whose length the other has told
_LOUDEST = 1.3  # deviation of an amplitude's cosine and sine
_WIDER, _LEAST = 1.4, 0.05  # times the deviation of the length, and that at least
_FIRST = 400
_ROUNDS = (Round(16, 0.8, 5, 8, 80), Round(32, 0.35, 6, 8, 30), Round(96, 0.25, 8, 10, 12))
_WIDENED = 3
_WHOLE = Round(0, 0.15, 14, 12, 1)
_STILL = 2.0  # pixels of amplitude below which nothing is taken for a wave
_LENGTHS = (-1.5, 1.6)  # of wavelengths, as encoded: .09 to 2 of the short side
_NARROWER = 0.65  # times the spread where no child is better
_STEP, _STIFF, _THIN = 1e-2, 1e-2, 4
# Deviations: what one axis reaches by chance, and given the other's length.
_CHANCE, _CHANCE_GIVEN = 9.0, 6.2
_SURE = 12.0  # from which on columns are known to have slid
_RIVAL = 0.75  # of the rows' coherence, from which on columns may have slid that way
_EITHER = (np.array([1.0, 1, 1]), np.array([-1.0, -1, 1]))
_SEED = 11


@dataclass(frozen=True)
class Slid:
    """A wave's vector (LENGTH,), and how coherent the fringes of rows and of columns are."""

    numbers: Floats
    along_x: float = 0.0
    along_y: float = 0.0

    @property
    def coherence(self) -> float:
        """Of both, in deviations."""
        return float(np.hypot(self.along_x, self.along_y))

    def either_way(self) -> "list[Slid]":
        """This one, with its rows moved the other way, and without where they hardly tell."""
        turned, still = self.numbers.copy(), self.numbers.copy()
        turned[_ROWS] *= -1
        still[_ROWS] = 0
        ways = [self, replace(self, numbers=turned)]
        if self.along_x < _CHANCE <= self.along_y:
            ways.append(replace(self, numbers=still, along_x=0.0))
        return ways


def search(image: Pixels, guesses: Sequence[Guess]) -> list[Slid]:
    """The most coherent wave of a picture (H, W, C) in its own pixels, of a length as it is
    guessed, and what leaves the same fringes, nearly: those that move rows or columns the other
    way. None where nothing slides more than by chance; what does not has amplitudes of 0.

    Columns slid last, so that they are seen as they are; rows once columns are slid back, either
    way round: the right one leaves rows straight.
    """
    short, image = min(image.shape[:2]), middle(image)
    rng, down = np.random.default_rng(_SEED), columns(image, short)
    drawn = _drawn(guesses, rng)
    column, along_y = _best(down, drawn, rng)
    found = list[Slid]()
    if along_y < _SURE:
        row, along_x = _best(rows(image, np.zeros(image.shape[1]), short), drawn, rng)
        if along_x >= max(_CHANCE, along_y):
            column, along_y = _best(down, _of_length(row, rng), rng, given=True)
            found = [_slid(row, along_x, sign * column, along_y) for sign in _EITHER]
    if not found and along_y >= _CHANCE:
        found = [_rows_too(image, down, sign * column, along_y, rng) for sign in _EITHER]
    most = max((each.along_x for each in found), default=0.0)
    found = [each for each in found if each.along_x >= _RIVAL * most]
    ways = (each for one in found for each in one.either_way())
    return list({tuple(each.numbers.tolist()): each for each in ways}.values())


def _rows_too(
    image: Pixels, down: Profile, column: Floats, along_y: float, rng: np.random.Generator
) -> Slid:
    across = rows(image, down.slides(column[None])[0], down.short)
    row, along_x = _best(across, _of_length(column, rng), rng, given=True)
    return _slid(row, along_x, column, along_y)


def _slid(row: Floats, along_x: float, column: Floats, along_y: float) -> Slid:
    """What is above chance of both, of the length that the surer one tells."""
    numbers = np.zeros(LENGTH)
    numbers[_WAVE] = column[2] if along_y > along_x else row[2]
    along_x, along_y = (each if each >= _CHANCE_GIVEN else 0.0 for each in (along_x, along_y))
    if along_x:
        numbers[_ROWS] = row[:2]
    if along_y:
        numbers[_COLUMNS] = column[:2]
    return Slid(numbers, along_x, along_y)


def _drawn(guesses: Sequence[Guess], rng: np.random.Generator) -> Floats:
    parts = []
    for mean, deviation in guesses:
        part = _LOUDEST * rng.normal(size=(_DRAWN // len(guesses), 3))
        spread = _WIDER * max(float(deviation[_WAVE]), _LEAST)
        part[:, 2] = mean[_WAVE] + spread * rng.normal(size=len(part))
        parts.append(part)
    return np.concatenate(parts)


def _of_length(other: Floats, rng: np.random.Generator) -> Floats:
    part = _LOUDEST * rng.normal(size=(_GIVEN, 3))
    part[:, 2] = other[2]
    return part


def _best(
    profile: Profile, numbers: Floats, rng: np.random.Generator, *, given: bool = False
) -> tuple[Floats, float]:
    """The wave (3,) that a profile speaks for most, bred from some, in ever wider windows."""
    scores = _measure(profile, _ROUNDS[0])(numbers)
    numbers, scores = _first(numbers, scores, _FIRST)
    for each in _rounds(len(profile.seen)):
        steps = _steps(profile, numbers, given)
        numbers, scores = _first(
            *_bred(numbers, _measure(profile, each), each, steps, rng), each.stay
        )
    return numbers[0], float(scores[0])


def _measure(profile: Profile, each: Round) -> Callable[[Floats], Floats]:
    """How well waves fit in the windows of a round; -inf for what is no wave: nearly still, it
    would follow where detail itself is finer, nearly straight, where a picture was resized.
    """

    def told(numbers: Floats) -> Floats:
        fits = profile.within(numbers, each.window) if each.window else profile.coherence(numbers)
        moved = np.hypot(numbers[:, 0], numbers[:, 1]) / 30 * profile.short
        shortest, longest = _LENGTHS
        real = (moved >= _STILL) & (shortest <= numbers[:, 2]) & (numbers[:, 2] <= longest)
        return np.where(real, fits, -np.inf)

    return told


def _rounds(length: int) -> Iterator[Round]:
    """Of so many rows: the usual ones, ever wider windows in a large photo, then all together."""
    yield from _ROUNDS
    last = _ROUNDS[-1]
    while (last := last._replace(window=_WIDENED * last.window)).window < length / 2:
        yield last
    yield _WHOLE


def _first(numbers: Floats, scores: Floats, count: int) -> tuple[Floats, Floats]:
    order = np.argsort(-scores, kind="stable")[:count]
    return numbers[order], scores[order]


def _bred(
    numbers: Floats,
    score: Callable[[Floats], Floats],
    how: Round,
    steps: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Each wave replaced by the best of its children where that is better, again and again."""
    each, scores, children = np.arange(len(numbers)), score(numbers), how.children
    spreads = np.full(len(numbers), how.spread)
    for _ in range(how.generations):
        noise = spreads[:, None, None] * rng.normal(size=(len(numbers), children, 3))
        young = numbers[:, None] + np.einsum("kcj,kij->kci", noise, steps)
        told = score(young.reshape(-1, 3)).reshape(len(numbers), children)
        first = told.argmax(1)
        better = told[each, first] > scores
        numbers = np.where(better[:, None], young[each, first], numbers)
        scores = np.where(better, told[each, first], scores)
        spreads = np.where(better, spreads, spreads * _NARROWER)
    return numbers, scores


def _steps(profile: Profile, numbers: Floats, given: bool) -> Floats:
    """What turns normal noise into changes of numbers (K, 3) that move rows by a pixel on average:
    (K, 3, 3); of a `given` length, that stays.
    """
    changes = _STEP * np.eye(3)[: 2 if given else 3]
    along = profile.along[::_THIN]
    up, down = (
        np.stack([slides(numbers + each, along, profile.short) for each in signed], 2)
        for signed in (changes, -changes)
    )
    slopes = (up - down) / (2 * _STEP)
    values, vectors = np.linalg.eigh(np.einsum("kni,knj->kij", slopes, slopes) / len(along))
    lengths = np.sqrt(np.maximum(values, _STIFF**2 * values[:, -1:]) + 1e-12)
    found = np.zeros((len(numbers), 3, 3))
    free = len(changes)
    found[:, :free, :free] = np.einsum("kij,kj,klj->kil", vectors, 1 / lengths, vectors)
    return np.asarray(found / np.sqrt(free))
