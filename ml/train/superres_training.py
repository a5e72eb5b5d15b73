"""The training loop of super-resolution: patches without end, checkpoints, a log."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml.train.averaging import averaged
from ml.train.muon import Muon, groups
from ml.train.run import Pace, State, run
from ml.train.superres_network import FACTOR, Shape, Upscaler
from ml.train.superres_sources import Sources


@dataclass(frozen=True)
class Recipe:
    """What a training is made of. The rates, of kernels and of the rest, fall along a cosine to
    nothing in every run; a run that goes on begins at `again` of them.

    `taught` is the teachers' share of what is learned; with `mosaic` photos are shrunk as mosaics
    shrink them, which no teacher knows.
    """

    batch: int = 16
    side: int = 32
    rates: tuple[float, float] = (6e-3, 1e-3)
    again: float = 0.5
    warm_up: int = 200
    taught: float = 0.5
    average: float = 0.998
    pace: Pace = field(default_factory=lambda: Pace(measure_every_s=180))
    seed: int = 31
    flattest: float = 4.0
    mosaic: bool = False


@dataclass(frozen=True)
class Patches:
    """Luma of 0..1: shrunk (N, 1, H, W), true and the teachers' (N, 1, 4H, 4W)."""

    shrunk: Tensor
    true: Tensor
    taught: Tensor


def begin(shape: Shape, recipe: Recipe) -> State:
    """A training that has not begun."""
    torch.manual_seed(recipe.seed)
    network = Upscaler(shape).to(memory_format=torch.channels_last)
    average = averaged(network, recipe.average)
    parts = groups(network, *recipe.rates, ends=("first.", "last."))
    return State(network, average, Muon(parts))


def drawn(sources: Sources, recipe: Recipe, begun: int) -> Iterator[Patches]:
    """Random patches without end; what is almost flat is drawn again, once."""
    rng = np.random.default_rng((recipe.seed, begun))
    photos = [sources.photo(i) for i in range(len(sources))]
    share = np.array([shrunk.size for _, _, shrunk in photos], np.float64)
    share /= share.sum()
    side, large = recipe.side, recipe.side * FACTOR
    while True:
        stacks = np.empty((2, recipe.batch, large, large), np.uint8)
        shrunk = np.empty((recipe.batch, side, side), np.uint8)
        for i, number in enumerate(rng.choice(len(photos), recipe.batch, p=share)):
            true, taught, small = photos[number]
            for _ in range(2):
                y, x = (int(rng.integers(length - side + 1)) for length in small.shape)
                shrunk[i] = small[y : y + side, x : x + side]
                if shrunk[i].std() > recipe.flattest:
                    break
            y, x = y * FACTOR, x * FACTOR
            stacks[0, i] = true[y : y + large, x : x + large]
            stacks[1, i] = taught[y : y + large, x : x + large]
        turn, flip = int(rng.integers(4)), bool(rng.integers(2))
        planes = Patches(*(_turned(each, turn, flip) for each in (shrunk, *stacks)))
        yield replace(planes, shrunk=mosaicked(planes.true, rng)) if recipe.mosaic else planes


def mosaicked(true: Tensor, rng: np.random.Generator) -> Tensor:
    """One number a block of true luma: half of the planes its mean, the others that of its corner
    or, less often, of its middle, as nearest-neighbour resizing has it.
    """
    found = functional.avg_pool2d(true, FACTOR)
    for i, at in enumerate(rng.choice((-1, 0, FACTOR // 2), len(true), p=(0.5, 0.3, 0.2))):
        if at >= 0:
            found[i] = true[i, :, at::FACTOR, at::FACTOR]
    return found


def _turned(
    planes: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], turn: int, flip: bool
) -> Tensor:
    turned = np.rot90(planes, turn, (1, 2))
    turned = turned[:, :, ::-1] if flip else turned
    return torch.from_numpy(np.ascontiguousarray(turned))[:, None].float() / 255


def bicubic(shrunk: Tensor) -> Tensor:
    """Luma enlarged by OpenCV's bicubic kernel, which is torch's too."""
    return functional.interpolate(shrunk, scale_factor=FACTOR, mode="bicubic", align_corners=False)


def train(
    state: State,
    sources: Sources,
    held: list[tuple[Tensor, ...]],
    *,
    folder: Path,
    minutes: float,
    recipe: Recipe,
) -> None:
    """Train for some minutes, saving to `folder`/checkpoint.pt and telling `folder`/log.jsonl."""
    first = state.steps
    peak = recipe.again if first else 1.0

    def step(patches: Patches, done: float) -> dict[str, float]:
        warm = min(1.0, (state.steps - first + 1) / recipe.warm_up)
        state.rate(warm * peak * 0.5 * (1 + math.cos(math.pi * min(done, 1))))
        return {"loss": _step(state, patches, recipe)}

    run(
        state,
        drawn(sources, recipe, first),
        step=step,
        measure=lambda: {"db": measure(state, held)},
        folder=folder,
        minutes=minutes,
        pace=recipe.pace,
    )


def _step(state: State, patches: Patches, recipe: Recipe) -> float:
    with torch.autocast("cpu", torch.bfloat16):
        found = bicubic(patches.shrunk) + state.network(patches.shrunk)
    true, taught = (functional.l1_loss(found, each) for each in (patches.true, patches.taught))
    total = (1 - recipe.taught) * true + recipe.taught * taught
    state.learn(total, len(patches.shrunk), 1.0)
    return float(true.detach())


def measure(state: State, held: list[tuple[Tensor, ...]]) -> float:
    """PSNR of the averaged network on held-out photos' luma, in dB, mean over photos."""
    with torch.no_grad():
        found = [bicubic(small) + state.average(small) for small, _ in held]
    return mean_db(found, held)


def mean_db(found: list[Tensor], held: list[tuple[Tensor, ...]]) -> float:
    """PSNR of enlarged luma against the true one, in dB, mean over photos."""
    return float(np.mean([_db(each, true) for each, (_, true) in zip(found, held, strict=True)]))


def _db(found: Tensor, true: Tensor) -> float:
    inside = (..., slice(FACTOR, -FACTOR), slice(FACTOR, -FACTOR))
    error = functional.mse_loss(found.clamp(0, 1)[inside], true[inside])
    return float(-10 * torch.log10(error))
