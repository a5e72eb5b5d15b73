"""Concepts a photographer teaches by a few examples: a logistic line over photos' embeddings.

Linear discriminant analysis against the library itself: the mean of the yes examples, and a share
of that of the no examples, seen through the inverse of the library's shrunk covariance (Hariharan
et al., "Discriminative decorrelation", ECCV 2012). Ten examples do not span 1,280 dimensions; what
is common in the library is known from thousands of photos that nobody has to label.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

CALIBRATION = Path(__file__).parent / "data" / "concept_calibration.json"
SHRINKAGE = 0.75  # of the covariance towards a multiple of the identity
NO_SHARE = 0.25  # of the no examples' mean: the library says most of what a concept is not
MOST_EXAMPLES = 500  # of each answer; more change the means no further
SAMPLE = 4000  # photos of a library from which its covariance is known well enough
USUAL_REACH = 2.0  # how far a yes lies from a library's middle, over many concepts, in deviations
_PRIOR = 2.0  # yes examples that this counts for

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Background:
    """What is usual in a library: a sample (n, d), its mean (d,), covariance (d, d) and the factor
    of that, shrunk.
    """

    sample: Vectors
    mean: NDArray[np.float64]
    covariance: NDArray[np.float64]
    factor: tuple[NDArray[np.float64], bool]

    @classmethod
    def of(cls, vectors: Vectors) -> Self:
        """Measure a sample (n, d) of a library's embeddings; ValueError for fewer than two."""
        if len(vectors) < 2:
            raise ValueError("a library's background needs two photos or more")
        mean = vectors.mean(0, dtype=np.float64)
        centred = vectors - mean.astype(np.float32)
        covariance = (centred.T @ centred).astype(np.float64) / len(vectors)
        width = len(mean)
        level = max(float(np.trace(covariance)) / width, 1e-9)
        shrunk = (1 - SHRINKAGE) * covariance
        shrunk[np.diag_indices(width)] += SHRINKAGE * level
        return cls(
            vectors, mean, covariance, cho_factor(shrunk, overwrite_a=True, check_finite=False)
        )

    def seen(self, vectors: Vectors) -> NDArray[np.float64]:
        """Decorrelate vectors (n, d): the inverse covariance times their distance to the mean."""
        solved = cho_solve(self.factor, (vectors - self.mean).T, check_finite=False)
        return np.asarray(solved.T, np.float64)


@dataclass(frozen=True)
class Head:
    """A logistic line: the probability is 1 / (1 + exp(-(vector · weights + bias)))."""

    weights: Vectors
    bias: float

    def probabilities(self, vectors: NDArray[np.floating]) -> Vectors:
        """Return the calibrated probability (n,) that the concept is on photos (n, d)."""
        odds = vectors.astype(np.float32, copy=False) @ self.weights + np.float32(self.bias)
        return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))), np.float32)

    def to_bytes(self) -> bytes:
        """Return bias and weights as little-endian float32."""
        return np.concatenate([[self.bias], self.weights]).astype("<f4").tobytes()

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what to_bytes made."""
        values = np.frombuffer(stored, "<f4")
        return cls(values[1:].astype(np.float32), float(values[0]))


@dataclass(frozen=True)
class Line:
    """A direction in embedding space and what is known about it before calibration.

    `spread` is the library's standard deviation along it; `reach` how far new yes examples lie
    from the library's middle, in such deviations, each judged without itself; `tail` the share of
    the library that lies as far.
    """

    direction: NDArray[np.float64]
    spread: float
    reach: float
    tail: float
    examples: int


def line(background: Background, yes: Vectors, no: Vectors) -> Line:
    """Find the direction from one or more yes examples (n, d) and any no examples (m, d)."""
    if not len(yes):
        raise ValueError("a concept needs a yes example")
    towards = background.seen(yes)
    away = NO_SHARE * background.seen(no).mean(0) if len(no) else 0.0
    direction = towards.mean(0) - away
    spread = _spread(background, direction)
    reach = _reach(background, yes, towards, away, spread)
    scores = (background.sample - background.mean) @ direction / spread
    tail = float((np.sum(scores >= reach) + 1) / (len(scores) + 2))
    return Line(direction, spread, reach, tail, len(yes))


def fit(background: Background, yes: Vectors, no: Vectors) -> Head:
    """Train a head from one or more yes examples (n, d) and any no examples (m, d)."""
    found = line(background, yes, no)
    offset, slope = calibration().of(found)
    weights = slope * found.direction / found.spread
    bias = offset - float(background.mean @ weights)
    return Head(weights.astype(np.float32), bias)


def _spread(background: Background, direction: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.maximum(direction @ background.covariance @ direction, 1e-12)))


def _reach(
    background: Background,
    yes: Vectors,
    towards: NDArray[np.float64],
    away: NDArray[np.float64] | float,
    spread: float,
) -> float:
    """Judge each yes by the others; with few of them drawn towards what is usual for a concept."""
    count = len(yes)
    if count < 2:
        return USUAL_REACH
    others = (towards.sum(0) - towards) / (count - 1) - away
    judged = ((yes - background.mean) * others).sum(1) / spread
    return float((judged.sum() + _PRIOR * USUAL_REACH) / (count + _PRIOR))


@dataclass(frozen=True)
class Calibration:
    """How a score in the library's deviations becomes a probability.

    log odds = terms · (1, z, reach, z · reach, log(examples), log(tail)); fitted over concepts.
    """

    terms: tuple[float, ...]

    def of(self, found: Line) -> tuple[float, float]:
        """Return offset and slope of the log odds over z for one line; the slope is positive."""
        one, z, reach, both, count, tail = self.terms
        offset = one + reach * found.reach + count * float(np.log(found.examples))
        offset += tail * float(np.log(found.tail))
        return offset, max(z + both * found.reach, 0.05)


@cache
def calibration(path: Path = CALIBRATION) -> Calibration:
    """Read the committed calibration; `python -m ml train concepts` makes it."""
    stored = json.loads(path.read_text("utf-8"))
    return Calibration(tuple(stored["terms"]))
