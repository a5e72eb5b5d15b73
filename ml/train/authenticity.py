"""Training of the patch network of authenticity, on all pictures; what it is worth is measured on
others (`ml.evaluate.authenticity_splices`).
"""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ml import weights
from ml.authenticity.patches import EDITED, SIDE, SURE
from ml.train import onnx_file
from ml.train.authenticity_examples import LATER, Batch, Examples
from ml.train.authenticity_fills import fills
from ml.train.authenticity_network import AuthenticityNetwork
from ml.train.authenticity_sources import Sources, load
from ml.train.averaging import averaged
from ml.train.endless import Endless, loader
from ml.train.run import CHECKPOINT, Figures, Pace, State, prepare, run

FOLDER = Path("build/authenticity")
DEFAULT_MINUTES = 70.0
_RATE = 1e-3
_WARM_UP = 0.03
_FOUND = 2.0  # how much more a patch of an edit counts than one beside it
_WHOLE = 0.5  # how much pictures count beside patches
_CHANGED = 0.5  # of a patch, from which on a picture is edited
_HELD = 16  # batches that are measured on


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
    maps = Maps(state.average.module.eval())
    onnx_file.write_patches(maps, path, (EDITED,), {"side": str(SIDE)})
    print(f"{path}: {path.stat().st_size} bytes after {state.samples} examples")


def _learn(state: State, sources: Sources, folder: Path, minutes: float) -> None:
    filled = fills(sources, FOLDER / f"fills_{sources.key}")
    examples = Examples(sources, filled)
    rng = np.random.default_rng(99)
    held = [examples.batch(rng, LATER) for _ in range(_HELD)]

    def step(batch: Batch, share: float) -> dict[str, float]:
        state.rate(min(1.0, share / _WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * min(1.0, share))))
        places, pictures = losses(state.network(_photos(batch)), batch)
        state.learn(places + _WHOLE * pictures, len(batch.photos), 5.0)
        return {"places": float(places.detach()), "pictures": float(pictures.detach())}

    def measure() -> Figures:
        state.average.eval()
        with torch.no_grad():
            parts = [losses(state.average(_photos(batch)), batch) for batch in held]
        places, pictures = (float(torch.stack(each).mean()) for each in zip(*parts, strict=True))
        return {"places": places, "pictures": pictures}

    run(
        state,
        loader(_Drawn(examples, state.samples), 1),
        step=step,
        measure=measure,
        folder=folder,
        minutes=minutes,
        pace=Pace(save_every_s=60, measure_every_s=600),
    )


def begin() -> State:
    """A training that has not begun."""
    torch.manual_seed(41)
    network = AuthenticityNetwork(weights.locate("efficientnet_lite0"))
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.groups(_RATE), weight_decay=1e-3)
    return State(network, averaged(network, 0.998), optimizer)


class _Drawn(Endless[Batch]):
    """Examples, drawn by a process of the loader."""

    def __init__(self, examples: Examples, begun: int) -> None:
        super().__init__(3, begun)
        self._examples, self._begun = examples, begun

    def drawn(self, rng: np.random.Generator) -> Iterator[Batch]:
        return self._examples.batches(rng, self._begun)


class Maps(torch.nn.Module):
    """The network by the name that `patches.wide` looks for."""

    def __init__(self, network: AuthenticityNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, photos: Tensor) -> Tensor:
        found: Tensor = self.network(photos)
        return found


def losses(logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Of patches (N, h, w), and of pictures by their most suspicious patches, as edits are
    suspected (`Look.edit`).
    """
    true = torch.from_numpy(batch.edited)
    places = functional.binary_cross_entropy_with_logits(
        logits, true, pos_weight=torch.tensor(_FOUND)
    )
    soft = functional.avg_pool2d(logits[:, None], 3, 1, 1, count_include_pad=False).flatten(1)
    most = soft.topk(round(SURE * soft.shape[1]), 1).values.mean(1)
    changed = (true.flatten(1).amax(1) > _CHANGED).float()
    return places, functional.binary_cross_entropy_with_logits(most, changed)


def _photos(batch: Batch) -> Tensor:
    photos = torch.from_numpy(batch.photos.copy()).float()
    return photos.contiguous(memory_format=torch.channels_last)
