"""Training of the networks of marks; a run that was stopped goes on from its checkpoint."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml.marks.kinds import OUTPUT
from ml.train import onnx_file, restoration_sources
from ml.train.averaging import averaged
from ml.train.distortion_sources import Sources
from ml.train.endless import Endless, loader
from ml.train.marks_examples import NONE, PLANS, SEEN, UNSURE, Example, Plan, examples
from ml.train.marks_network import MarksNetwork
from ml.train.muon import Muon, groups
from ml.train.restoration import FOLDER as SOURCES
from ml.train.restoration import device
from ml.train.run import CHECKPOINT, Pace, State, prepare, run

FOLDER = Path("build/marks")
DEFAULT_MINUTES = 60.0
_MEASURED = 400  # examples
_MARKED = 2.0  # how much more a pixel of a mark counts than one beside it
# Thin marks have few pixels, stains many: what each is worth evens that out.
_WORTH = {"scratch": 6.0, "crease": 1.5, "tear": 4.0, "stain": 1.0, "loss": 3.0, "craquelure": 2.0}

Batch = tuple[Tensor, Tensor]
"""Photos (N, 3, H, W) uint8, masks (N, kinds, H, W) of NONE, SEEN and UNSURE."""


@dataclass(frozen=True)
class Recipe:
    """What a training is made of. The rates, of kernels and of the rest, fall along a cosine to
    nothing in every run; a run that goes on begins at `again` of them.
    """

    batch: int
    widths: tuple[int, ...]
    rates: tuple[float, float] = (2e-2, 2e-3)
    again: float = 0.5
    warm_up: int = 100
    average: float = 0.998
    workers: int = 1
    pace: Pace = field(default_factory=lambda: Pace(60, 300))
    seed: int = 47


RECIPES = {"thin": Recipe(24, (32, 64, 96)), "broad": Recipe(8, (32, 48, 64, 96))}


def main(data: Path, minutes: float | None = None, network: str = "thin") -> None:
    """Train one of PLANS for `minutes` on the photos below `data`, checkpoints in
    build/marks/NETWORK, and write the averaged network there; 0 minutes only write it.
    """
    folder, plan, recipe = FOLDER / network, PLANS[network], RECIPES[network]
    prepare(folder)
    state = begin(MarksNetwork(len(plan.network.kinds), recipe.widths), recipe)
    if (folder / CHECKPOINT).exists():
        state.load(folder / CHECKPOINT)
    if minutes != 0:
        sources = restoration_sources.load(data, SOURCES)
        held = fixed(restoration_sources.load_held_out(data, SOURCES), plan, recipe)
        print(f"{len(sources)} photos", flush=True)
        limit = DEFAULT_MINUTES if minutes is None else minutes
        batches = Batches(sources, plan, recipe, state.samples)
        train(state, batches, held, folder=folder, minutes=limit)
    path = folder / f"{plan.network.name}.onnx"
    write(state, path)
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} samples", flush=True)


def begin(network: MarksNetwork, recipe: Recipe) -> State:
    """A training that has not begun."""
    torch.manual_seed(recipe.seed)
    network = network.to(device=device(), memory_format=torch.channels_last)
    return State(network, averaged(network, recipe.average), Muon(groups(network, *recipe.rates)))


class Batches(Endless[Batch]):
    """Batches without end."""

    def __init__(self, sources: Sources, plan: Plan, recipe: Recipe, begun: int) -> None:
        super().__init__(recipe.seed, begun)
        self.sources, self.plan, self.recipe = sources, plan, recipe

    def drawn(self, rng: np.random.Generator) -> Iterator[Batch]:
        drawn = examples(self.sources, self.plan, rng)
        while True:
            yield collate(list(islice(drawn, self.recipe.batch)))


def collate(drawn: list[Example]) -> Batch:
    """Examples of one size."""
    photos = np.stack([each.image for each in drawn]).transpose(0, 3, 1, 2)
    masks = np.stack([each.masks for each in drawn])
    return torch.from_numpy(np.ascontiguousarray(photos)), torch.from_numpy(masks)


def fixed(held: Sources, plan: Plan, recipe: Recipe) -> list[Batch]:
    """The same held-out examples in every run."""
    drawn = examples(held, plan, np.random.default_rng(5))
    return [collate(list(islice(drawn, recipe.batch))) for _ in range(_MEASURED // recipe.batch)]


def train(
    state: State, batches: Batches, held: list[Batch], *, folder: Path, minutes: float
) -> None:
    """Train for some minutes, saving to `folder` and telling its log."""
    recipe, kinds = batches.recipe, batches.plan.network.kinds
    drawn = loader(batches, recipe.workers)
    begun = state.steps
    peak = recipe.again if begun else 1.0

    def step(batch: Batch, done: float) -> dict[str, float]:
        warm = min(1.0, (state.steps - begun + 1) / recipe.warm_up)
        state.rate(warm * peak * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))
        return learn(state, batch, kinds)

    run(
        state,
        drawn,
        step=step,
        measure=lambda: measure(state, held, kinds),
        folder=folder,
        minutes=minutes,
        pace=recipe.pace,
    )


def learn(state: State, batch: Batch, kinds: tuple[str, ...]) -> dict[str, float]:
    """One step; returns the parts of the loss."""
    place = next(state.network.parameters()).device
    photos, masks = (part.to(place) for part in batch)
    # Processors without short floats take half as long again by them.
    with torch.autocast(place.type, torch.bfloat16, enabled=place.type != "cpu"):
        seen = photos.float().div(255).contiguous(memory_format=torch.channels_last)
        found = state.network(seen)
    parts = loss(found.float(), masks, kinds)
    state.learn(parts["spread"] + parts["dice"], len(photos), 1.0)
    return {name: float(part.detach()) for name, part in parts.items()}


def loss(found: Tensor, masks: Tensor, kinds: tuple[str, ...]) -> dict[str, Tensor]:
    """Cross-entropy of every pixel, and Dice of each kind over the batch, of those it has."""
    known, seen = (masks != UNSURE).float(), (masks == SEEN).float()
    each = known * functional.binary_cross_entropy_with_logits(found, seen, reduction="none")
    chance = found.sigmoid() * known
    both, size = (chance * seen).sum((0, 2, 3)), seen.sum((0, 2, 3))
    dice = 1 - (2 * both + 1) / (chance.sum((0, 2, 3)) + size + 1)
    there = (size > 30).float()
    worth = torch.tensor([_WORTH[kind] for kind in kinds], device=found.device)
    spread = ((each * (1 + _MARKED * seen)).mean((0, 2, 3)) * worth).sum()
    told = {"spread": spread, "dice": (dice * there).sum() / there.sum().clamp(min=1)}
    return told | {kind: dice[i] for i, kind in enumerate(kinds) if there[i]}


def measure(state: State, held: list[Batch], kinds: tuple[str, ...]) -> dict[str, float]:
    """F1 of the averaged network's masks on fixed held-out examples, at a probability of a half,
    and the share of unmarked crops on which it marks more than 50 pixels.
    """
    state.average.eval()
    place = next(state.network.parameters()).device
    hits, found, wanted = (torch.zeros(len(kinds)) for _ in range(3))
    alarms = list[bool]()
    with torch.no_grad():
        for photos, masks in held:
            marked = (state.average(photos.float().div(255).to(place)) > 0).cpu()
            marked, seen = marked & (masks != UNSURE), masks == SEEN
            hits += (marked & seen).sum((0, 2, 3))
            found += marked.sum((0, 2, 3))
            wanted += seen.sum((0, 2, 3))
            clean = (masks == NONE).flatten(1).all(1)
            alarms += (marked[clean].flatten(1).sum(1) > 50).tolist()
    f1 = 2 * hits / (found + wanted).clamp(min=1)
    told = {f"f1_{name}": round(float(value), 4) for name, value in zip(kinds, f1, strict=True)}
    return told | {"false_alarms": round(float(np.mean(alarms or [False])), 4)}


def write(state: State, path: Path) -> None:
    """Write the averaged network."""
    network = copy.deepcopy(state.average.module).cpu().to(memory_format=torch.contiguous_format)
    onnx_file.write_masks(network, path, OUTPUT, {"samples": str(state.samples)})
