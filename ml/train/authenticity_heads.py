"""Linear heads on frozen features, and what they say of generators and of collections of
photographs that they never saw.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ml.authenticity.frozen import PARTS
from ml.authenticity.head import SPAN, Head
from ml.train.authenticity_sources import GENERATED, REAL, Sources

FEW = 10  # pictures below which a generator is trained on, and not left out
_STRENGTH = {"whole": 1.5, "objects": 2.0, "statistics": 3.0}
_LOOSE = 10.0  # of the regression
_KEPT = 800  # directions
_TINY = 1e-3
_SHARES = 5

Values = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class Cell:
    """Scores by a head that saw neither a generator nor a collection (nor photographs of several,
    unnamed): (variants, pictures) of each, and which pictures these are.
    """

    generator: str
    collection: str
    generated: Values
    real: Values
    generated_places: Places
    real_places: Places


class Heads:
    """Fits heads on the first variants of all pictures but some groups; `chosen` parts count."""

    def __init__(
        self,
        sources: Sources,
        parts: dict[str, Values],
        fitted: int,
        chosen: tuple[str, ...] = PARTS,
    ) -> None:
        self._fitted = fitted
        self._chosen = chosen
        kinds = np.array([each.kind for each in sources.told])
        self._used = np.isin(kinds, (REAL, GENERATED))
        self.true = kinds == GENERATED
        self.groups = np.array([f"{each.kind} {each.collection}" for each in sources.told])
        self._mean, self._spread, kept = {}, {}, []
        for part in chosen:
            rows = _known(parts[part][:fitted, self._used])
            self._mean[part], self._spread[part] = rows.mean(0), rows.std(0) + _TINY
            values = (parts[part] - self._mean[part]) / self._spread[part]
            kept.append(np.clip(values, -SPAN, SPAN) * self._scale(part))
        whole = np.concatenate(kept, 2)
        self._sizes = [each.shape[2] for each in kept]
        rows = _known(whole[:fitted, self._used]).astype(np.float64)
        # Directions without labels: regression in them is the regression itself, only quicker.
        _, vectors = np.linalg.eigh(rows.T @ rows)
        self._directions = vectors[:, -_KEPT:].astype(np.float32)
        self.turned = whole @ self._directions

    def _scale(self, part: str) -> float:
        return float(_STRENGTH[part] / np.sqrt(len(self._mean[part])))

    def generators(self) -> list[str]:
        """Groups of generated pictures that are large enough to be left out."""
        names, counts = np.unique(self.groups[self.true], return_counts=True)
        return [str(name) for name, count in zip(names, counts, strict=True) if count >= FEW]

    def collections(self) -> list[str]:
        """Groups of photographs."""
        return [str(name) for name in np.unique(self.groups[self._used & ~self.true])]

    def scores(self, without: NDArray[np.bool_]) -> tuple[Values, LogisticRegression]:
        """Scores (variants, pictures) by a head that did not see some pictures."""
        inside = self._used & ~without
        weights = self._weights(inside)
        rows = [self.turned[i, inside] for i in range(self._fitted)]
        known = [~np.isnan(each[:, 0]) for each in rows]
        seen = np.concatenate([each[kept] for each, kept in zip(rows, known, strict=True)])
        apart = self._apart(inside)
        head = LogisticRegression(C=_LOOSE, max_iter=200).fit(
            seen - (seen @ apart) @ apart.T,
            np.concatenate([self.true[inside][kept] for kept in known]),
            sample_weight=np.concatenate([weights[inside][kept] for kept in known]),
        )
        head.coef_ = head.coef_ - (head.coef_ @ apart) @ apart.T
        return self.turned @ head.coef_[0].astype(np.float32) + float(head.intercept_[0]), head

    def _weights(self, inside: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Both classes alike, and every group of a class."""
        weights = np.zeros(len(inside))
        for kind in (False, True):
            names = np.unique(self.groups[inside & (self.true == kind)])
            for name in names:
                chosen = inside & (self.groups == name)
                weights[chosen] = inside.sum() / 2 / len(names) / chosen.sum() / self._fitted
        return weights

    def _apart(self, inside: NDArray[np.bool_]) -> Values:
        """Orthonormal directions (values, directions) in which collections of photographs differ
        from each other: what a head may not go by (nuisance attribute projection; Solomonoff et
        al., Advances in channel compensation for SVM speaker recognition, ICASSP 2005).
        """
        photographs = inside & ~self.true
        names = np.unique(self.groups[photographs])
        means = np.stack([self.turned[0, photographs & (self.groups == n)].mean(0) for n in names])
        _, sizes, directions = np.linalg.svd(means - means.mean(0), full_matrices=False)
        return np.asarray(directions[sizes > _TINY].T, np.float32)

    def cells(self) -> Iterator[Cell]:
        """Every generator with every collection, both left out."""
        for generator in self.generators():
            for collection in self.collections():
                made, taken = self.groups == generator, self.groups == collection
                found, _ = self.scores(made | taken)
                yield Cell(
                    generator.split(" ", 1)[1],
                    collection.split(" ", 1)[1],
                    found[:, made],
                    found[:, taken],
                    np.flatnonzero(made),
                    np.flatnonzero(taken),
                )

    def generator_out(self, seed: int = 0) -> Iterator[Cell]:
        """Every generator, left out, with a fifth of the photographs of all collections."""
        share = np.random.default_rng(seed).integers(_SHARES, size=len(self.true))
        for i, generator in enumerate(self.generators()):
            made = self.groups == generator
            taken = self._used & ~self.true & (share == i % _SHARES)
            found, _ = self.scores(made | taken)
            yield Cell(
                generator.split(" ", 1)[1],
                "",
                found[:, made],
                found[:, taken],
                np.flatnonzero(made),
                np.flatnonzero(taken),
            )

    def whole(self) -> Head:
        """The head that saw everything, as the stage takes it."""
        _, head = self.scores(np.zeros(len(self.true), bool))
        weights: dict[str, Any] = dict(
            zip(
                self._chosen,
                np.split(self._directions @ head.coef_[0], np.cumsum(self._sizes)[:-1]),
                strict=True,
            )
        )
        return Head(
            self._mean,
            self._spread,
            {part: weights[part] * self._scale(part) for part in self._chosen},
            float(head.intercept_[0]),
        )


def _known(values: Values) -> Values:
    """Rows (rows, values) of all variants, those aside that a variant leaves out."""
    rows = values.reshape(-1, values.shape[-1])
    return np.asarray(rows[~np.isnan(rows[:, 0])])
