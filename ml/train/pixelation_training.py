"""The training loop of the pixelation network: examples without end, checkpoints, a log."""

import math
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ml.train.averaging import averaged
from ml.train.pixelation_examples import example
from ml.train.pixelation_network import CELL, PixelationNetwork

Pixels = NDArray[np.uint8]
Batch = tuple[torch.Tensor, torch.Tensor, torch.Tensor]

SIDE = 256
_BATCH = 16
_PER_EXAMPLE = 2  # crops
_RATE, _AVERAGE = 2e-3, 0.997
_SAVE_EVERY_S, _TELL_EVERY = 120.0, 50
_AHEAD = 3  # batches made while one is learned
_SEED = 41


@dataclass
class State:
    """Everything a training needs to go on; `seconds` counts those of all runs."""

    network: PixelationNetwork
    average: torch.optim.swa_utils.AveragedModel
    optimizer: torch.optim.Optimizer
    steps: int = 0
    seconds: float = 0.0

    def save(self, path: Path) -> None:
        """Write a checkpoint in one go."""
        part = path.with_suffix(".part")
        parts = ("network", "average", "optimizer")
        told = {name: getattr(self, name).state_dict() for name in parts}
        torch.save(told | {"steps": self.steps, "seconds": self.seconds}, part)
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        told = torch.load(path, map_location="cpu", weights_only=True)
        for name in ("network", "average", "optimizer"):
            getattr(self, name).load_state_dict(told[name])
        self.steps, self.seconds = told["steps"], told["seconds"]


def begin() -> State:
    """A training that has not begun."""
    torch.manual_seed(_SEED)
    network = PixelationNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=1e-3)
    return State(network, averaged(network, _AVERAGE), optimizer)


def train(state: State, photos: list[Pixels], folder: Path, minutes: float) -> None:
    """Learn for so long; the rate falls to nothing towards the end of the run."""
    network, started, saved = state.network.train(), time.monotonic(), time.monotonic()
    limit, losses = minutes * 60, []
    with ThreadPoolExecutor(1) as maker:
        # Each batch is made from its own number: the same in every run, in whatever order.
        waiting = [maker.submit(batch, photos, state.steps + i) for i in range(_AHEAD)]
        while (spent := time.monotonic() - started) < limit:
            images, wanted, weight = waiting.pop(0).result()
            waiting.append(maker.submit(batch, photos, state.steps + _AHEAD))
            warm = min(1.0, (state.steps + 1) / 100)
            for group in state.optimizer.param_groups:
                group["lr"] = _RATE * warm * (0.02 + 0.98 * math.cos(math.pi / 2 * spent / limit))
            error = loss(network(images.float()), wanted, weight)
            state.optimizer.zero_grad()
            error.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            state.optimizer.step()
            state.average.update_parameters(network)
            state.steps += 1
            losses.append(float(error.detach()))
            if state.steps % _TELL_EVERY == 0:
                mean = float(np.mean(losses[-_TELL_EVERY:]))
                print(f"step {state.steps}, {spent:.0f} s, loss {mean:.4f}", flush=True)
            if time.monotonic() - saved > _SAVE_EVERY_S:
                state.save(folder / "checkpoint.pt")
                saved = time.monotonic()
        for each in waiting:
            each.cancel()
    state.seconds += time.monotonic() - started
    state.save(folder / "checkpoint.pt")


def loss(logits: torch.Tensor, wanted: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of cells, those of mosaics and the hardest of the others counting more."""
    each = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none")
    hard = 1 + 2 * (torch.sigmoid(logits.detach()) - wanted).abs()
    weight = weight * hard
    return (each * weight).sum() / weight.sum().clamp(min=1)


def batch(photos: list[Pixels], number: int) -> Batch:
    """Luma (N, 1, SIDE, SIDE) uint8, and per cell the share that is mosaic and its weight."""
    rng = np.random.default_rng((_SEED, number))
    cut: list[Pixels] = []
    while len(cut) < _BATCH:
        made = example(photos[int(rng.integers(len(photos)))], rng, 560)
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
