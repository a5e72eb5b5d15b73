"""What every long training has in common: a state that goes on where it stopped, a loop, a log."""

import ctypes
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import torch
from torch import Tensor, nn

Figures = Mapping[str, object]
Batch = TypeVar("Batch")
CHECKPOINT, LOG = "checkpoint.pt", "log.jsonl"
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _LARGE = -1, -3, 2**31 - 1  # of mallopt; bytes
_PARTS = ("network", "average", "optimizer")


@dataclass
class State:
    """Everything a training needs to go on; `seconds` counts those of all runs."""

    network: nn.Module
    average: torch.optim.swa_utils.AveragedModel
    optimizer: torch.optim.Optimizer
    steps: int = 0
    samples: int = 0
    seconds: float = 0.0

    def save(self, path: Path) -> None:
        """Write a checkpoint in one go."""
        part = path.with_suffix(".part")
        told = {name: getattr(self, name).state_dict() for name in _PARTS}
        counts = {"steps": self.steps, "samples": self.samples, "seconds": self.seconds}
        torch.save(told | counts, part)
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        told = torch.load(path, map_location="cpu", weights_only=True)
        for name in _PARTS:
            getattr(self, name).load_state_dict(told[name])
        self.steps, self.seconds = told["steps"], told["seconds"]
        # Super-resolution counted patches, by that name.
        self.samples = told["samples"] if "samples" in told else told["patches"]

    def rate(self, share: float) -> None:
        """Set every group's rate to a share of its own, which stands in "base"."""
        for group in self.optimizer.param_groups:
            group["lr"] = group["base"] * share

    def learn(self, loss: Tensor, samples: int, most: float) -> None:
        """One step down a loss of some samples; gradients longer than `most` are shortened."""
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), most)
        self.optimizer.step()
        self.average.update_parameters(self.network)
        self.steps += 1
        self.samples += samples


@dataclass(frozen=True)
class Pace:
    """How often a training saves and measures, in seconds."""

    save_every_s: float = 180
    measure_every_s: float = 1200


def prepare(folder: Path) -> None:
    """Make the folder of a training; two threads, or as many as PROOFSHEET_THREADS says."""
    torch.set_num_threads(int(os.environ.get("PROOFSHEET_THREADS", "2")))
    torch.set_flush_denormal(True)
    _keep_memory()
    cv2.setNumThreads(1)
    folder.mkdir(parents=True, exist_ok=True)


def _keep_memory() -> None:
    """Have glibc take large blocks from the heap and keep them: mapped anew at each step, their
    pages cost more than half of it. Other C libraries have no such choice, older ones refuse.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt and mallopt(_MMAP_THRESHOLD, _LARGE):
        mallopt(_TRIM_THRESHOLD, _LARGE)


def run(
    state: State,
    batches: Iterable[Batch],
    *,
    step: Callable[[Batch, float], dict[str, float]],
    measure: Callable[[], Figures],
    folder: Path,
    minutes: float,
    pace: Pace,
) -> None:
    """Train for some minutes, saving to `folder`/checkpoint.pt and telling `folder`/log.jsonl.

    `step` learns from a batch, is told the share of the run that is done, and returns figures whose
    means are logged; `measure` gives those of held-out examples.
    """
    began = saved = measured = now = time.monotonic()
    first, parts = state.seconds, list[dict[str, float]]()
    state.network.train()
    for batch in batches:
        parts.append(step(batch, (now - began) / (60 * minutes)))
        now = time.monotonic()
        state.seconds = first + now - began
        ended = now - began > 60 * minutes
        if now - measured > pace.measure_every_s and not ended:
            tell(folder, state, {"held_out": measure()})
            state.network.train()
            measured = time.monotonic()
        if now - saved > pace.save_every_s or ended:
            keys = sorted({key for each in parts for key in each})
            tell(folder, state, {k: mean([each[k] for each in parts if k in each]) for k in keys})
            state.save(folder / CHECKPOINT)
            saved, parts = now, []
        if ended:
            break
    tell(folder, state, {"held_out": measure()})


def tell(folder: Path, state: State, figures: Figures) -> None:
    """One line of the log, printed too."""
    line = {
        "samples": state.samples,
        "seconds": round(state.seconds),
        "samples_per_s": round(state.samples / max(state.seconds, 1), 2),
        **figures,
    }
    print(json.dumps(line), flush=True)
    with (folder / LOG).open("a") as file:
        file.write(json.dumps(line) + "\n")


def mean(values: list[float]) -> float:
    """Return the mean, NaN of nothing."""
    return float(np.mean(values)) if values else float("nan")
