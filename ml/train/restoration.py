"""Training of the restoration networks; a run that was stopped goes on from its checkpoint."""

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ml.degradations.blur import Jpeg
from ml.degradations.degradation import Degradation
from ml.degradations.noise import CameraNoise, GaussianNoise
from ml.restoration.blind import STEPS
from ml.train import onnx_file, restoration_sources
from ml.train.averaging import averaged
from ml.train.distortion_sources import Sources
from ml.train.endless import Endless, loader
from ml.train.muon import Muon, groups
from ml.train.restoration_examples import LAWS, Example, Pairs, example, steering
from ml.train.restoration_network import Restorer, begun
from ml.train.restoration_teachers import Ffdnet, ffdnet
from ml.train.run import CHECKPOINT, Pace, State, prepare, run

FOLDER = Path("build/restoration")
DEFAULT_MINUTES = 60.0
NETWORKS = {"noise": "irt_gaussian_noise", "jpeg": "irt_jpeg"}
"""Each network, and the published one that it begins from."""
Batch = tuple[Tensor, Tensor, Tensor]
"""Damaged photos with what is told of them (N, 3 + STEPS, H, W), clean ones (N, 3, H, W), and
deviations (N,) of noise that a teacher knows, 0 where it does not.
"""

_MEASURED: Mapping[str, Mapping[str, Degradation]] = {
    "noise": {
        "noise15": GaussianNoise.of(15, 1),
        "noise25": GaussianNoise.of(25, 2),
        "noise50": GaussianNoise.of(50, 3),
        "camera": CameraNoise(0.2, 4),
    },
    "jpeg": {f"jpeg{quality}": Jpeg.of(quality) for quality in (10, 20, 40)},
}
_MEASURED_PHOTOS, _MEASURED_SIDE = 12, 192


@dataclass(frozen=True)
class Recipe:
    """What a training is made of. The rates, of kernels and of the rest, fall along a cosine to
    nothing in every run; `taught` is the teacher's share of what is learned where it knows.
    """

    batch: int = 16
    side: int = 72
    rates: tuple[float, float] = (1e-2, 1e-3)
    taught: float = 0.5
    warm_up: int = 50
    average: float = 0.98
    workers: int = 1
    pace: Pace = field(default_factory=lambda: Pace(measure_every_s=600))
    seed: int = 37


def main(data: Path, minutes: float | None = None, network: str = "noise") -> None:
    """Train one of NETWORKS for `minutes` on the photos below `data`, beginning from the published
    one, taught by FFDNet where `data`/../models has it; checkpoints in build/restoration/NETWORK;
    write the averaged network as restoration_NETWORK.onnx there; 0 minutes only write it.
    """
    folder = FOLDER / network
    prepare(folder)
    recipe = Recipe()
    state = begin(begun(NETWORKS[network]), recipe)
    if (folder / CHECKPOINT).exists():
        state.load(folder / CHECKPOINT)
    if minutes != 0:
        sources = restoration_sources.load(data, FOLDER)
        held = measured(data, network)
        print(f"{len(sources)} photos; as they are: {nothing(held)}", flush=True)
        examples = Examples(sources, network, _pairs(data) if network == "noise" else [])
        teacher = _teacher(data.parent / "models") if network == "noise" else None
        limit = DEFAULT_MINUTES if minutes is None else minutes
        train(state, examples, held, folder=folder, minutes=limit, recipe=recipe, teacher=teacher)
    path = folder / f"restoration_{network}.onnx"
    write(state, path)
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} samples", flush=True)


@cache
def device() -> torch.device:
    """A GPU where torch finds one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def begin(network: Restorer, recipe: Recipe) -> State:
    """A training that has not begun."""
    torch.manual_seed(recipe.seed)
    network = network.to(device=device(), memory_format=torch.channels_last)
    network.requires_grad_(True)
    return State(network, averaged(network, recipe.average), Muon(groups(network, *recipe.rates)))


@dataclass(frozen=True)
class Examples:
    """What is learned on: clean photos, one of LAWS to damage them by, and pairs of real noise."""

    sources: Sources
    law: str
    real: Pairs


class Batches(Endless[Batch]):
    """Batches without end."""

    def __init__(self, examples: Examples, recipe: Recipe, begun: int) -> None:
        super().__init__(recipe.seed, sorted(LAWS).index(examples.law), begun)
        self.examples, self.recipe = examples, recipe

    def drawn(self, rng: np.random.Generator) -> Iterator[Batch]:
        of, side = self.examples, self.recipe.side
        while True:
            yield collate(
                [example(of.sources, of.law, side, rng, of.real) for _ in range(self.recipe.batch)]
            )


def collate(examples: list[Example]) -> Batch:
    """Examples of one size."""
    images = np.stack([each.image for each in examples]).transpose(0, 3, 1, 2)
    told = np.stack([each.steering.planes() for each in examples])[..., None, None]
    planes = np.broadcast_to(told, (len(images), STEPS, *images.shape[2:]))
    clean = np.stack([each.clean for each in examples]).transpose(0, 3, 1, 2)
    both = np.concatenate([images, planes], 1).astype(np.float32)
    plain = torch.tensor([each.plain / 255 for each in examples])
    return torch.from_numpy(both), torch.from_numpy(np.ascontiguousarray(clean, np.float32)), plain


def train(
    state: State,
    examples: Examples,
    held: Mapping[str, Batch],
    *,
    folder: Path,
    minutes: float,
    recipe: Recipe,
    teacher: Ffdnet | None = None,
) -> None:
    """Train for some minutes, saving to `folder` and telling its log."""
    drawn = loader(Batches(examples, recipe, state.samples), recipe.workers)
    begun = state.steps

    def step(batch: Batch, done: float) -> dict[str, float]:
        warm = min(1.0, (state.steps - begun + 1) / recipe.warm_up)
        state.rate(warm * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))
        return {"loss": learn(state, batch, teacher, recipe.taught)}

    run(
        state,
        drawn,
        step=step,
        measure=lambda: measure(state, held),
        folder=folder,
        minutes=minutes,
        pace=recipe.pace,
    )


def learn(state: State, batch: Batch, teacher: Ffdnet | None = None, taught: float = 0.0) -> float:
    """One step; returns the mean absolute error from what is learned."""
    place = next(state.network.parameters()).device
    photos, wanted = (part.to(place, memory_format=torch.channels_last) for part in batch[:2])
    known = batch[2] > 0
    with torch.autocast(place.type, torch.bfloat16):
        if teacher and known.any():
            with torch.no_grad():
                said = teacher(photos[known, :3], batch[2][known].to(place)).float()
            # What is taught tells more than a photo: it is the middle of all that might have been.
            wanted[known] = torch.lerp(wanted[known], said, taught)
        found = state.network(photos)
    loss = functional.l1_loss(found.float(), wanted)
    state.learn(loss, len(photos), 1.0)
    return float(loss.detach())


def _teacher(folder: Path) -> Ffdnet | None:
    try:
        teacher = ffdnet(folder)
    except FileNotFoundError:
        return None
    teacher.to(device=device(), memory_format=torch.channels_last)
    return teacher


def _pairs(data: Path) -> Pairs:
    """Photos with real noise and without, of scenes that are not held out."""
    return [
        (
            restoration_sources.whole(path),
            restoration_sources.whole(path.with_name(path.name.replace("_real", "_mean"))),
        )
        for path in restoration_sources.training_photos(data, (restoration_sources.REAL_NOISE,))
        if "_real" in path.name
    ]


def measured(data: Path, network: str) -> dict[str, Batch]:
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
        for name, damage in _MEASURED[network].items()
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
    return {name: _db(photos[:, :3], clean) for name, (photos, clean, _) in held.items()}


def measure(state: State, held: Mapping[str, Batch]) -> dict[str, float]:
    """PSNR of the averaged network on held-out photos, in dB, mean over photos."""
    state.average.eval()
    place = next(state.network.parameters()).device
    with torch.no_grad():
        return {
            name: _db(state.average(photos.to(place)).cpu(), clean)
            for name, (photos, clean, _) in held.items()
        }


def _db(found: Tensor, clean: Tensor) -> float:
    error = (found.clamp(0, 1) - clean).square().mean((1, 2, 3))
    return round(float((-10 * error.clamp(min=1e-9).log10()).mean()), 3)


def write(state: State, path: Path) -> None:
    """Write the averaged network."""
    network = copy.deepcopy(state.average.module).cpu().eval()
    network = network.to(memory_format=torch.contiguous_format)
    told = {"samples": str(state.samples)}
    onnx_file.write_restorer(network, path, 3 + STEPS, told)
