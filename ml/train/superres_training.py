"""The training loop of super-resolution: patches without end, checkpoints, a log."""

import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml.train.averaging import averaged
from ml.train.superres_network import FACTOR, Shape, Upscaler
from ml.train.superres_sources import Sources


@dataclass(frozen=True)
class Recipe:
    """What a training is made of. The rate falls along a cosine to nothing in every run; a run that
    goes on begins at `again` of it.

    `taught` is the teachers' share of what is learned; with `mosaic` photos are shrunk as mosaics
    shrink them, which no teacher knows.
    """

    batch: int = 16
    side: int = 32
    rate: float = 1e-3
    again: float = 0.5
    warm_up: int = 200
    taught: float = 0.5
    average: float = 0.999
    save_every_s: float = 180
    measure_every_s: float = 180
    seed: int = 31
    flattest: float = 4.0
    mosaic: bool = False


@dataclass
class State:
    """Everything a training needs to go on."""

    network: Upscaler
    average: torch.optim.swa_utils.AveragedModel
    optimizer: torch.optim.Optimizer
    steps: int = 0
    patches: int = 0
    seconds: float = 0.0

    def save(self, path: Path) -> None:
        """Write a checkpoint in one go."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "network": self.network.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "steps": self.steps,
                "patches": self.patches,
                "seconds": self.seconds,
            },
            part,
        )
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        told = torch.load(path, map_location="cpu", weights_only=True)
        self.network.load_state_dict(told["network"])
        self.average.load_state_dict(told["average"])
        self.optimizer.load_state_dict(told["optimizer"])
        self.steps, self.patches = told["steps"], told["patches"]
        self.seconds = told["seconds"]


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
    optimizer = torch.optim.Adam(network.parameters(), recipe.rate, betas=(0.9, 0.99), fused=True)
    return State(network, average, optimizer)


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
    began = saved = measured = time.monotonic()
    first, first_steps = state.seconds, state.steps
    peak = recipe.rate * (recipe.again if state.steps else 1.0)
    losses = list[float]()
    for patches in drawn(sources, recipe, state.steps):
        now = time.monotonic()
        done = (now - began) / (60 * minutes)
        state.seconds = first + now - began
        if done >= 1:
            break
        warm = min(1.0, (state.steps - first_steps + 1) / recipe.warm_up)
        rate = warm * peak * 0.5 * (1 + math.cos(math.pi * done))
        losses.append(_step(state, patches, rate, recipe))
        if now - measured > recipe.measure_every_s:
            tell(folder, state, {"loss": float(np.mean(losses)), "db": measure(state, held)})
            measured, losses = now, []
        if now - saved > recipe.save_every_s:
            state.save(folder / "checkpoint.pt")
            saved = now
    state.save(folder / "checkpoint.pt")
    tell(folder, state, {"loss": float(np.mean(losses)), "db": measure(state, held)})


def _step(state: State, patches: Patches, rate: float, recipe: Recipe) -> float:
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    with torch.autocast("cpu", torch.bfloat16):
        found = bicubic(patches.shrunk) + state.network(patches.shrunk)
    true, taught = (functional.l1_loss(found, each) for each in (patches.true, patches.taught))
    total = (1 - recipe.taught) * true + recipe.taught * taught
    state.optimizer.zero_grad(set_to_none=True)
    total.backward()
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), 1.0)
    state.optimizer.step()
    state.average.update_parameters(state.network)
    state.steps += 1
    state.patches += len(patches.shrunk)
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


def tell(folder: Path, state: State, figures: dict[str, object]) -> None:
    """One line of the log, printed too."""
    line = {
        "steps": state.steps,
        "seconds": round(state.seconds),
        "patches_per_s": round(state.patches / max(state.seconds, 1), 1),
        **figures,
    }
    print(json.dumps(line), flush=True)
    with (folder / "log.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")
