"""Contours that may explain the fringes: locked on in a part of the photo, and grown from there.

Networks tell that a photo was bent so, and next to nothing of the fifteen numbers. Since a tile's
fringes look the same whichever way round it was bent, many wrong contours make all of the tiles
about as loud as the right one does. In a part of nine tiles a side the right slopes stand out,
phases tell them to a thousandth there, and leave only those numbers open that hardly move the part:
these are looked for while it grows by a few tiles at a time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from cmaes import CMA

from ml.estimators.encodings import ENCODINGS
from ml.estimators.lattice.evidence import Evidence, Patches
from ml.estimators.lattice.fit import Fit, Measure, best, measured
from ml.estimators.lattice.formulas import Floats
from ml.estimators.lattice.phases import newton
from ml.estimators.reading import Guess, Numbers

_LENGTH = ENCODINGS["contour"].length
_DRAWN, _AT_ONCE = 3000, 300
_SEEDS = 20
_NEAR, _HERE = 5, 4  # tiles, up to which seeds lie in the same place, where at most so many do
# Tiles that a part reaches, pixels that are doubted, how many are locked on, and how alike the best
# must be to go on: clean photos reach 10 to 17 (once in ten 21 and 25).
_FIRST, _SECOND = (4, 8.0, 20, 16.0), (6, 6.0, 8, 18.0)
_GENERATIONS, _CHILDREN = 30, 24
# Tiles that a part grows to, and how many contours go on: the picture has some 40 a side.
_GROWTH = ((7, 7), (8, 7), (10, 6), (12, 5), (15, 4), (19, 4), (24, 3), (99, 3))
_DOUBTS, _MANY = (1.2, 0.35), 50  # pixels by which what is locked on may be off, draws of each
_BRED, _DOUBT, _BRIEF = 2, 0.7, 14  # of the best ones are looked about more widely, for generations
_HOPELESS = 0.65  # of the best score, below which none goes on
_CLIMBED = 3
_UNLIKELY = 0.1  # of likeness, for each number that is as large as is usual
_APART = 0.05  # in the largest difference of numbers
_GIVEN = 2


@dataclass(frozen=True)
class _Lock:
    """A contour, and the tile (row, column) about which its fringes were met."""

    fit: Fit
    tile: tuple[int, int]


@dataclass(frozen=True, eq=False)
class _Hunt:
    """The fringes, how large numbers usually are, and where chance comes from."""

    evidence: Evidence
    usual: Numbers
    rng: np.random.Generator

    def part(self, lock: _Lock, reach: int) -> Patches:
        """The tiles about a lock."""
        return self.evidence.around(lock.tile, reach)

    def likely(self, fits: Sequence[Fit], part: Patches) -> list[Fit]:
        """Fits by how alike their fringes are to those of a part, less for large numbers."""
        found = measured(fits, Measure(part, partial(self.evidence.likeness, patches=part)))
        sizes = [np.square(fit.numbers / self.usual).sum() for fit in found]
        return [
            replace(fit, score=fit.score - _UNLIKELY * float(size))
            for fit, size in zip(found, sizes, strict=True)
        ]

    def ways(self, part: Patches, doubt: float) -> Numbers:
        """What turns normal noise into changes of the numbers that are as large as usual, but move
        a part by no more than `doubt` pixels against itself: (length, length).
        """
        moved = part.places.contours.source.astype(np.float64)
        moved -= moved.mean(1, keepdims=True)
        gram = np.einsum("lna,mna->lm", moved, moved, optimize=True) / len(part.tiles)
        known = _LENGTH / doubt**2 * gram + np.diag(1 / self.usual**2)
        values, vectors = np.linalg.eigh(np.linalg.inv(known))
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0)))

    def drawn(self, fit: Fit, part: Patches) -> list[Fit]:
        """Fits about one that is locked on in a part."""
        tried = [fit]
        for doubt in _DOUBTS:
            noise = self.rng.normal(size=(_MANY, _LENGTH)) @ self.ways(part, doubt).T
            tried += [fit.moved(each) for each in noise]
        return tried

    def bred(self, fit: Fit, part: Patches, doubt: float, generations: int = _GENERATIONS) -> Fit:
        """The likeliest fit that CMA-ES (Hansen 2001) meets about one."""
        ways, [found] = self.ways(part, doubt), self.likely([fit], part)
        run = CMA(
            mean=np.zeros(_LENGTH),
            sigma=1.0,
            population_size=_CHILDREN,
            seed=int(self.rng.integers(1 << 30)),
        )
        for _ in range(generations):
            steps = [run.ask() for _ in range(_CHILDREN)]
            young = self.likely([fit.moved(ways @ step) for step in steps], part)
            run.tell([(step, -each.score) for step, each in zip(steps, young, strict=True)])
            found = max([found, *young], key=lambda each: each.score)
        return found


def likely(evidence: Evidence, guesses: Sequence[Guess], rng: np.random.Generator) -> list[Fit]:
    """The contours that explain most of the fringes, none where no part stands out."""
    hunt = _Hunt(evidence, guesses[0][1][:_LENGTH], rng)
    locks = list(_seeds(hunt))
    for reach, doubt, count, alike in (_FIRST, _SECOND):
        locks = [
            replace(lock, fit=hunt.bred(lock.fit, hunt.part(lock, reach), doubt))
            for lock in _distinct(locks, count)
        ]
        if max(lock.fit.score for lock in locks) < alike:
            return []
    known = _SECOND[0]
    for reach, count in _GROWTH:
        locks = [
            _grown(hunt, lock, (known, reach), wide=place < _BRED)
            for place, lock in enumerate(_distinct(locks, count))
        ]
        known = reach
    return [lock.fit for lock in _distinct(locks, _GIVEN)]


def _seeds(hunt: _Hunt) -> Iterator[_Lock]:
    """Contours as they usually are, that make some part of the picture loud, spread over it."""
    evidence = hunt.evidence
    reach = min(_FIRST[0], (min(evidence.shape) - 1) // 2)
    found = list[_Lock]()
    for _ in range(_DRAWN // _AT_ONCE):
        numbers = hunt.usual * hunt.rng.normal(size=(_AT_ONCE, _LENGTH))
        maps = evidence.all.places.by_numbers("contour", "", numbers)
        loud = _sums(evidence.loudness(maps), 2 * reach + 1)
        rows, columns = np.divmod(loud.reshape(len(loud), -1).argmax(1), loud.shape[2])
        for each, most, row, column in zip(numbers, loud, rows, columns, strict=True):
            fit = Fit("contour", "", each, float(most[row, column]))
            found.append(_Lock(fit, (int(row) + reach, int(column) + reach)))
    tiles = list[tuple[int, int]]()
    for lock in sorted(found, key=lambda each: -each.fit.score):
        row, column = lock.tile
        if sum(abs(row - r) + abs(column - c) < _NEAR for r, c in tiles) < _HERE:
            tiles.append(lock.tile)
            yield lock
        if len(tiles) == _SEEDS:
            return


def _sums(values: Floats, side: int) -> Floats:
    """The sums of all squares of `side` values (K, rows, columns)."""
    total = np.pad(values, ((0, 0), (1, 0), (1, 0))).cumsum(1).cumsum(2)
    across = total[:, :, side:] - total[:, :, :-side]
    return np.asarray(across[:, side:] - across[:, :-side])


def _grown(hunt: _Hunt, lock: _Lock, reaches: tuple[int, int], *, wide: bool) -> _Lock:
    """A lock on a part that reaches so many tiles, and then on a larger one."""
    small, large = (hunt.part(lock, reach) for reach in reaches)
    near = newton(hunt.evidence, lock.fit, small)
    tried = best(hunt.likely(hunt.drawn(near, small), large), _CLIMBED)
    tried = [newton(hunt.evidence, each, large) for each in tried]
    if wide:
        tried.append(newton(hunt.evidence, hunt.bred(tried[0], large, _DOUBT, _BRIEF), large))
    return replace(lock, fit=best(hunt.likely(tried, large), 1)[0])


def _distinct(locks: Sequence[_Lock], count: int) -> list[_Lock]:
    """The best ones of which none is another or its opposite."""
    chosen = list[_Lock]()
    for lock in sorted(locks, key=lambda each: -each.fit.score):
        if chosen and lock.fit.score < _HOPELESS * chosen[0].fit.score:
            break
        if all(
            np.abs(lock.fit.numbers - sign * other.fit.numbers).max() > _APART
            for other in chosen
            for sign in (1, -1)
        ):
            chosen.append(lock)
        if len(chosen) == count:
            break
    return chosen
