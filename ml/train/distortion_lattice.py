"""Training of the network that reads warps from the lattice."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml.estimators.encodings import ENCODINGS, WIDTH
from ml.estimators.kinds import KINDS
from ml.train import distortion_sources, onnx_file
from ml.train.distortion_examples import Example, Level
from ml.train.distortion_lattice_examples import LEVEL, MEASURED, SIDE, example
from ml.train.distortion_lattice_network import LatticeNetwork
from ml.train.distortion_loss import GROUP_INDEX, MODELS, Truth, group_probabilities
from ml.train.distortion_network import Answer
from ml.train.distortion_training import Held, Recipe, Task, begin, collate, train
from ml.train.run import CHECKPOINT, State, mean, prepare

FOLDER = Path("build/distortion/lattice")
DEFAULT_MINUTES = 60.0
SIZES = ((512, 344), (344, 512), (448, 336), (384, 384), (400, 264), (384, 512))
_SHARES = (0.3, 0.25, 0.15, 0.1, 0.1, 0.1)
_BATCHES = 16
_PAIRS = ("wave", "shear")  # whose two axes may be turned about one by one
_SIGNED = ("swirl", "wave", "ripple", "arc", "contour", "perspective", "shear", "rotation")


def _signs() -> Tensor:
    """Which signs of each kind's numbers leave the same fringes: (kinds, 4, WIDTH)."""
    signs = torch.ones(len(KINDS), 4, WIDTH)
    for row, kind in enumerate(KINDS[1:], 1):
        strengths = ENCODINGS[kind].strengths
        if kind not in _SIGNED:  # its opposite is another kind, of the same numbers
            continue
        signs[row, 1::2, :strengths] = -1
        if kind in _PAIRS:
            half = strengths // 2
            signs[row, 2, :half] = -1
            signs[row, 3] = 1
            signs[row, 3, half:strengths] = -1
    return signs


SIGNS = _signs()


def loss(answer: Answer, truth: Truth) -> tuple[Tensor, dict[str, float]]:
    """As `distortion_loss.loss`, with the numbers held against whichever signs fit best."""
    kind = functional.cross_entropy(answer.kinds, truth.kinds)
    groups = GROUP_INDEX[truth.kinds]
    group = functional.nll_loss((group_probabilities(answer.kinds) + 1e-6).log(), groups)
    total = 0.5 * kind + group
    parts = {"kind": kind.item(), "group": group.item()}
    rows = (truth.kinds > 0).nonzero()[:, 0]
    if len(rows):
        likely, distance = _numbers(answer, truth, rows)
        total = total + 0.3 * likely.mean() + 0.5 * (1 + distance).log().mean()
        parts |= {"numbers": likely.mean().item(), "distance": distance.median().item()}
    chosen = truth.choices >= 0
    if chosen.any():
        models = answer.choices[chosen].masked_fill(~MODELS[truth.kinds[chosen]], -1e4)
        choice = functional.cross_entropy(models, truth.choices[chosen])
        total = total + 0.2 * choice
        parts["choice"] = choice.item()
    return total, parts


def _numbers(answer: Answer, truth: Truth, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Likelihood and distance, each (rows,), by the signs of the lower sum."""
    kinds = truth.kinds[rows]
    guess, spread = answer.mean[rows, kinds - 1], answer.log_variance[rows, kinds - 1]
    vectors, effects = truth.vectors[rows], truth.effects[rows]
    used = (effects.abs().amax(1) > 0) | (vectors != 0)
    signs = SIGNS[kinds]
    wrong = guess[:, None] - vectors[:, None] * signs
    each = (wrong.square() * (-spread).exp()[:, None] + spread[:, None]) / 2
    likely = (each * used[:, None]).sum(2) / used.sum(1).clamp(min=1)[:, None]
    # Turned about, a warp moves points the other way, and so do its numbers but its strengths.
    turned = torch.where(signs < 0, 1.0, signs[:, :, :1])
    missed = torch.einsum("npv,nsv->nsp", effects, wrong * turned)
    distance = missed.view(*missed.shape[:2], -1, 2).norm(dim=3).mean(2)
    best = (0.3 * likely + 0.5 * (1 + distance).log()).argmin(1, keepdim=True)
    return likely.gather(1, best)[:, 0], distance.gather(1, best)[:, 0]


def main(data: Path, minutes: float | None = None) -> None:
    """Train for `minutes` on the photos below `data`, checkpoints in build/distortion/lattice, and
    write the averaged network to distortion_lattice.onnx there; 0 minutes only write it.
    """
    prepare(FOLDER)
    recipe = Recipe(rate=1e-3, fall=0.7, workers=2, sizes=SIZES, shares=_SHARES)
    state = begin(LatticeNetwork(), recipe)
    checkpoint = FOLDER / CHECKPOINT
    if checkpoint.exists():
        state.load(checkpoint)
    if minutes != 0:
        whole = distortion_sources.load(data, FOLDER, SIDE)
        sources, held = distortion_sources.split(whole)
        print(f"{len(sources)} photos for training, {len(held)} held out", flush=True)
        limit = DEFAULT_MINUTES if minutes is None else minutes
        task = Task(learned, loss, measure)
        train(state, sources, fixed(held), task=task, folder=FOLDER, minutes=limit, recipe=recipe)
    path = FOLDER / "distortion_lattice.onnx"
    network = state.average.module.to(memory_format=torch.contiguous_format)
    onnx_file.write_lattice(network, path, Answer._fields, {"samples": str(state.samples)})
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} samples", flush=True)


def learned(
    sources: distortion_sources.Sources,
    size: tuple[int, int],
    _level: Level,
    rng: np.random.Generator,
) -> Example:
    """An example as it is learned from: there is no curriculum, only photos."""
    return example(sources, size, LEVEL, rng)


def fixed(held: distortion_sources.Sources) -> Held:
    """The same held-out examples in every run."""
    rng = np.random.default_rng(7)
    return [
        collate([example(held, SIZES[i % len(SIZES)], MEASURED, rng) for _ in range(24)])
        for i in range(_BATCHES)
    ]


def measure(state: State, held: Held) -> dict[str, float]:
    """Figures of the averaged network on fixed held-out examples."""
    state.average.eval()
    right, alarms, clean, distances = list[float](), 0, 0, list[float]()
    with torch.no_grad():
        for spectra, truth in held:
            answer = state.average(spectra.float())
            found = group_probabilities(answer.kinds).argmax(1)
            none = truth.kinds == 0
            alarms += int((found[none] != 0).sum())
            clean += int(none.sum())
            right += (found == GROUP_INDEX[truth.kinds])[~none].tolist()
            rows = (~none).nonzero()[:, 0]
            distances += _numbers(Answer(*answer), truth, rows)[1].tolist()
    return {
        "group_accuracy_of_warped": mean(right),
        "false_alarms": alarms / max(clean, 1),
        "clean": clean,
        "warped": len(right),
        "distance_median_px_at_512": float(np.median(distances)) * 5.12,
    }
