"""The directions in which photos of one person differ, weighed down."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ml.faces.embed import chosen

_FOLDER = Path(__file__).parent.parent / "data"
SHRINKAGE = 0.7  # of the covariance towards a sphere; chosen on people that are not in the tests


def unit(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """Scale vectors (..., D) to length 1; zero stays zero."""
    lengths = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))
    return np.asarray(vectors / np.maximum(lengths, 1e-9)[..., None], np.float32)


@dataclass(frozen=True)
class Whitening:
    """A mean (D,) to be taken off, a matrix (D, D) that evens out differences within people."""

    mean: NDArray[np.float32]
    matrix: NDArray[np.float32]

    @classmethod
    def fit(
        cls,
        within: NDArray[np.floating],
        mean: NDArray[np.floating],
        shrinkage: float = SHRINKAGE,
    ) -> Self:
        """Make it from a within-class covariance (D, D), shrunk towards a sphere of its size."""
        size = len(within)
        sphere = np.trace(within) / size * np.eye(size)
        values, axes = np.linalg.eigh((1 - shrinkage) * within + shrinkage * sphere)
        matrix = axes @ np.diag(np.maximum(values, 1e-12) ** -0.5) @ axes.T
        matrix *= np.sqrt(np.trace(within) / size)
        return cls(np.asarray(mean, np.float32), np.asarray(matrix, np.float32))

    def apply(self, vectors: NDArray[np.floating]) -> NDArray[np.float32]:
        """Whiten (N, D) vectors and scale them to length 1."""
        return unit((np.asarray(vectors, np.float32) - self.mean) @ self.matrix)

    def centred_on(self, cohort: NDArray[np.floating]) -> "Whitening":
        """Return it with the mean of these faces (M, D) in place of its own."""
        return replace(self, mean=np.asarray(cohort.mean(axis=0), np.float32))


def file_of(embedder: str) -> Path:
    """Return where an embedder's statistics lie."""
    return _FOLDER / f"people_whitening_{embedder}.npz"


def shipped_whitening() -> Whitening:
    """Return that of the chosen embedder, part of the source: a mean and a covariance over people,
    no face.
    """
    return _shipped(chosen().name)


@lru_cache(maxsize=4)
def _shipped(embedder: str) -> Whitening:
    with np.load(file_of(embedder)) as kept:
        return Whitening.fit(kept["within"].astype(np.float64), kept["mean"].astype(np.float64))
