"""Training of the network that tells what became of a photo's light; minutes, on a processor.

What is wrong is measured in colours: the numbers are used to undo what was done, and what comes
out is held against the clean photo.
"""

from pathlib import Path

import torch
from torch import Tensor

from ml.light.statistics import NAMES
from ml.light.told import KINDS, NETWORK
from ml.train import light_examples, onnx_file, run
from ml.train.light_examples import Examples
from ml.train.light_network import LightNetwork, difference, lab, loss, undone
from ml.weights.manifest import FOLDER

_ROUNDS = 50
_BATCH, _RATE, _DECAY = 256, 3e-3, 0.05
_LONGEST = 1.0  # of a gradient
_SEED = 8

Tensors = dict[str, Tensor]


def main(data: Path) -> None:
    """Train on the photos below `data` and write ml/weights/light.onnx, telling its figures on
    held-out photos; examples are made once and kept in build/light.
    """
    run.prepare(light_examples.BUILD)
    torch.manual_seed(_SEED)
    seen = _tensors(light_examples.kept(data))
    looks = seen["looks"]
    network = LightNetwork(looks.mean(0), looks.std(0) + 1e-3)
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = _ROUNDS * (len(looks) // _BATCH)
    pace = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
    held = _tensors(light_examples.kept(data, held_out=True))
    for number in range(_ROUNDS):
        network.train()
        for chosen in torch.randperm(len(looks)).split(_BATCH)[: len(looks) // _BATCH]:
            batch = {name: values[chosen] for name, values in seen.items()}
            told = network(batch.pop("looks"))
            wrong = loss(told, **_floats(batch))
            optimizer.zero_grad(set_to_none=True)
            wrong.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), _LONGEST)
            optimizer.step()
            pace.step()
        if number % 10 == 9:
            print(f"round {number + 1}: {figures(network, held)}", flush=True)
    path = FOLDER / f"{NETWORK}.onnx"
    onnx_file.write_table(network, path, len(NAMES), "told", {"examples": str(len(looks))})
    print(f"{path}: {path.stat().st_size} bytes", flush=True)


def figures(network: LightNetwork, held: Tensors) -> dict[str, str]:
    """Of each kind: how different colours are before and after, of neutrals after, how many are
    found at a chance of a half, and how many of the others are said to be of it.
    """
    network.eval()
    with torch.no_grad():
        told = network(held["looks"])
        batch = _floats(held)
        found = {}
        for number, kind in enumerate(KINDS):
            mine = batch["kinds"] == number
            lost, clean, down = (batch[name][mine] for name in ("lost", "clean", "down"))
            want = lab(clean)
            after = difference(lab(undone(kind, told[mine], lost, down)), want)
            before, neutral = difference(lab(lost), want), want[..., 1:].norm(dim=-1) < 6
            said = told[:, number] > 0
            found[kind] = (
                f"{before.mean():.1f} to {after.mean():.2f}, neutrals {after[neutral].mean():.2f}, "
                f"found {said[mine].float().mean():.3f}, falsely {said[~mine].float().mean():.4f}"
            )
    return found


def _tensors(examples: Examples) -> Tensors:
    return {name: torch.from_numpy(values) for name, values in vars(examples).items()}


def _floats(batch: Tensors) -> Tensors:
    """Colours as numbers of 0..1."""
    colours = {name: batch[name].float() / 255 for name in ("lost", "clean")}
    return {"kinds": batch["kinds"], "down": batch["down"], **colours}
