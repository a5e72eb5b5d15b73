"""Figures of a detector with intervals, by bootstrap over source photos."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml.evaluate.report import Metric

RESAMPLES = 500
_FALSE = 0.01  # share of clean pictures at which the found share is told

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Outcome:
    """What was said of a trial: probability and verdict by method, and how well the mosaic was
    placed, measured and undone, where there was one (nan: not asked). `changed`: a clean photo that
    the repair would not leave as it is without being asked.
    """

    source: str
    row: str
    condition: str
    pixelated: bool
    weight: int
    probability: dict[str, float] = field(default_factory=dict)
    verdict: dict[str, bool] = field(default_factory=dict)
    iou: float = float("nan")
    block: float = 0.0
    block_error: float = float("nan")
    changed: bool = False
    gain: float = float("nan")
    over_bicubic: float = float("nan")


def rates(outcomes: Sequence[Outcome], method: str, seed: int) -> dict[str, Metric | None]:
    """F1, precision, recall, accuracy and false positives of a method's verdicts."""
    if not outcomes:
        return {}
    said = np.array([one.verdict[method] for one in outcomes])
    true = np.array([one.pixelated for one in outcomes])
    weight = np.array([one.weight for one in outcomes])
    parts = np.stack([said & true, said & ~true, ~said & true, ~said & ~true], 1) * weight[:, None]
    table = _by_source(outcomes, parts)
    found = {name: _metric(table, rate, seed) for name, rate in _RATES.items()}
    alarms = found["false_positive_rate"]
    if alarms is not None and alarms.value == 0:
        # None seen: the bound of the rule of three.
        bound = min(1.0, 3 / len(table))
        found["false_positive_rate"] = Metric(0.0, 0.0, bound, alarms.n)
    return found


def mean(outcomes: Sequence[Outcome], values: Sequence[float], seed: int) -> Metric | None:
    """The mean of values that are known."""
    known = [i for i, value in enumerate(values) if np.isfinite(value)]
    if not known:
        return None
    parts = np.array([[values[i], 1.0] for i in known])
    table = _by_source([outcomes[i] for i in known], parts)
    return _metric(table, lambda sums: sums[0] / sums[1], seed, len(known))


def found_at(outcomes: Sequence[Outcome], method: str, seed: int) -> Metric | None:
    """The share of mosaics found at the threshold that 1 % of these clean pictures reach."""
    scores = np.array([one.probability[method] for one in outcomes])
    true = np.array([one.pixelated for one in outcomes])
    if not true.any() or true.all():
        return None
    names, owner = np.unique([one.source for one in outcomes], return_inverse=True)
    members = [np.flatnonzero(owner == i) for i in range(len(names))]
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLES if len(members) > 1 else 1):
        chosen = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        drawn.append(_at(scores[chosen], true[chosen]))
    lo, hi = np.percentile(drawn, [2.5, 97.5])
    return Metric(_at(scores, true), float(lo), float(hi), len(outcomes))


def _at(scores: Floats, true: NDArray[np.bool_]) -> float:
    threshold = np.quantile(scores[~true], 1 - _FALSE)
    return float((scores[true] > threshold).mean())


def _by_source(outcomes: Sequence[Outcome], parts: NDArray[np.generic]) -> Floats:
    _, owner = np.unique([one.source for one in outcomes], return_inverse=True)
    table = np.zeros((int(owner.max()) + 1, parts.shape[1]))
    np.add.at(table, owner, parts)
    return table


def _metric(
    table: Floats, of: Callable[[Floats], float], seed: int, count: int | None = None
) -> Metric | None:
    value = of(table.sum(0))
    if not np.isfinite(value):
        return None
    rng = np.random.default_rng(seed)
    chosen = rng.integers(len(table), size=(RESAMPLES if len(table) > 1 else 1, len(table)))
    drawn = [of(table[rows].sum(0)) for rows in chosen]
    lo, hi = np.nanpercentile(drawn, [2.5, 97.5])
    return Metric(float(value), float(lo), float(hi), int(table.sum()) if count is None else count)


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else float("nan")


# Of the sums of (hits, false alarms, misses, clean ones left alone).
_RATES: dict[str, Callable[[Floats], float]] = {
    "f1": lambda n: _share(2 * n[0], 2 * n[0] + n[1] + n[2]),
    "precision": lambda n: _share(n[0], n[0] + n[1]),
    "recall": lambda n: _share(n[0], n[0] + n[2]),
    "accuracy": lambda n: _share(n[0] + n[3], n.sum()),
    "false_positive_rate": lambda n: _share(n[1], n[1] + n[3]),
}
