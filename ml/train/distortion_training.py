"""The training loop of the distortion network: examples without end, checkpoints, a log."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
import torch
from torch import Tensor, nn

from ml.train.averaging import averaged
from ml.train.distortion_examples import Example, Level, level_after
from ml.train.distortion_loss import Truth
from ml.train.distortion_sources import Sources
from ml.train.endless import Endless, loader
from ml.train.run import Pace, State, run

SIZES = ((192, 192), (224, 160), (160, 224), (224, 192), (192, 160), (160, 192))
_SHARES = (0.3, 0.25, 0.15, 0.1, 0.1, 0.1)


Held = list[tuple[Tensor, Truth]]


@dataclass(frozen=True)
class Recipe:
    """What a training is made of: `rate` is held after the warm-up and falls to nothing over the
    last part (`fall`) of each run; the next run goes on from there at the full rate again.
    """

    batch: int = 24
    rate: float = 4e-4
    warm_up: int = 200
    fall: float = 0.6
    decay: float = 1e-4
    average: float = 0.998
    workers: int = 1
    sizes: tuple[tuple[int, int], ...] = SIZES
    shares: tuple[float, ...] = _SHARES
    pace: Pace = field(default_factory=Pace)
    seed: int = 29


class Trained(Protocol):
    """What a training asks of a network, beside being a torch module."""

    def groups(self, rate: float) -> list[dict[str, Any]]:
        """Parameter groups with their rates, which stand in "base" too."""


@dataclass(frozen=True)
class Task:
    """What is learned: examples, the loss of an answer with its parts, figures of what is held."""

    example: Callable[[Sources, tuple[int, int], Level, np.random.Generator], Example]
    loss: Callable[[Any, Truth], tuple[Tensor, dict[str, float]]]
    measure: Callable[[State, Held], dict[str, float]]


class Batches(Endless[tuple[torch.Tensor, Truth]]):
    """Batches without end; each has one size of pictures."""

    def __init__(self, sources: Sources, task: "Task", recipe: Recipe, begun: int) -> None:
        super().__init__(recipe.seed, begun)
        self.sources, self.task, self.recipe, self.begun = sources, task, recipe, begun

    def drawn(self, rng: np.random.Generator) -> Iterator[tuple[torch.Tensor, Truth]]:
        worker = torch.utils.data.get_worker_info()
        of = worker.num_workers if worker else 1
        samples = self.begun
        while True:
            size = self.recipe.sizes[rng.choice(len(self.recipe.sizes), p=self.recipe.shares)]
            level = level_after(samples)
            yield collate(
                [
                    self.task.example(self.sources, size, level, rng)
                    for _ in range(self.recipe.batch)
                ]
            )
            samples += self.recipe.batch * of


def collate(examples: list[Example]) -> tuple[torch.Tensor, Truth]:
    """Examples of one size as uint8 photos (N, 3, H, W) and their truth."""
    photos = np.stack([each.image for each in examples]).transpose(0, 3, 1, 2)
    return torch.from_numpy(np.ascontiguousarray(photos)), Truth(
        torch.tensor([each.kind for each in examples]),
        torch.tensor([each.choice for each in examples]),
        torch.from_numpy(np.stack([each.vector for each in examples])),
        torch.from_numpy(np.stack([each.effect for each in examples])),
    )


def begin(fresh: nn.Module, recipe: Recipe) -> State:
    """The training of a network (see `Trained`) that has not begun."""
    network = fresh.to(memory_format=torch.channels_last)
    average = averaged(network, recipe.average)
    groups = cast("Trained", fresh).groups(recipe.rate)
    return State(network, average, torch.optim.AdamW(groups, weight_decay=recipe.decay))


def train(
    state: State,
    sources: Sources,
    held: Held,
    *,
    task: Task,
    folder: Path,
    minutes: float,
    recipe: Recipe,
) -> None:
    """Train for some minutes, saving to `folder`/checkpoint.pt and telling `folder`/log.jsonl."""
    drawn = loader(Batches(sources, task, recipe, state.samples), recipe.workers)

    def step(batch: tuple[Tensor, Truth], done: float) -> dict[str, float]:
        return _step(state, batch, task, recipe, 1 - done)

    run(
        state,
        drawn,
        step=step,
        measure=lambda: task.measure(state, held),
        folder=folder,
        minutes=minutes,
        pace=recipe.pace,
    )


def _step(
    state: State, batch: tuple[Tensor, Truth], task: Task, recipe: Recipe, left: float
) -> dict[str, float]:
    photos, truth = batch
    warm = min(1.0, (state.steps + 1) / recipe.warm_up)
    fallen = (1 - math.cos(math.pi * min(1.0, max(left, 0.0) / recipe.fall))) / 2
    state.rate(warm * max(fallen, 0.01))
    answer = state.network(photos.float().contiguous(memory_format=torch.channels_last))
    total, parts = task.loss(answer, truth)
    state.learn(total, len(photos), 5.0)
    return parts
