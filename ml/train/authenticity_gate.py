"""The head and the gate of authenticity, and figures of both on generators and collections that
they never saw.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from ml.authenticity import head, verdict
from ml.train import authenticity_rows as rows
from ml.train.authenticity import FOLDER
from ml.train.authenticity_calibration import (
    SUREST,
    Table,
    crossed,
    figures,
    fit,
    margins,
    optical,
    sure,
    tabled,
)
from ml.train.authenticity_edits import scores
from ml.train.authenticity_features import (
    DEVELOPED,
    LOOKED,
    PEOPLE,
    TRIED,
    Measured,
    fringed,
    measured,
)
from ml.train.authenticity_heads import Cell, Heads, Values
from ml.train.authenticity_rows import between
from ml.train.authenticity_sources import Sources, load
from ml.train.run import prepare

FIGURES = FOLDER / "figures.json"
VARIANTS = (LOOKED, DEVELOPED, PEOPLE, *TRIED)
_FITTED = 3  # variants, the first ones; the others are tried on
_DRAWN = 200  # times, for intervals


def main(data: Path) -> None:
    """Measure every picture, fit the head and the gate, and tell figures; minutes of one core for
    what no earlier run has measured.
    """
    prepare(FOLDER)
    sources = load(data, FOLDER)
    seen = measured(sources, FOLDER, VARIANTS)
    heads = Heads(sources, seen.parts, _FITTED)
    cells = list(heads.cells())
    edits = {name: scores(sources, data, FOLDER, alone=name == "people") for name in _WEIGHED}
    fringes = fringed(sources, FOLDER, VARIANTS)
    tables = {
        name: tabled(sources, margins(len(sources), cells, variant), fringes[variant], edits[name])
        for name, variant in _WEIGHED.items()
    }
    optics = optical(cells, tables["whole"], fringes)
    scales = {name: _scale(table, SUREST[name]) for name, table in tables.items()}
    found = {
        "both_left_out": [_areas(optics, i) for i in range(len(VARIANTS))],
        "generator_left_out": _alone_out(
            optical(list(heads.generator_out()), tables["whole"], fringes)
        ),
        **_beside(sources, data, optics, seen),
        "head_alone": rows.mean_area(cells),
        **{name: _figures(scales[name], tables[name], SUREST[name]) for name in _WEIGHED},
    }
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))
    heads.whole().save(head.HEAD)
    gate = json.dumps(scales | verdict.made_for(), indent=1)
    verdict.GATE.write_text(gate + "\n", "utf-8")


_WEIGHED = {"whole": VARIANTS.index(LOOKED), "people": VARIANTS.index(PEOPLE)}


def _scale(table: Table, surest: dict[str, float]) -> dict[str, Any]:
    told = fit(table)
    least = sure(told, table, surest)
    return {**{name: round(value, 5) for name, value in told.items()}, "sure": least}


def _figures(scale: dict[str, Any], table: Table, surest: dict[str, float]) -> dict[str, Any]:
    return {"crossed": crossed(table, surest), "fitted": figures(scale, scale["sure"], table)}


def _beside(sources: Sources, data: Path, cells: list[Cell], seen: Measured) -> dict[str, Any]:
    return {
        "alone": rows.alone(sources, seen, _FITTED),
        "metadata": rows.by_metadata(sources, data, cells),
        "people_whole": rows.of_people(cells, rows.people(sources, FOLDER)),
    }


def _areas(cells: list[Cell], variant: int) -> dict[str, Any]:
    """Mean over all cells, by generator and by collection."""
    cells = [cell for cell in cells if _enough(cell.generated[variant], cell.real[variant])]
    pairs = [(cell.generated[variant], cell.real[variant]) for cell in cells]
    found: dict[str, Any] = {"variant": VARIANTS[variant], "cells": len(cells), **_mean(pairs)}
    for side in ("generator", "collection"):
        by = dict[str, list[float]]()
        for cell in cells:
            value = between(cell.generated[variant], cell.real[variant])
            by.setdefault(getattr(cell, side), []).append(value)
        found[side] = {name: float(np.mean(values)) for name, values in by.items()}
    return found


def _enough(*sides: Values) -> bool:
    """Whether both sides have scores for an area to mean something."""
    return min(int((~np.isnan(side)).sum()) for side in sides) >= rows.FEW


def _alone_out(left: list[Cell]) -> dict[str, Any]:
    """Of generators that were left out while photographs of all collections were seen."""
    found: dict[str, Any] = _mean([(cell.generated[0], cell.real[0]) for cell in left])
    return found | {cell.generator: between(cell.generated[0], cell.real[0]) for cell in left}


def _mean(pairs: list[tuple[Values, Values]]) -> dict[str, float]:
    """Mean area of pairs of scores, with its interval by drawing pictures anew."""
    rng = np.random.default_rng(0)

    def drawn(values: Values) -> Values:
        return values[rng.integers(len(values), size=len(values))]

    means = [
        np.mean([between(drawn(made), drawn(taken)) for made, taken in pairs])
        for _ in range(_DRAWN)
    ]
    lo, hi = (float(each) for each in np.percentile(means, [2.5, 97.5]))
    return {"mean": float(np.mean([between(*pair) for pair in pairs])), "lo": lo, "hi": hi}
