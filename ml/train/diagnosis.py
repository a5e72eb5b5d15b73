"""Training of the diagnosis network; a run that was stopped goes on from its checkpoint."""

import copy
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from ml import weights
from ml.degradations.table import KINDS
from ml.restoration.diagnosis import LOCAL, NUMBERS, OUTPUTS
from ml.train import onnx_file, restoration_sources
from ml.train.averaging import averaged
from ml.train.diagnosis_examples import Example, example
from ml.train.diagnosis_network import Answer, DiagnosisNetwork
from ml.train.distortion_sources import Sources
from ml.train.restoration import FOLDER as SOURCES
from ml.train.restoration import device
from ml.train.run import CHECKPOINT, Pace, State, prepare, run

FOLDER = Path("build/diagnosis")
DEFAULT_MINUTES = 300.0
_MEASURED = 6  # batches
_MARKED = 4.0  # how much more a pixel of a mark counts than one beside it

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""Photos (N, 3, H, W) uint8, kinds (N, kinds), numbers (N, 4), masks (N, local, H/2, W/2)."""


@dataclass(frozen=True)
class Recipe:
    """What a training is made of. The rate falls along a cosine to nothing in every run; a run that
    goes on begins at `again` of it.
    """

    batch: int = 16
    side: int = 224
    rate: float = 1e-3
    again: float = 0.5
    warm_up: int = 200
    average: float = 0.998
    workers: int = 1
    pace: Pace = field(default_factory=lambda: Pace(measure_every_s=900))
    seed: int = 43


def main(data: Path, minutes: float | None = None) -> None:
    """Train for `minutes` on the photos below `data`, checkpoints in build/diagnosis, and write the
    averaged network to build/diagnosis/diagnosis.onnx; 0 minutes only write it.
    """
    prepare(FOLDER)
    recipe = Recipe()
    state = begin(DiagnosisNetwork(weights.locate("efficientnet_lite0")), recipe)
    if (FOLDER / CHECKPOINT).exists():
        state.load(FOLDER / CHECKPOINT)
    if minutes != 0:
        sources = restoration_sources.load(data, SOURCES)
        held = fixed(restoration_sources.load_held_out(data, SOURCES), recipe)
        print(f"{len(sources)} photos", flush=True)
        limit = DEFAULT_MINUTES if minutes is None else minutes
        train(state, sources, held, minutes=limit, recipe=recipe)
    path = FOLDER / "diagnosis.onnx"
    write(state, path)
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} samples", flush=True)


def begin(network: DiagnosisNetwork, recipe: Recipe) -> State:
    """A training that has not begun."""
    torch.manual_seed(recipe.seed)
    network = network.to(device=device(), memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.groups(recipe.rate), weight_decay=1e-4)
    return State(network, averaged(network, recipe.average), optimizer)


class Batches(IterableDataset[Batch]):
    """Batches without end."""

    def __init__(self, sources: Sources, recipe: Recipe, begun: int) -> None:
        super().__init__()
        self.sources, self.recipe, self.begun = sources, recipe, begun

    def __iter__(self) -> Iterator[Batch]:
        cv2.setNumThreads(1)
        worker = torch.utils.data.get_worker_info()
        rng = np.random.default_rng((self.recipe.seed, self.begun, worker.id if worker else 0))
        side, count = self.recipe.side, self.recipe.batch
        while True:
            yield collate([example(self.sources, side, rng) for _ in range(count)])


def collate(examples: list[Example]) -> Batch:
    """Examples of one size; masks are halved, a pixel of a mark staying one."""
    photos = np.stack([each.image for each in examples]).transpose(0, 3, 1, 2)
    masks = torch.from_numpy(np.stack([each.masks for each in examples])).float()
    return (
        torch.from_numpy(np.ascontiguousarray(photos)),
        torch.from_numpy(np.stack([each.kinds for each in examples])),
        torch.from_numpy(np.stack([each.numbers for each in examples])),
        functional.max_pool2d(masks, 2),
    )


def fixed(held: Sources, recipe: Recipe) -> list[Batch]:
    """The same held-out examples in every run."""
    rng = np.random.default_rng(5)
    return [collate([example(held, recipe.side, rng) for _ in range(16)]) for _ in range(_MEASURED)]


def train(
    state: State, sources: Sources, held: list[Batch], *, minutes: float, recipe: Recipe
) -> None:
    """Train for some minutes, saving to FOLDER and telling its log."""
    loader = DataLoader(
        Batches(sources, recipe, state.samples),
        batch_size=None,
        num_workers=recipe.workers,
        prefetch_factor=4 if recipe.workers else None,
    )
    begun = state.steps
    peak = recipe.again if begun else 1.0

    def step(batch: Batch, done: float) -> dict[str, float]:
        warm = min(1.0, (state.steps - begun + 1) / recipe.warm_up)
        state.rate(warm * peak * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))
        return learn(state, batch)

    run(
        state,
        loader,
        step=step,
        measure=lambda: measure(state, held),
        folder=FOLDER,
        minutes=minutes,
        pace=recipe.pace,
    )


def learn(state: State, batch: Batch) -> dict[str, float]:
    """One step; returns the parts of the loss."""
    place = next(state.network.parameters()).device
    photos, *truth = (part.to(place) for part in batch)
    with torch.autocast(place.type, torch.bfloat16):
        seen = photos.float().div(255).contiguous(memory_format=torch.channels_last)
        answer = state.network(seen)
    parts = loss(Answer(*(part.float() for part in answer)), *truth)
    state.learn(parts["kinds"] + parts["numbers"] + parts["masks"], len(photos), 5.0)
    return {name: float(part.detach()) for name, part in parts.items()}


def loss(answer: Answer, kinds: Tensor, numbers: Tensor, masks: Tensor) -> dict[str, Tensor]:
    """Cross-entropy of kinds; the relative error of the numbers of those that are there; of masks
    cross-entropy, and Dice where there is one.
    """
    there = numbers.isfinite()
    wanted = numbers.nan_to_num(0.5)
    missed = (answer.numbers - wanted).abs() / (wanted + 0.05) * there
    each = functional.binary_cross_entropy_with_logits(answer.masks, masks, reduction="none")
    spread = (each * (1 + _MARKED * masks)).mean()
    chance = answer.masks.sigmoid()
    both, size = (chance * masks).sum((2, 3)), masks.sum((2, 3))
    dice = 1 - (2 * both + 1) / (chance.sum((2, 3)) + size + 1)
    marked = (size > 0).float()
    return {
        "kinds": functional.binary_cross_entropy_with_logits(answer.kinds, kinds) * 4,
        "numbers": missed.sum() / there.sum().clamp(min=1),
        "masks": 2 * spread + 0.5 * (dice * marked).sum() / marked.sum().clamp(min=1),
    }


def measure(state: State, held: list[Batch]) -> dict[str, float]:
    """Figures of the averaged network on fixed held-out examples, at a probability of a half."""
    state.average.eval()
    place = next(state.network.parameters()).device
    said, true, errors = list[Tensor](), list[Tensor](), list[Tensor]()
    hits, found, wanted = (torch.zeros(len(LOCAL)) for _ in range(3))
    with torch.no_grad():
        for photos, kinds, numbers, masks in held:
            answer = state.average(photos.float().div(255).to(place))
            said.append(answer.kinds.cpu() > 0)
            true.append(kinds > 0.5)
            errors.append((answer.numbers.cpu() - numbers).abs() / numbers)
            marked = answer.masks.cpu() > 0
            hits += (marked & (masks > 0)).sum((0, 2, 3))
            found += marked.sum((0, 2, 3))
            wanted += (masks > 0).sum((0, 2, 3))
    said_all, true_all = torch.cat(said), torch.cat(true)
    both = (said_all & true_all).sum(0)
    f1 = 2 * both / (said_all.sum(0) + true_all.sum(0)).clamp(min=1)
    missed = torch.cat(errors).nanmedian(0).values
    clean = ~true_all.any(1)
    told = {f"f1_{name}": float(value) for name, value in zip(KINDS, f1, strict=True)}
    told |= {f"error_{name}": float(value) for name, value in zip(NUMBERS, missed, strict=True)}
    overlap = 2 * hits / (found + wanted).clamp(min=1)
    told |= {f"mask_{name}": float(value) for name, value in zip(LOCAL, overlap, strict=True)}
    told["macro_f1"] = float(f1.mean())
    told["false_alarms"] = float(said_all[clean].any(1).float().mean()) if clean.any() else 0.0
    return {name: round(value, 4) for name, value in told.items()}


def write(state: State, path: Path) -> None:
    """Write the averaged network."""
    network = copy.deepcopy(state.average.module).cpu().to(memory_format=torch.contiguous_format)
    onnx_file.write_diagnosis(network, path, OUTPUTS, {"samples": str(state.samples)})
