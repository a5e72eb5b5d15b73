"""What a network says about a picture: which kind bent it, and by which numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.estimators.kinds import CHOICES, GROUP_OF, GROUPS, KINDS

Numbers = NDArray[np.float64]
Guess = tuple[Numbers, Numbers]
"""Means and standard deviations (WIDTH,) of a kind's numbers."""


@dataclass(frozen=True)
class Reading:
    """Logits of kinds (kinds,) and of models (choices,), and for every kind but "none" the vector's
    means and log variances (kinds - 1, WIDTH), in the unit of `ml.estimators.encodings`.
    """

    kinds: Numbers
    choices: Numbers
    mean: Numbers
    log_variance: Numbers

    @classmethod
    def of(cls, answer: Mapping[str, NDArray[np.floating]], row: int) -> "Reading":
        """The `row`-th of a batch."""
        names = ("kinds", "choices", "mean", "log_variance")
        return cls(*(answer[name][row].astype(np.float64) for name in names))

    def numbers(self, kind: str) -> Guess:
        """Means and standard deviations (WIDTH,) of a kind's numbers."""
        row = KINDS.index(kind) - 1
        return self.mean[row], np.exp(self.log_variance[row] / 2)

    def models(self, kind: str) -> list[str]:
        """The models within a kind, the likeliest first; [""] where there is only one."""
        own = [i for i, (owner, _) in enumerate(CHOICES) if owner == kind]
        return [CHOICES[i][1] for i in sorted(own, key=lambda i: -self.choices[i])] or [""]


def shares(logits: Numbers) -> dict[str, float]:
    """Probabilities of all kinds from logits (kinds,)."""
    likely = np.exp(logits - logits.max())
    return dict(zip(KINDS, (likely / likely.sum()).tolist(), strict=True))


def by_group(kinds: Mapping[str, float]) -> dict[str, float]:
    """Probabilities of all groups from those of kinds."""
    return {
        group: sum(share for kind, share in kinds.items() if GROUP_OF[kind] == group)
        for group in GROUPS
    }
