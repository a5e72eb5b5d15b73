"""Training of the pixelation network: examples without end, in the shared loop."""

import math
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ml.train.averaging import averaged
from ml.train.muon import Muon, groups
from ml.train.pixelation_examples import HARD, example
from ml.train.pixelation_network import CELL, PixelationNetwork
from ml.train.run import Pace, State, run

Pixels = NDArray[np.uint8]
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]

SIDE = 320
_BATCH, _PER_EXAMPLE = 18, 2  # crops
_LONGEST = 560  # px of an example
_RATES, _AVERAGE = (1e-2, 2e-3), 0.99
_ENDS = ("head.", "combs.1", "tail.")
_WARM_UP, _MOST = 50, 2.0  # steps, and length of a gradient
_MEASURED = 12  # batches
_PACE = Pace(measure_every_s=600)
_SEED = 41


def begin() -> State:
    """A training that has not begun."""
    torch.manual_seed(_SEED)
    network = PixelationNetwork().to(memory_format=torch.channels_last)
    return State(network, averaged(network, _AVERAGE), Muon(groups(network, *_RATES, _ENDS)))


def train(
    state: State, taught: list[Pixels], others: list[Pixels], folder: Path, minutes: float
) -> None:
    """Learn from `taught` for so long, the rate falling to nothing, and measure on `others`."""
    held = [batch(others, -1 - number) for number in range(_MEASURED)]
    begun = state.steps

    def step(one: Batch, done: float) -> dict[str, float]:
        warm = min(1.0, (state.steps - begun + 1) / _WARM_UP)
        state.rate(warm * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))
        images, wanted, weight = one
        error = loss(state.network(images.float()), wanted, weight)
        state.learn(error, len(images), _MOST)
        return {"loss": float(error.detach())}

    run(
        state,
        _batches(taught, state.steps),
        step=step,
        measure=lambda: measure(state, held),
        folder=folder,
        minutes=minutes,
        pace=_PACE,
    )


def measure(state: State, held: list[Batch]) -> dict[str, float]:
    """What the averaged network makes of batches: its loss, and how many cells of mosaics it finds
    where it mistakes 1 % of the others.
    """
    network = state.average.module.eval()
    with torch.no_grad():
        logits = torch.cat([network(images.float()) for images, _, _ in held])
    wanted, weight = (torch.cat([one[i] for one in held]) for i in (1, 2))
    known = weight > 0
    clean, mosaic = logits[known & (wanted < 0.02)], logits[known & (wanted > 0.6)]
    found = (mosaic > clean.quantile(0.99)).float().mean()
    return {"loss": float(loss(logits, wanted, weight)), "found": float(found)}


def loss(logits: torch.Tensor, wanted: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of cells, those of mosaics and the hardest of the others counting more."""
    each = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    hard = 1 + 2 * (torch.sigmoid(logits.detach()) - wanted).abs()
    weight = weight * hard
    return (each * weight).sum() / weight.sum().clamp(min=1)


def _batches(photos: list[Pixels], first: int) -> Iterator[Batch]:
    """Batches without end, each made from its own number: the same in every run."""
    while True:
        yield batch(photos, first)
        first += 1


def batch(photos: list[Pixels], number: int) -> Batch:
    """Luma (N, 1, SIDE, SIDE) uint8, and per cell the share that is mosaic and its weight."""
    rng = np.random.default_rng((_SEED, abs(number), int(number < 0)))
    cut: list[Pixels] = []
    while len(cut) < _BATCH:
        made = example(photos[int(rng.integers(len(photos)))], rng, _LONGEST, HARD)
        luma = cv2.cvtColor(made.image, cv2.COLOR_RGB2GRAY)
        layers = np.dstack([luma, 255 * made.mask, 255 * made.unsure]).astype(np.uint8)
        cut += [_cut(layers, rng) for _ in range(_PER_EXAMPLE)]
    whole = torch.from_numpy(np.stack(cut).transpose(0, 3, 1, 2).copy())
    share = functional.avg_pool2d(whole[:, 1:].float() / 255, CELL)
    return whole[:, :1], share[:, :1], (share[:, 1:] < 0.3).float()


def _cut(layers: Pixels, rng: np.random.Generator) -> Pixels:
    """A square of SIDE px, on JPEG's grid as the photo has it, mirrored where that is smaller."""
    height, width = layers.shape[:2]
    down, across = max(0, SIDE - height), max(0, SIDE - width)
    if down or across:
        layers = np.pad(layers, ((0, down), (0, across), (0, 0)), "symmetric")
    y, x = (CELL * int(rng.integers(0, (n - SIDE) // CELL + 1)) for n in layers.shape[:2])
    return layers[y : y + SIDE, x : x + SIDE]
