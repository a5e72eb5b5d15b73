"""Training of the network that corrects answers, begun from the one that gives them."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from ml import weights
from ml.train import distortion_sources, onnx_file
from ml.train.distortion import DEFAULT_MINUTES, FOLDER
from ml.train.distortion_corrections import correction
from ml.train.distortion_examples import Level
from ml.train.distortion_loss import Truth
from ml.train.distortion_network import DistortionNetwork, DistortionRefiner
from ml.train.distortion_training import (
    SIZES,
    Held,
    Recipe,
    Task,
    begin,
    collate,
    train,
)
from ml.train.run import CHECKPOINT, State, prepare

_MEASURED = Level(grids=0.0, mazes=0.0, clean=0.0, mildest=0.015)
_BATCHES = 12
_TOLERATED = 0.3  # hundredths of the width: errors beyond it count ever less


def main(data: Path, minutes: float | None = None) -> None:
    """Train for `minutes` on the photos below `data`, checkpoints in build/distortion, and write
    the averaged network to build/distortion/distortion_refiner.onnx; 0 minutes only write it.
    """
    folder = FOLDER / "refiner"
    prepare(folder)
    recipe = Recipe(seed=31)
    state = begin(_fresh(), recipe)
    checkpoint = folder / CHECKPOINT
    if checkpoint.exists():
        state.load(checkpoint)
    if minutes != 0:
        sources, held = distortion_sources.split(distortion_sources.load(data, FOLDER))
        limit = DEFAULT_MINUTES if minutes is None else minutes
        task = Task(correction, loss, measure)
        train(state, sources, _fixed(held), task=task, folder=folder, minutes=limit, recipe=recipe)
    path = FOLDER / "distortion_refiner.onnx"
    network = state.average.module.to(memory_format=torch.contiguous_format)
    onnx_file.write(network, path, ("correction",), {"samples": str(state.samples)}, channels=5)
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} samples", flush=True)


def _fresh() -> DistortionRefiner:
    """The network with the trunk of the one that gives answers, as far as that was trained."""
    network = DistortionRefiner(weights.locate("efficientnet_lite0"))
    known = FOLDER / CHECKPOINT
    if known.exists():
        first = DistortionNetwork(weights.locate("efficientnet_lite0"))
        average = torch.optim.swa_utils.AveragedModel(first)
        average.load_state_dict(torch.load(known, map_location="cpu", weights_only=True)["average"])
        network.trunk.load_state_dict(average.module.trunk.state_dict())
    return network


def _fixed(held: distortion_sources.Sources) -> Held:
    rng = np.random.default_rng(11)
    return [
        collate([correction(held, SIZES[i % len(SIZES)], _MEASURED, rng) for _ in range(24)])
        for i in range(_BATCHES)
    ]


def missed(answer: Tensor, truth: Truth) -> Tensor:
    """How far points (N,) miss their place after a correction (N, kinds - 1, WIDTH), on average, in
    hundredths of the width.
    """
    rows = torch.arange(len(truth.kinds))
    wrong = answer[rows, truth.kinds - 1] - truth.vectors
    return _distance(wrong, truth)


def _distance(wrong: Tensor, truth: Truth) -> Tensor:
    moved = torch.einsum("npv,nv->np", truth.effects, wrong)
    return moved.view(len(wrong), -1, 2).norm(dim=2).mean(1)


def loss(answer: Tensor, truth: Truth) -> tuple[Tensor, dict[str, float]]:
    """The distance that is left, in the logarithm, with what it was before for the log."""
    left, before = missed(answer, truth), _distance(truth.vectors, truth)
    total = (1 + left / _TOLERATED).log().mean()
    share = (left / before.clamp(min=1e-3)).median().item()
    return total, {"left": left.median().item(), "share": share}


def measure(state: State, held: Held) -> dict[str, float]:
    """Figures of the averaged network on fixed held-out examples."""
    state.average.eval()
    left, before = [], []
    with torch.no_grad():
        for photos, truth in held:
            answer = state.average(photos.float().contiguous(memory_format=torch.channels_last))
            left += missed(answer, truth).tolist()
            before += _distance(truth.vectors, truth).tolist()
    shares = np.array(left) / np.maximum(before, 1e-3)
    return {
        "before_median_px_at_512": float(np.median(before)) * 5.12,
        "left_median_px_at_512": float(np.median(left)) * 5.12,
        "share_median": float(np.median(shares)),
        "worse": float(np.mean(shares > 1)),
        "examples": len(left),
    }
