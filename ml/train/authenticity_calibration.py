"""From scores to probabilities, and from which probability on an outcome is told: fitted on
pictures whose generator and whose collection nothing that scored them ever saw.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from ml.authenticity.verdict import OUTCOMES
from ml.train.authenticity_heads import Cell
from ml.train.authenticity_sources import EDITED, FOLDS, GENERATED, REAL, Sources

KINDS = (REAL, GENERATED, EDITED)
PRIOR = {REAL: 0.5, GENERATED: 0.25, EDITED: 0.25}  # what probabilities are told for
_FALSE = 0.01  # of every fold's photographs, of all of them where edits are accused
# Accusations are told from here on at least: the limit of edits was chosen by each half of 332
# photographs of sets that no network saw, of which the other half's accuse two. Of people few are
# known: at .955 one of 32 others was accused.
SUREST = {"whole": {GENERATED: 0.9, EDITED: 0.955}, "people": {GENERATED: 0.9, EDITED: 0.995}}
_RIGHT = 0.9  # of pictures that an outcome is told of
_LOOSE = 1e3
_MOST, _LEAST, _STEP = 0.999, 0.34, 0.01
_BINS = 10
_SEED = 0

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Table:
    """Pictures by row: class, group, fold; `margin` of the head, `fringes` of colour, `edit` of the
    patch network, `traced` the log odds of an edit by copies and savings.
    """

    kind: NDArray[np.str_]
    group: NDArray[np.str_]
    fold: NDArray[np.str_]
    margin: Values
    fringes: Values
    edit: Values
    traced: Values

    def rows(self, chosen: NDArray[np.bool_]) -> "Table":
        return Table(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def joined(self, other: "Table") -> "Table":
        names = self.__dataclass_fields__
        return Table(*(np.append(getattr(self, name), getattr(other, name)) for name in names))

    def weights(self) -> Values:
        """Every class as in PRIOR, every group of a class alike."""
        found = np.zeros(len(self.kind))
        for kind in KINDS:
            names = np.unique(self.group[self.kind == kind])
            for name in names:
                chosen = (self.kind == kind) & (self.group == name)
                found[chosen] = PRIOR[kind] / len(names) / chosen.sum()
        return found


def tabled(sources: Sources, margin: Values, fringes: Values, edits: dict[str, Values]) -> Table:
    """Every picture that was left out, by its `margins` and fringes, and an edit of every
    photograph, for which these are the photograph's. Suspicions and traces of edits are drawn from
    those of other pictures of the class.
    """
    fold_of = {name: fold for fold, names in FOLDS.items() for name in (fold, *names)}
    places = np.flatnonzero(~np.isnan(margin))
    kinds = np.array([sources.told[i].kind for i in places])
    groups = np.array([sources.told[i].collection for i in places])
    folds = np.array([fold_of[group] for group in groups])
    nothing = np.zeros(len(places))
    table = Table(kinds, groups, folds, margin[places], fringes[places], nothing, nothing.copy())
    real = table.rows(kinds == REAL)
    table = table.joined(replace(real, kind=np.full_like(real.kind, EDITED)))
    rng = np.random.default_rng(_SEED)
    for kind, known in edits.items():
        inside = table.kind == kind
        table.edit[inside], table.traced[inside] = rng.choice(known, inside.sum()).T
    return table


def margins(count: int, cells: list[Cell], variant: int) -> Values:
    """The mean score (pictures,) of each in cells that leave it out, NaN where there is none."""
    sums, counts = np.zeros(count), np.zeros(count)
    for cell in cells:
        for places, found in (
            (cell.generated_places, cell.generated[variant]),
            (cell.real_places, cell.real[variant]),
        ):
            known = ~np.isnan(found)
            sums[places[known]] += found[known]
            counts[places[known]] += 1
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def fit(table: Table) -> dict[str, float]:
    """Log odds by margin and edit: what `verdict.Gate` adds up."""
    seen = table.kind != EDITED
    made = _regression(table.rows(seen), ("margin", "fringes"), GENERATED)
    known = table.rows(table.kind != GENERATED)
    changed = _regression(known, ("edit",), EDITED)
    return {
        "head": made["margin"],
        "fringes": made["fringes"],
        "generated": made["base"],
        "edit": changed["edit"],
        "edited": changed["base"],
    }


def optical(cells: list[Cell], table: Table, fringes: NDArray[np.float32]) -> list[Cell]:
    """Cells whose scores count the pictures' fringes (variants, pictures), too, by as much as is
    fitted on other generators and collections.
    """
    found = []
    for cell in cells:
        made = (table.kind == GENERATED) & (table.group == cell.generator)
        taken = (table.kind == REAL) & (table.group == cell.collection)
        told = fit(table.rows(~made & ~taken))
        worth = np.float32(told["fringes"] / told["head"])
        found.append(
            replace(
                cell,
                generated=cell.generated + worth * fringes[:, cell.generated_places],
                real=cell.real + worth * fringes[:, cell.real_places],
            )
        )
    return found


def _regression(table: Table, names: tuple[str, ...], kind: str) -> dict[str, float]:
    """Slopes and base of a class against photographs."""
    weights = table.weights()
    values = np.stack([getattr(table, name) for name in names], 1)
    found = LogisticRegression(C=_LOOSE).fit(
        values, table.kind == kind, sample_weight=weights / weights.sum()
    )
    slopes = dict(zip(names, map(float, found.coef_[0]), strict=True))
    return slopes | {"base": float(found.intercept_[0])}


def likely(told: dict[str, float], table: Table) -> Values:
    """Probabilities (rows, 3) of photograph, generated and edited."""
    made = told["head"] * table.margin + told["fringes"] * table.fringes + told["generated"]
    changed = told["edit"] * table.edit + told["edited"] + table.traced
    odds = np.stack([np.zeros(len(made)), made, changed], 1)
    found = np.exp(odds - odds.max(1, keepdims=True))
    return np.asarray(found / found.sum(1, keepdims=True))


def sure(
    told: dict[str, float], table: Table, surest: dict[str, float] = SUREST["whole"]
) -> dict[str, float]:
    """From which probability on each outcome is told: hardly any photograph is accused, and what
    is told is mostly right; accusations from `surest` on at least.
    """
    chances, weights = likely(told, table), table.weights()
    best, top = chances.argmax(1), chances.max(1)
    right = best == np.array([KINDS.index(kind) for kind in table.kind])
    limits = np.ones(len(KINDS))
    for i, kind in enumerate(KINDS):
        if kind != REAL:
            worst = _accusing(np.where(best == i, top, 0.0), table, kind)
            limits[i] = min(max(worst + _STEP, surest.get(kind, 0.0)), _MOST)
    for step in np.arange(_LEAST, _MOST, _STEP):
        limits[0] = step
        if _share(right, weights, top >= limits[best]) >= _RIGHT:
            break
    return {name: round(float(x), 3) for name, x in zip(OUTCOMES[:3], limits, strict=True)}


def _accusing(accused: Values, table: Table, kind: str) -> float:
    """The chance that at most _FALSE of the photographs stand above: of any fold's where they are
    the fold's own; suspicions of edits are drawn from the same photographs for all folds.
    """
    real = table.kind == REAL
    folds = [real] if kind == EDITED else [real & (table.fold == f) for f in np.unique(table.fold)]
    return max(float(np.quantile(accused[fold], 1 - _FALSE)) for fold in folds if fold.any())


def _share(true: NDArray[np.bool_], weights: Values, chosen: NDArray[np.bool_]) -> float:
    return float((weights * true)[chosen].sum() / max(weights[chosen].sum(), 1e-12))


def figures(told: dict[str, float], least: dict[str, float], table: Table) -> dict[str, Any]:
    """Coverage, accuracy, false accusations and calibration under PRIOR."""
    chances, weights = likely(told, table), table.weights()
    weights = weights / weights.sum()
    best = chances.argmax(1)
    top = chances[np.arange(len(best)), best]
    limits = np.array([least[name] for name in OUTCOMES[:3]])
    decided = top >= limits[best]
    right = best == np.array([KINDS.index(kind) for kind in table.kind])
    bins = np.minimum((top * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights * (top - right), _BINS)
    real = table.kind == REAL
    return {
        "pictures": len(best),
        "coverage": float(weights[decided].sum()),
        "accuracy_decided": _share(right, weights, decided),
        "accuracy": float(weights[right].sum()),
        "false_accusations": float((decided & (best > 0))[real].mean()),
        "ece": float(np.abs(gaps).sum()),
        "told": {kind: float(decided[table.kind == kind].mean()) for kind in KINDS},
    }


def crossed(table: Table, surest: dict[str, float] = SUREST["whole"]) -> list[dict[str, Any]]:
    """Fitted on each fold's pictures, told of the others': what nothing was fitted to."""
    found = []
    for fold in np.unique(table.fold):
        inside = table.fold == fold
        told = fit(table.rows(~inside))
        least = sure(told, table.rows(~inside), surest)
        found.append({"fold": str(fold), **figures(told, least, table.rows(inside))})
    return found
