"""Training of the patch network of authenticity, on all pictures; what it is worth is measured on
others (`ml.evaluate.authenticity_splices`).
"""

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml import weights
from ml.authenticity.patches import EDITED as EDITED_MAP
from ml.authenticity.patches import SIDE
from ml.train import onnx_file
from ml.train.authenticity_examples import Batch, Examples
from ml.train.authenticity_network import AuthenticityNetwork, Seen
from ml.train.authenticity_sources import Sources, load
from ml.train.averaging import averaged
from ml.train.run import CHECKPOINT, Figures, Pace, State, prepare, run

_BESIDE = "generated"  # a map that is learned with the other, which nothing reads
FOLDER = Path("build/authenticity")
DEFAULT_MINUTES = 9.0
_RATE = 1e-3
_WARM_UP = 0.03
_SMOOTH = 0.02
_FOUND = 2.0  # how much more a patch of an edit counts than one beside it


def main(data: Path, minutes: float | None = None) -> None:
    """Train for `minutes` in build/authenticity/patches, going on from where it stopped, and write
    the network beside it; 0 minutes only write what was trained so far.
    """
    prepare(FOLDER)
    sources, folder = load(data, FOLDER), FOLDER / "patches"
    folder.mkdir(exist_ok=True)
    state = begin()
    if (folder / CHECKPOINT).exists():
        state.load(folder / CHECKPOINT)
    minutes = DEFAULT_MINUTES if minutes is None else minutes
    if minutes:
        _learn(state, sources, folder, minutes)
    path = FOLDER / "authenticity.onnx"
    maps = (_BESIDE, EDITED_MAP)
    onnx_file.write_patches(_Maps(state.average.module.eval()), path, maps, {"side": str(SIDE)})
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} examples")


def _learn(state: State, sources: Sources, folder: Path, minutes: float) -> None:
    examples = Examples(sources, seed=3 + state.samples)
    held = [next(Examples(sources, seed=99).batches())]

    def step(batch: Batch, share: float) -> dict[str, float]:
        state.rate(min(1.0, share / _WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, share))))
        seen: Seen = state.network(_photos(batch))
        generated, edited = losses(seen, batch)
        state.learn(generated + edited, len(batch.photos), 5.0)
        return {"generated": float(generated.detach()), "edited": float(edited.detach())}

    def measure() -> Figures:
        state.average.eval()
        with torch.no_grad():
            parts = [losses(state.average(_photos(batch)), batch) for batch in held]
        return {"generated": float(parts[0][0]), "edited": float(parts[0][1])}

    run(
        state,
        examples.batches(),
        step=step,
        measure=measure,
        folder=folder,
        minutes=minutes,
        pace=Pace(save_every_s=60, measure_every_s=9e9),
    )


def begin() -> State:
    """A training that has not begun."""
    torch.manual_seed(41)
    network = AuthenticityNetwork(weights.locate("efficientnet_lite0"))
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.groups(_RATE), weight_decay=1e-3)
    return State(network, averaged(network, 0.998), optimizer)


class _Maps(torch.nn.Module):
    """The network's maps alone."""

    def __init__(self, network: AuthenticityNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor]:
        seen: Seen = self.network(photos)
        return seen.generated, seen.edited


def losses(seen: Seen, batch: Batch) -> tuple[Tensor, Tensor]:
    """Of generator's traces, by patch and by photo, and of edits, by patch where they are known."""
    true = torch.from_numpy(batch.generated)
    target = true * (1 - 2 * _SMOOTH) + _SMOOTH
    patches = functional.binary_cross_entropy_with_logits(
        seen.generated, target[:, None, None].expand_as(seen.generated)
    )
    photos = functional.binary_cross_entropy_with_logits(seen.generated.mean((1, 2)), target)
    known = torch.from_numpy(~np.isnan(batch.edited))
    mask = torch.from_numpy(np.nan_to_num(batch.edited))
    edited = functional.binary_cross_entropy_with_logits(
        seen.edited, mask, reduction="none", pos_weight=torch.tensor(_FOUND)
    )
    return 0.5 * patches + photos, edited[known].mean()


def _photos(batch: Batch) -> Tensor:
    photos = torch.from_numpy(batch.photos.copy()).float()
    return photos.contiguous(memory_format=torch.channels_last)
