"""Training of the patch network of authenticity: one without each fold's collections, which say how
good it is, then one with all, which is what the stage runs.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml import weights
from ml.train.authenticity_examples import Batch, Examples
from ml.train.authenticity_network import AuthenticityNetwork, Seen
from ml.train.authenticity_sources import FOLDS, Sources, load
from ml.train.averaging import averaged
from ml.train.run import CHECKPOINT, Figures, Pace, State, prepare, run

FOLDER = Path("build/authenticity")
ALL = "all"
DEFAULT_MINUTES = 9.0
DONE = "done.json"
_RATE = 1e-3
_WARM_UP = 0.03
_SMOOTH = 0.02
_FOUND = 2.0  # how much more a patch of an edit counts than one beside it


def main(data: Path, minutes: float | None = None) -> None:
    """Train every network that is not done for `minutes`, in build/authenticity/NAME, going on from
    where it stopped; 0 minutes only take what was trained so far as done.
    """
    prepare(FOLDER)
    sources = load(data, FOLDER)
    for name in (*FOLDS, ALL):
        folder = FOLDER / name
        if not (folder / DONE).exists():
            train(sources, name, folder, DEFAULT_MINUTES if minutes is None else minutes)


def train(sources: Sources, name: str, folder: Path, minutes: float) -> None:
    """Train the network that does not see the collections of a fold."""
    folder.mkdir(parents=True, exist_ok=True)
    state = begin()
    if (folder / CHECKPOINT).exists():
        state.load(folder / CHECKPOINT)
    if minutes:
        _learn(state, sources, name, folder, minutes)
    if state.samples:
        (folder / DONE).write_text(json.dumps({"samples": state.samples}), "utf-8")


def _learn(state: State, sources: Sources, name: str, folder: Path, minutes: float) -> None:
    without = frozenset((name, *FOLDS[name])) if name in FOLDS else frozenset[str]()
    examples = Examples(sources, without, seed=len(name) + state.samples)
    held = [next(Examples(sources, frozenset(), seed=99).batches())]

    def step(batch: Batch, share: float) -> dict[str, float]:
        state.rate(min(1.0, share / _WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, share))))
        seen: Seen = state.network(_photos(batch))
        generated, edited = losses(seen, batch)
        state.learn(generated + edited, len(batch.photos), 5.0)
        return {"generated": float(generated.detach()), "edited": float(edited.detach())}

    def measure() -> Figures:
        state.average.eval()
        with torch.no_grad():
            parts = [losses(state.average(_photos(batch)), batch) for batch in held]
        return {"generated": float(parts[0][0]), "edited": float(parts[0][1])}

    run(
        state,
        examples.batches(),
        step=step,
        measure=measure,
        folder=folder,
        minutes=minutes,
        pace=Pace(save_every_s=60, measure_every_s=9e9),
    )


def begin() -> State:
    """A training that has not begun."""
    torch.manual_seed(41)
    network = AuthenticityNetwork(weights.locate("efficientnet_lite0"))
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.groups(_RATE), weight_decay=1e-3)
    return State(network, averaged(network, 0.998), optimizer)


def trained(name: str, folder: Path = FOLDER) -> AuthenticityNetwork:
    """The averaged network of a fold, or of all."""
    state = begin()
    state.load(folder / name / CHECKPOINT)
    network: AuthenticityNetwork = state.average.module.eval()
    return network


def losses(seen: Seen, batch: Batch) -> tuple[Tensor, Tensor]:
    """Of generator's traces, by patch and by photo, and of edits, by patch where they are known."""
    true = torch.from_numpy(batch.generated)
    target = true * (1 - 2 * _SMOOTH) + _SMOOTH
    patches = functional.binary_cross_entropy_with_logits(
        seen.generated, target[:, None, None].expand_as(seen.generated)
    )
    photos = functional.binary_cross_entropy_with_logits(seen.generated.mean((1, 2)), target)
    known = torch.from_numpy(~np.isnan(batch.edited))
    mask = torch.from_numpy(np.nan_to_num(batch.edited))
    edited = functional.binary_cross_entropy_with_logits(
        seen.edited, mask, reduction="none", pos_weight=torch.tensor(_FOUND)
    )
    return 0.5 * patches + photos, edited[known].mean()


def _photos(batch: Batch) -> Tensor:
    photos = torch.from_numpy(batch.photos.copy()).float()
    return photos.contiguous(memory_format=torch.channels_last)
