"""Training of the distortion network; a run that was stopped goes on from its checkpoint."""

import os
from pathlib import Path

import cv2
import numpy as np
import torch

from ml import weights
from ml.train import distortion_sources, onnx_file
from ml.train.distortion_examples import Level, example
from ml.train.distortion_loss import Truth
from ml.train.distortion_network import Answer
from ml.train.distortion_training import SIZES, Recipe, begin, collate, train

FOLDER = Path("build/distortion")
DEFAULT_MINUTES = 600.0
# What held-out examples are like: photos alone, half of them clean, from 1.5 % on.
MEASURED = Level(grids=0.0, mazes=0.0, clean=0.5, mildest=0.015)
_MEASURED_BATCHES = 16


def main(data: Path, minutes: float | None = None) -> None:
    """Train for `minutes` on the photos below `data`, checkpoints in build/distortion, and write
    the averaged network to build/distortion/distortion.onnx; 0 minutes only write it.
    """
    torch.set_num_threads(int(os.environ.get("PROOFSHEET_THREADS", "2")))
    torch.set_flush_denormal(True)
    cv2.setNumThreads(1)
    FOLDER.mkdir(parents=True, exist_ok=True)
    recipe = Recipe()
    state = begin(weights.locate("efficientnet_lite0"), recipe)
    checkpoint = FOLDER / "checkpoint.pt"
    if checkpoint.exists():
        state.load(checkpoint)
    if minutes != 0:
        sources, held = distortion_sources.split(distortion_sources.load(data, FOLDER))
        print(f"{len(sources)} photos for training, {len(held)} held out", flush=True)
        limit = DEFAULT_MINUTES if minutes is None else minutes
        train(state, sources, fixed(held), folder=FOLDER, minutes=limit, recipe=recipe)
    path = FOLDER / "distortion.onnx"
    network = state.average.module.to(memory_format=torch.contiguous_format)
    onnx_file.write(network, path, Answer._fields, {"samples": str(state.samples)})
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} samples", flush=True)


def fixed(held: distortion_sources.Sources) -> list[tuple[torch.Tensor, Truth]]:
    """The same held-out examples in every run."""
    rng = np.random.default_rng(7)
    return [
        collate([example(held, SIZES[i % len(SIZES)], MEASURED, rng) for _ in range(24)])
        for i in range(_MEASURED_BATCHES)
    ]
