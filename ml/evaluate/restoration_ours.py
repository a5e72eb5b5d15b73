"""Our own diagnosis and restoration as rows: blind, and told the truth."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml import engine, weights
from ml.degradations.degradation import Degradation, Pixels
from ml.degradations.table import KINDS
from ml.engine import Engine
from ml.errors import WeightsError
from ml.evaluate.distortion import RESAMPLES
from ml.evaluate.report import Metric
from ml.evaluate.restoration_baselines import in_bytes
from ml.evaluate.restoration_trials import Outcome, Trial
from ml.restoration import gate, undone
from ml.restoration.blind import Steering, restore
from ml.restoration.grain import judge
from ml.train.restoration_examples import steering

_PLACES = {
    name: Path(f"build/restoration/{kind}/{name}.onnx") for kind, name in undone.NETWORKS.items()
}


@dataclass
class Ours:
    """The networks of restoration that are here, by name, and what was said of every trial."""

    restoration: Mapping[str, Engine] | None
    said: list[tuple[str, frozenset[str], frozenset[str]]] = field(default_factory=list)
    measured: list[Outcome] = field(default_factory=list)

    def blind(self, trial: Trial) -> Pixels:
        """Restore what the stage proposes; the networks must be here."""
        self._note(trial, in_bytes(trial.image))
        return self.proposed(trial.image)

    def proposed(self, image: Pixels) -> Pixels:
        """Restore what the stage proposes of a picture, nothing noted."""
        found = proposed(in_bytes(image))
        return self._restored(image, undone.steering(found)) if found else image

    def told(self, trial: Trial) -> Pixels:
        """Restore a trial by its true numbers."""
        return self._restored(trial.image, steering(steps_of(trial)))

    def _restored(self, image: Pixels, told: Steering) -> Pixels:
        if self.restoration is None:
            raise WeightsError("the restoration networks are missing")
        steps = undone.plan(undone.beside(told, image))
        here = self.restoration
        done = restore(image, [(here[name] if name else None, each) for name, each in steps])
        return undone.mixed(image, done, 1.0, undone.kept(told, image, "RGB"))

    def _note(self, trial: Trial, photo: Pixels) -> None:
        judged = {one.kind: one for one in judge(photo)}
        true = frozenset(step.kind for step in steps_of(trial))
        said = {name for name, one in judged.items() if one.chance > 0.5}
        values = dict[str, float]()
        sigma = [s.params["sigma"] for s in steps_of(trial) if s.kind == "noise"]
        if sigma and trial.row.startswith("noise"):
            values["sigma_error"] = abs(judged["noise"].number - sigma[0]) / sigma[0]
        self.said.append((trial.source, true, frozenset(said)))
        if values:
            self.measured.append(Outcome(trial.source, trial.row, values))

    def macro_f1(self, seed: int) -> Metric | None:
        """Of the kinds that occur, at a probability of a half, by bootstrap over photos."""
        if not self.said:
            return None
        sources = sorted({source for source, _, _ in self.said})
        parts = {source: _counts([s for s in self.said if s[0] == source]) for source in sources}
        stacked = np.stack([parts[source] for source in sources])
        rng = np.random.default_rng(seed)
        drawn = [
            _macro(stacked[rng.integers(len(sources), size=len(sources))].sum(0))
            for _ in range(RESAMPLES if len(sources) > 1 else 1)
        ]
        lo, hi = np.nanpercentile(drawn, [2.5, 97.5])
        return Metric(_macro(stacked.sum(0)), float(lo), float(hi), len(self.said))


def proposed(photo: NDArray[np.uint8]) -> list[undone.Told]:
    """What the stage proposes to undo of a photo (H, W, 3)."""
    return [(one.kind, one.params, 1.0) for one in gate.proposed(photo)]


def steps_of(trial: Trial) -> list[Degradation]:
    """What was done to a trial, the first first."""
    if trial.damage is None:
        return []
    return [trial.damage] if isinstance(trial.damage, Degradation) else list(trial.damage.steps)


def _counts(
    said: Sequence[tuple[str, frozenset[str], frozenset[str]]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Of every kind how often it was rightly said, said, and there: (kinds, 3)."""
    return np.array(
        [
            [
                sum(k in t and k in s for _, t, s in said),
                sum(k in s for _, _, s in said),
                sum(k in t for _, t, _ in said),
            ]
            for k in KINDS
        ],
        np.float64,
    )


def _macro(counts: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    right, said, true = counts.T
    there = true > 0
    return float((2 * right / np.maximum(said + true, 1))[there].mean()) if there.any() else np.nan


def ours() -> Ours:
    """The committed networks, else what training has written so far, else none."""
    found = {name: _network(name) for name in undone.NETWORKS.values()}
    here = {name: engine for name, engine in found.items() if engine}
    return Ours(here if len(here) == len(found) else None)


def _network(name: str) -> Engine | None:
    if name in weights.manifest():
        return engine.load(name)
    if not _PLACES[name].is_file():
        return None
    sys.stderr.write(f"measuring the unfinished network {_PLACES[name]}\n")
    return engine.load_file(_PLACES[name])
