"""The head and the gate of authenticity, and figures of both on generators and collections that
they never saw.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ml.authenticity import frozen, head, verdict
from ml.authenticity.patches import EDITED as EDITED_MAP
from ml.authenticity.patches import GENERATED as GENERATED_MAP
from ml.authenticity.patches import SIDE
from ml.train import authenticity_rows as rows
from ml.train import onnx_file
from ml.train.authenticity import ALL, FOLDER, trained
from ml.train.authenticity_calibration import Table, crossed, figures, filled, fit, sure
from ml.train.authenticity_features import DEVELOPED, LOOKED, TRIED, measured
from ml.train.authenticity_heads import Cell, Heads, Values
from ml.train.authenticity_network import AuthenticityNetwork
from ml.train.authenticity_rows import between
from ml.train.authenticity_sources import EDITED, FOLDS, Sources, load
from ml.train.authenticity_traces import Traced, traced
from ml.train.run import prepare
from ml.weights.manifest import entry
from ml.weights.store import sha256

FIGURES = FOLDER / "figures.json"
VARIANTS = (LOOKED, DEVELOPED, *TRIED)
_FITTED = 2  # variants, the first ones; the others are tried on
_DRAWN = 200  # times, for intervals


def main(data: Path) -> None:
    """Measure every picture, fit the head and the gate, tell figures, and write the network that
    saw all; minutes of one core for what no earlier run has measured.
    """
    prepare(FOLDER)
    sources = load(data, FOLDER)
    seen = measured(sources, FOLDER, VARIANTS)
    heads = Heads(sources, seen.parts, _FITTED)
    cells = list(heads.cells())
    table = tabled(sources, cells, traced(sources, FOLDER))
    told = fit(table)
    whole = filled(table)
    least = sure(told, whole)
    found = {
        "both_left_out": [_areas(cells, i) for i in range(len(VARIANTS))],
        "generator_left_out": _alone_out(list(heads.generator_out())),
        "alone": rows.alone(sources, seen, _FITTED),
        "metadata": rows.by_metadata(sources, data, cells),
        "people": rows.of_people(cells, rows.people(sources, FOLDER)),
        "crossed": crossed(table),
        "fitted": figures(told, least, whole),
    }
    FIGURES.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))
    _write(heads, told, least)


def _write(heads: Heads, told: dict[str, float], least: dict[str, float]) -> None:
    path = FOLDER / "authenticity.onnx"
    maps = (GENERATED_MAP, EDITED_MAP)
    onnx_file.write_patches(_Maps(trained(ALL)), path, maps, {"side": str(SIDE)})
    heads.whole().save(head.HEAD)
    made_for = {
        "network": sha256(path),
        "scene": entry(frozen.NETWORK).sha256,
        "head_file": sha256(head.HEAD),
    }
    gate = {**{name: round(value, 5) for name, value in told.items()}, "sure": least, **made_for}
    verdict.GATE.write_text(json.dumps(gate, indent=1) + "\n", "utf-8")
    print(f"{verdict.GATE.name}, {head.HEAD.name}; {path}: {path.stat().st_size} bytes")


class _Maps(torch.nn.Module):
    """The network's maps alone."""

    def __init__(self, network: AuthenticityNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, photos: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        seen = self.network(photos)
        return seen.generated, seen.edited


def tabled(sources: Sources, cells: Iterable[Cell], patched: list[Traced]) -> Table:
    """Every picture that was left out, by its mean score from heads that never saw its group, and
    the folds' edits, whose margin is their photo's.
    """
    sums, counts = np.zeros(len(sources)), np.zeros(len(sources))
    for cell in cells:
        for places, scores in (
            (cell.generated_places, cell.generated[0]),
            (cell.real_places, cell.real[0]),
        ):
            sums[places] += scores
            counts[places] += 1
    margin = sums / np.maximum(counts, 1)
    fold_of = {name: fold for fold, names in FOLDS.items() for name in (fold, *names)}
    whole = {each.place: each for each in patched if each.kind != EDITED}
    listed = [(int(i), sources.told[i].kind, whole.get(int(i))) for i in np.flatnonzero(counts)]
    listed += [(each.place, EDITED, each) for each in patched if each.kind == EDITED]
    groups = [sources.told[i].collection for i, _, _ in listed]
    return Table(
        np.array([kind for _, kind, _ in listed]),
        np.array(groups),
        np.array([fold_of[group] for group in groups]),
        np.array([margin[i] for i, _, _ in listed]),
        np.array([np.nan if seen is None else seen.edit for *_, seen in listed]),
    )


def _areas(cells: list[Cell], variant: int) -> dict[str, Any]:
    """Mean over all cells, by generator and by collection."""
    pairs = [(cell.generated[variant], cell.real[variant]) for cell in cells]
    found: dict[str, Any] = {"variant": VARIANTS[variant], **_mean(pairs)}
    for side in ("generator", "collection"):
        by = dict[str, list[float]]()
        for cell in cells:
            value = between(cell.generated[variant], cell.real[variant])
            by.setdefault(getattr(cell, side), []).append(value)
        found[side] = {name: float(np.mean(values)) for name, values in by.items()}
    return found


def _alone_out(left: list[tuple[str, Values, Values]]) -> dict[str, Any]:
    """Of generators that were left out while photographs of all collections were seen."""
    found: dict[str, Any] = _mean([(made[0], taken[0]) for _, made, taken in left])
    return found | {name: between(made[0], taken[0]) for name, made, taken in left}


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
