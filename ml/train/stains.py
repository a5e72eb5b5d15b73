"""Training of the network that tells what stains took of the light; a run that was stopped goes on
from its checkpoint.
"""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml.marks.stained import MOST, NETWORK, NONE, OUTPUT
from ml.train import onnx_file, restoration_sources
from ml.train.averaging import averaged
from ml.train.distortion_sources import Sources
from ml.train.endless import Endless, loader
from ml.train.marks_network import MarksNetwork
from ml.train.muon import Muon, groups
from ml.train.restoration import FOLDER as SOURCES
from ml.train.restoration import device
from ml.train.run import CHECKPOINT, Pace, State, prepare, run
from ml.train.stains_examples import Example, examples

FOLDER = Path("build/stains")
DEFAULT_MINUTES = 45.0
_CHANNELS, _COLOURS = 4, 3
_MEASURED = 12  # batches
_TINY = (2 / 255) ** 2  # of a squared error, below which nothing is gained
_DECIBELS = 10 / math.log(10)

Batch = tuple[Tensor, Tensor, Tensor]
"""Stained photos and clean ones (N, 3, H, W) of 0..1, masks (N, 1, H, W) of the stained share."""


@dataclass(frozen=True)
class Recipe:
    """What a training is made of. The rates, of kernels and of the rest, fall along a cosine to
    nothing in every run.
    """

    batch: int = 24
    widths: tuple[int, ...] = (24, 40, 64)
    rates: tuple[float, float] = (2e-2, 2e-3)
    warm_up: int = 60
    average: float = 0.998
    workers: int = 1
    pace: Pace = field(default_factory=lambda: Pace(60, 180))
    seed: int = 53


def main(data: Path, minutes: float | None = None) -> None:
    """Train for `minutes` on the photos below `data`, checkpoints in build/stains, and write the
    averaged network there; 0 minutes only write it.
    """
    prepare(FOLDER)
    recipe = Recipe()
    state = begin(recipe)
    if (FOLDER / CHECKPOINT).exists():
        state.load(FOLDER / CHECKPOINT)
    if minutes != 0:
        held = iter(Batches(restoration_sources.load_held_out(data, SOURCES), recipe, 5))
        batches = Batches(restoration_sources.load(data, SOURCES), recipe, 10 + state.steps)
        limit = DEFAULT_MINUTES if minutes is None else minutes
        train(state, batches, list(islice(held, _MEASURED)), folder=FOLDER, minutes=limit)
    path = FOLDER / f"{NETWORK}.onnx"
    write(state, path)
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} samples", flush=True)


def begin(recipe: Recipe) -> State:
    """A training that has not begun: nothing is taken back yet."""
    torch.manual_seed(recipe.seed)
    network = MarksNetwork(_COLOURS, recipe.widths, _CHANNELS, begun=0.0)
    network = network.to(device=device(), memory_format=torch.channels_last)
    return State(network, averaged(network, recipe.average), Muon(groups(network, *recipe.rates)))


class Batches(Endless[Batch]):
    """Batches without end."""

    def __init__(self, sources: Sources, recipe: Recipe, begun: int) -> None:
        super().__init__(recipe.seed, begun)
        self.sources, self.recipe = sources, recipe

    def drawn(self, rng: np.random.Generator) -> Iterator[Batch]:
        drawn = examples(self.sources, rng)
        while True:
            yield collate(list(islice(drawn, self.recipe.batch)))


def collate(drawn: list[Example]) -> Batch:
    """Examples of one size."""
    stained = np.stack([each.stained for each in drawn])
    clean = np.stack([each.clean for each in drawn])
    masks = np.stack([each.mask for each in drawn])[:, None]
    return _planes(stained), _planes(clean), torch.from_numpy(masks)


def _planes(photos: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(photos.transpose(0, 3, 1, 2).astype(np.float32) / 255)


def train(
    state: State, batches: Batches, held: list[Batch], *, folder: Path, minutes: float
) -> None:
    """Train for some minutes, saving to `folder` and telling its log."""
    recipe, begun = batches.recipe, state.steps
    drawn = loader(batches, recipe.workers)

    def step(batch: Batch, done: float) -> dict[str, float]:
        warm = min(1.0, (state.steps - begun + 1) / recipe.warm_up)
        state.rate(warm * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))
        gained = gains(state.network, batch)
        state.learn(-gained.clamp(-20, 25).mean(), len(gained), 1.0)
        return {"gain_db": float(gained.detach().mean())}

    run(
        state,
        drawn,
        step=step,
        measure=lambda: measure(state, held),
        folder=folder,
        minutes=minutes,
        pace=recipe.pace,
    )


def gains(network: torch.nn.Module, batch: Batch) -> Tensor:
    """What is gained inside each mask by taking back what the network says, in dB, (N,)."""
    place = next(network.parameters()).device
    stained, clean, masks = (part.to(place) for part in batch)
    inside = (masks > 0).float()
    told = network(torch.cat([stained, masks + NONE], 1)).clamp(-MOST, MOST)
    after, before = (
        torch.log(((each - clean).square() * inside).sum((1, 2, 3)) / _size(inside) + _TINY)
        for each in (stained * torch.exp(told * inside), stained)
    )
    return _DECIBELS * (before - after)


def _size(inside: Tensor) -> Tensor:
    return _COLOURS * inside.sum((1, 2, 3)) + 1


def measure(state: State, held: list[Batch]) -> dict[str, float]:
    """What the averaged network gains on fixed held-out examples, and at worst."""
    state.average.eval()
    with torch.no_grad():
        gained = torch.cat([gains(state.average, batch) for batch in held])
    return {"gain_db": round(float(gained.mean()), 3), "worst_db": round(float(gained.min()), 2)}


def write(state: State, path: Path) -> None:
    """Write the averaged network."""
    network = copy.deepcopy(state.average.module).cpu().to(memory_format=torch.contiguous_format)
    onnx_file.write_masks(network, path, OUTPUT, {"samples": str(state.samples)}, _CHANNELS)
