"""Training of the distortion network; a run that was stopped goes on from its checkpoint."""

from pathlib import Path

import numpy as np
import torch

from ml import weights
from ml.train import distortion_sources, onnx_file
from ml.train.distortion_examples import Level, example
from ml.train.distortion_loss import GROUP_INDEX, group_probabilities, loss
from ml.train.distortion_network import Answer, DistortionNetwork
from ml.train.distortion_training import (
    SIZES,
    Held,
    Recipe,
    Task,
    begin,
    collate,
    train,
)
from ml.train.run import CHECKPOINT, State, mean, prepare

FOLDER = Path("build/distortion")
DEFAULT_MINUTES = 600.0
# What held-out examples are like: photos alone, half of them clean, from 1.5 % on.
MEASURED = Level(grids=0.0, mazes=0.0, clean=0.5, mildest=0.015)
_MEASURED_BATCHES = 16


def main(data: Path, minutes: float | None = None) -> None:
    """Train for `minutes` on the photos below `data`, checkpoints in build/distortion, and write
    the averaged network to build/distortion/distortion.onnx; 0 minutes only write it.
    """
    prepare(FOLDER)
    recipe = Recipe()
    state = begin(DistortionNetwork(weights.locate("efficientnet_lite0")), recipe)
    checkpoint = FOLDER / CHECKPOINT
    if checkpoint.exists():
        state.load(checkpoint)
    if minutes != 0:
        sources, held = distortion_sources.split(distortion_sources.load(data, FOLDER))
        print(f"{len(sources)} photos for training, {len(held)} held out", flush=True)
        limit = DEFAULT_MINUTES if minutes is None else minutes
        task = Task(example, loss, measure)
        train(state, sources, fixed(held), task=task, folder=FOLDER, minutes=limit, recipe=recipe)
    path = FOLDER / "distortion.onnx"
    network = state.average.module.to(memory_format=torch.contiguous_format)
    onnx_file.write(network, path, Answer._fields, {"samples": str(state.samples)})
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} samples", flush=True)


def fixed(held: distortion_sources.Sources) -> Held:
    """The same held-out examples in every run."""
    rng = np.random.default_rng(7)
    return [
        collate([example(held, SIZES[i % len(SIZES)], MEASURED, rng) for _ in range(24)])
        for i in range(_MEASURED_BATCHES)
    ]


def measure(state: State, held: Held) -> dict[str, float]:
    """Figures of the averaged network on fixed held-out examples."""
    state.average.eval()
    right, alarms, clean, fine, distances = [], 0, 0, [], []
    with torch.no_grad():
        for photos, truth in held:
            answer = state.average(photos.float().contiguous(memory_format=torch.channels_last))
            groups = GROUP_INDEX[truth.kinds]
            found = group_probabilities(answer.kinds).argmax(1)
            none = truth.kinds == 0
            alarms += int((found[none] != 0).sum())
            clean += int(none.sum())
            right += (found == groups)[~none].tolist()
            fine += (answer.kinds.argmax(1) == truth.kinds)[~none].tolist()
            rows = (~none).nonzero()[:, 0]
            wrong = answer.mean[rows, truth.kinds[rows] - 1] - truth.vectors[rows]
            missed = torch.einsum("npv,nv->np", truth.effects[rows], wrong)
            distances += missed.view(len(rows), -1, 2).norm(dim=2).mean(1).tolist()
    return {
        "group_accuracy_of_warped": mean(right),
        "kind_accuracy_of_warped": mean(fine),
        "false_alarms": alarms / max(clean, 1),
        "clean": clean,
        "warped": len(right),
        "distance_median_px_at_512": float(np.median(distances)) * 5.12,
    }
