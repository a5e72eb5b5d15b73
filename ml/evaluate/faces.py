"""Naming faces on a folder-per-person tree, with rivals, on good photos and on damaged ones."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError
from ml.evaluate import face_calibration
from ml.evaluate.face_damage import DAMAGES
from ml.evaluate.face_rivals import RIVALS, ours
from ml.evaluate.face_tree import KNOWN_FROM, Tree, embed, read
from ml.evaluate.open_set import Trial, rates
from ml.evaluate.report import Report
from ml.people.calibration import fitted_on, known_by

LABELS = (1, 3, 5, 10)
_DAMAGED_STRANGERS = 400  # of the strangers, for time; people's photos are damaged all


def evaluate(
    folders: Sequence[Path], seed: int = 0, damages: Sequence[str] = tuple(DAMAGES)
) -> Report:
    """Measure on one or several folders: people with fewer than 15 photos and loose photos are
    strangers; then with these damages. Raises MLError without known people or strangers.
    """
    tree = read(folders)
    if not tree.known or len(tree.known) == len(set(tree.people)):
        raise MLError(
            f"the folders need people with {KNOWN_FROM} photos or more, and others as strangers; "
            f"they have {len(tree.known)} and {len(set(tree.people)) - len(tree.known)}"
        )
    clean = embed(tree)
    fitted = fitted_on()
    seen = sum(known_by(path) in fitted for path in tree.paths)
    report = Report("faces", len(tree.paths), seen, {}, {name: {} for name in RIVALS})
    everything = np.ones(len(tree.paths), np.bool_)
    _add(report, Trial(tree, clean, clean, everything, seed), "", tuple(RIVALS))
    report.metrics |= face_calibration.metrics(tree, clean, seed)
    chosen = _chosen(tree, seed)
    for damage in damages:
        tried = embed(tree, damage, np.flatnonzero(chosen).tolist())
        _add(report, Trial(tree, clean, tried, chosen, seed), f"{damage}_", ("centroid",))
    return report


def _add(report: Report, trial: Trial, prefix: str, rivals: Sequence[str]) -> None:
    """Add the rates of our classifier and of these rivals for every number of labels."""
    for labels in LABELS:
        for name in ("", *rivals):
            found = rates(trial.run(RIVALS[name] if name else ours, labels), trial.seed)
            named = {f"{prefix}{key}_{labels}": metric for key, metric in found.items()}
            if name:
                report.baselines[name] |= {key: asdict(metric) for key, metric in named.items()}
            else:
                report.metrics |= named


def _chosen(tree: Tree, seed: int) -> NDArray[np.bool_]:
    """Return which rows are damaged: all of the known people, some strangers."""
    known = np.isin(np.array(tree.people), tree.known)
    others = np.random.default_rng(seed).permutation(np.flatnonzero(~known))
    chosen = known.copy()
    chosen[others[:_DAMAGED_STRANGERS]] = True
    return chosen
