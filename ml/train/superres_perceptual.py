"""Training of the perceptual network, which begins from the fast one: for the eye, and against a
critic.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import torch
from torch import Tensor
from torch.nn import functional

from ml.train import onnx_file, superres_training
from ml.train.averaging import averaged
from ml.train.run import CHECKPOINT, Pace, State, run
from ml.train.superres_network import Upscaler
from ml.train.superres_perceptual_network import Eye, Painter, Rivals, collapsed
from ml.train.superres_sources import Sources
from ml.train.superres_training import Patches

FOLDER = Path("build/superres/perceptual")
Held = list[tuple[Tensor, ...]]


@dataclass(frozen=True)
class Recipe(superres_training.Recipe):
    """What is learned is the sum of three, of these weights: how far luma is off, how differently
    the eye sees it, and what the critic says. `painter` and `critic` are the rates of both.
    """

    batch: int = 8
    painter: float = 1e-4
    warm_up: int = 100
    critic: float = 2e-3
    average: float = 0.99
    pace: Pace = field(default_factory=lambda: Pace(60, 180))
    off: float = 1.0
    eye: float = 0.1
    critics: float = 0.006


def begin(recipe: Recipe, begun: Upscaler) -> State:
    """A training that has not begun."""
    torch.manual_seed(recipe.seed)
    rivals = Rivals(Painter(begun)).to(memory_format=torch.channels_last)
    rates = {rivals.painter: recipe.painter, rivals.critic: recipe.critic}
    groups = [{"params": list(one.parameters()), "base": rate} for one, rate in rates.items()]
    # Not Muon: against a critic it drives every direction of the painter astray.
    optimizer = torch.optim.Adam(groups, betas=(0.9, 0.99))
    return State(rivals, averaged(rivals, recipe.average), optimizer)


def main(begun: Upscaler, sources: Callable[[], Sources], held: Held, minutes: float) -> None:
    """Train for `minutes` from a trained fast network, going on from a checkpoint in FOLDER, and
    write superres_perceptual.onnx there; 0 minutes only write it.
    """
    recipe = Recipe()
    state = begin(recipe, begun)
    if (FOLDER / CHECKPOINT).exists():
        state.load(FOLDER / CHECKPOINT)
    if minutes:
        train(state, sources(), held, folder=FOLDER, minutes=minutes, recipe=recipe)
    path = FOLDER / "superres_perceptual.onnx"
    painter = collapsed(state.average.module.painter)
    parameters = sum(each.numel() for each in painter.parameters())
    told = {"steps": str(state.steps), "parameters": str(parameters)}
    onnx_file.write_upscaler(painter, path, told)
    print(f"{path}: {parameters} parameters, {path.stat().st_size} bytes", flush=True)


def train(
    state: State, sources: Sources, held: Held, *, folder: Path, minutes: float, recipe: Recipe
) -> None:
    """Train for some minutes, saving to `folder` and telling its log."""
    first, eye = state.steps, Eye()

    def step(patches: Patches, done: float) -> dict[str, float]:
        warm = min(1.0, (state.steps - first + 1) / recipe.warm_up)
        state.rate(warm * 0.5 * (1 + math.cos(math.pi * min(done, 1))))
        return learn(state, patches, eye, recipe)

    run(
        state,
        superres_training.drawn(sources, recipe, first),
        step=step,
        measure=lambda: measure(state, held, eye),
        folder=folder,
        minutes=minutes,
        pace=recipe.pace,
    )


def learn(state: State, patches: Patches, eye: Eye, recipe: Recipe) -> dict[str, float]:
    """One step of both: the painter is judged by a critic that this does not teach, and the critic
    is shown what the painter made. Hinge losses (Lim and Ye 2017).
    """
    rivals = cast(Rivals, state.network)
    with torch.autocast("cpu", torch.bfloat16):
        found = superres_training.bicubic(patches.shrunk) + rivals.painter(patches.shrunk)
        rivals.critic.requires_grad_(False)
        judged = rivals.critic(found).float()
        rivals.critic.requires_grad_(True)
        real = rivals.critic(patches.true).float()
        made = rivals.critic(found.detach()).float()
        seen = eye(found, patches.true)
    off = functional.l1_loss(found, patches.true)
    painter = recipe.off * off + recipe.eye * seen.float() - recipe.critics * judged.mean()
    critic = functional.relu(1 - real).mean() + functional.relu(1 + made).mean()
    state.learn(painter + critic, len(found), 1.0)
    figures = {"off": off, "eye": seen, "real": real.mean(), "made": made.mean()}
    return {name: float(each.detach()) for name, each in figures.items()}


def measure(state: State, held: Held, eye: Eye) -> dict[str, float]:
    """PSNR of the averaged network on held-out photos' luma, in dB, how differently the eye sees
    them, and how strong their steps are beside the true ones.
    """
    with torch.no_grad():
        found = [superres_training.bicubic(small) + state.average(small) for small, _ in held]
        seen = [float(eye(*_even(one, true))) for one, (_, true) in zip(found, held, strict=True)]
    steps = [
        float(one.diff(dim=-1).abs().mean() / true.diff(dim=-1).abs().mean())
        for one, (_, true) in zip(found, held, strict=True)
    ]
    return {
        "db": superres_training.mean_db(found, held),
        "eye": sum(seen) / len(seen),
        "steps": sum(steps) / len(steps),
    }


def _even(*pictures: Tensor) -> list[Tensor]:
    """Pictures cut to sides that the eye can halve."""
    height, width = (n // 32 * 32 for n in pictures[0].shape[2:])
    return [each[..., :height, :width] for each in pictures]
