"""Training of the blind restoration network; a run that was stopped goes on from its checkpoint."""

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from ml.degradations.blur import GaussianBlur, Jpeg, MotionBlur
from ml.degradations.degradation import Degradation
from ml.degradations.noise import CameraNoise, GaussianNoise
from ml.restoration.blind import STEPS
from ml.train import onnx_file, restoration_sources
from ml.train.averaging import averaged
from ml.train.distortion_sources import Sources
from ml.train.restoration_examples import Example, example, steering
from ml.train.restoration_network import Restorer, Shape
from ml.train.run import CHECKPOINT, Pace, State, prepare, run

FOLDER = Path("build/restoration")
DEFAULT_MINUTES = 600.0
Batch = tuple[Tensor, Tensor]
"""Damaged photos with what is told of them (N, 3 + STEPS, H, W), and clean ones (N, 3, H, W)."""

_MEASURED: Mapping[str, Degradation] = {
    "noise15": GaussianNoise.of(15, 1),
    "noise25": GaussianNoise.of(25, 2),
    "noise50": GaussianNoise.of(50, 3),
    "camera": CameraNoise(0.2, 4),
    "jpeg20": Jpeg.of(20),
    "blur2": GaussianBlur.of(2),
    "motion": MotionBlur(0.4, 5),
}
_MEASURED_PHOTOS, _MEASURED_SIDE = 12, 192


@dataclass(frozen=True)
class Recipe:
    """What a training is made of. The rate falls along a cosine to nothing in every run; a run that
    goes on begins at `again` of it.
    """

    batch: int = 16
    side: int = 128
    rate: float = 1e-3
    again: float = 0.5
    warm_up: int = 200
    average: float = 0.999
    workers: int = 1
    pace: Pace = field(default_factory=lambda: Pace(measure_every_s=600))
    seed: int = 37


def main(data: Path, minutes: float | None = None) -> None:
    """Train for `minutes` on the photos below `data`, checkpoints in build/restoration, and write
    the averaged network to build/restoration/restoration.onnx; 0 minutes only write it.
    """
    prepare(FOLDER)
    recipe = Recipe()
    state = begin(Shape(), recipe)
    if (FOLDER / CHECKPOINT).exists():
        state.load(FOLDER / CHECKPOINT)
    if minutes != 0:
        sources = restoration_sources.load(data, FOLDER)
        held = measured(data)
        print(f"{len(sources)} photos; as they are: {nothing(held)}", flush=True)
        limit = DEFAULT_MINUTES if minutes is None else minutes
        train(state, sources, held, folder=FOLDER, minutes=limit, recipe=recipe)
    path = FOLDER / "restoration.onnx"
    write(state, path)
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} samples", flush=True)


def device() -> torch.device:
    """A GPU where torch finds one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def begin(shape: Shape, recipe: Recipe) -> State:
    """A training that has not begun."""
    torch.manual_seed(recipe.seed)
    network = Restorer(shape).to(device=device(), memory_format=torch.channels_last)
    groups = network.groups(recipe.rate)
    optimizer = torch.optim.AdamW(groups, weight_decay=1e-4, betas=(0.9, 0.99))
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
        while True:
            yield collate(
                [example(self.sources, self.recipe.side, rng) for _ in range(self.recipe.batch)]
            )


def collate(examples: list[Example]) -> Batch:
    """Examples of one size."""
    images = np.stack([each.image for each in examples]).transpose(0, 3, 1, 2)
    told = np.stack([each.steering.planes() for each in examples])[..., None, None]
    planes = np.broadcast_to(told, (len(images), STEPS, *images.shape[2:]))
    clean = np.stack([each.clean for each in examples]).transpose(0, 3, 1, 2)
    both = np.concatenate([images, planes], 1).astype(np.float32)
    return torch.from_numpy(both), torch.from_numpy(np.ascontiguousarray(clean, np.float32))


def train(
    state: State,
    sources: Sources,
    held: Mapping[str, Batch],
    *,
    folder: Path,
    minutes: float,
    recipe: Recipe,
) -> None:
    """Train for some minutes, saving to `folder` and telling its log."""
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
        return {"loss": learn(state, batch)}

    run(
        state,
        loader,
        step=step,
        measure=lambda: measure(state, held),
        folder=folder,
        minutes=minutes,
        pace=recipe.pace,
    )


def learn(state: State, batch: Batch) -> float:
    """One step; returns the mean absolute error."""
    place = next(state.network.parameters()).device
    photos, clean = (part.to(place, memory_format=torch.channels_last) for part in batch)
    with torch.autocast(place.type, torch.bfloat16):
        found = state.network(photos)
    loss = functional.l1_loss(found.float(), clean)
    state.learn(loss, len(photos), 1.0)
    return float(loss.detach())


def measured(data: Path) -> dict[str, Batch]:
    """The middle of some held-out photos, damaged in every way that is told of."""
    names = sorted(
        name
        for name in restoration_sources.held_out()
        if name.startswith(("train/photos_hq/", "train/photos_osie/")) and (data / name).is_file()
    )
    chosen = names[:: max(1, len(names) // _MEASURED_PHOTOS)][:_MEASURED_PHOTOS]
    crops = []
    for name in chosen:
        photo = restoration_sources.clean(data / name)
        side = min(_MEASURED_SIDE, *(n // 8 * 8 for n in photo.shape[:2]))
        top, left = ((n - side) // 2 for n in photo.shape[:2])
        part = photo[top : top + side, left : left + side]
        crops.append(np.asarray(cv2.resize(part, (_MEASURED_SIDE,) * 2), np.uint8))
    return {
        name: collate([_damaged(crop, damage) for crop in crops])
        for name, damage in _MEASURED.items()
    }


def _damaged(crop: NDArray[np.uint8], damage: Degradation) -> Example:
    clean = crop.astype(np.float32) / np.float32(255)
    if isinstance(damage, GaussianNoise):
        image = damage.apply(clean).image
    else:
        image = damage.apply(crop).image.astype(np.float32) / np.float32(255)
    return Example(image, clean, steering([damage]))


def nothing(held: Mapping[str, Batch]) -> dict[str, float]:
    """PSNR of held-out photos as they are."""
    return {name: _db(photos[:, :3], clean) for name, (photos, clean) in held.items()}


def measure(state: State, held: Mapping[str, Batch]) -> dict[str, float]:
    """PSNR of the averaged network on held-out photos, in dB, mean over photos."""
    state.average.eval()
    place = next(state.network.parameters()).device
    with torch.no_grad():
        return {
            name: _db(state.average(photos.to(place)).cpu(), clean)
            for name, (photos, clean) in held.items()
        }


def _db(found: Tensor, clean: Tensor) -> float:
    error = (found.clamp(0, 1) - clean).square().mean((1, 2, 3))
    return round(float((-10 * error.clamp(min=1e-9).log10()).mean()), 3)


def write(state: State, path: Path) -> None:
    """Write the averaged network, collapsed to plain convolutions."""
    network = copy.deepcopy(state.average.module).cpu().eval().collapsed()
    network = network.to(memory_format=torch.contiguous_format)
    told = {"samples": str(state.samples)}
    onnx_file.write_restorer(network, path, 3 + STEPS, told)
