"""A plain U-shaped network at a fixed small size, as student projects train one: a row to compare
with, which nothing else uses.
"""

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml.degradations.table import draw
from ml.evaluate.restoration_trials import MIXED
from ml.train import restoration_sources
from ml.train.distortion_sources import Sources
from ml.train.run import prepare

SIDE = 128  # px, to which every photo is squeezed
FILE = Path("build/restoration/unet.pt")
DEFAULT_MINUTES = 6.0
_BATCH, _RATE, _SEED = 16, 2e-3, 5
Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]


class Unet(nn.Module):
    """RGB (N, 3, H, W) of 0..1 with sides that are multiples of 16, to as much
    (Ronneberger 2015).
    """

    def __init__(self, widths: tuple[int, ...] = (8, 16, 32, 64, 128)) -> None:
        super().__init__()
        pairs = list(itertools.pairwise(widths))
        self.begin = _twice(3, widths[0])
        self.down = nn.ModuleList(_twice(few, many) for few, many in pairs)
        self.up = nn.ModuleList(nn.ConvTranspose2d(many, few, 2, 2) for few, many in pairs[::-1])
        self.joined = nn.ModuleList(_twice(2 * few, few) for few, _ in pairs[::-1])
        self.end = nn.Conv2d(widths[0], 3, 1)

    def forward(self, photos: Tensor) -> Tensor:
        seen = [self.begin(photos)]
        for down in self.down:
            seen.append(down(functional.max_pool2d(seen[-1], 2)))
        found = seen.pop()
        for up, joined in zip(self.up, self.joined, strict=True):
            found = joined(torch.cat([up(found), seen.pop()], 1))
        return torch.sigmoid(self.end(found))


def _twice(before: int, after: int) -> nn.Sequential:
    convs = (nn.Conv2d(before, after, 3, padding=1), nn.Conv2d(after, after, 3, padding=1))
    return nn.Sequential(convs[0], nn.ReLU(), convs[1], nn.ReLU())


@dataclass(frozen=True)
class Example:
    """A squeezed photo with what happened to it, and as it was: (SIDE, SIDE, 3) of 0..1."""

    image: Floats
    clean: Floats


def main(data: Path, minutes: float | None = None) -> None:
    """Train it from scratch in one run on the training photos below `data`, each squeezed and
    damaged by one to three kinds, by mean absolute error; write build/restoration/unet.pt.
    """
    prepare(FILE.parent)
    sources = restoration_sources.load(data, FILE.parent)
    network = trained(sources, DEFAULT_MINUTES if minutes is None else minutes)
    torch.save(network.state_dict(), FILE)
    print(f"{FILE}: {sum(each.numel() for each in network.parameters())} parameters", flush=True)


def trained(sources: Sources, minutes: float) -> Unet:
    """A network after so many minutes of processor time, with Adam."""
    torch.manual_seed(_SEED)
    rng = np.random.default_rng(_SEED)
    network = Unet()
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(network.parameters(), _RATE)
    began, steps, losses = time.process_time(), 0, list[float]()
    while time.process_time() - began < 60 * minutes:
        batch = [example(sources, rng) for _ in range(_BATCH)]
        losses.append(learn(network, optimizer, batch))
        steps += 1
        if steps % 100 == 0:
            print(f"{steps * _BATCH} photos, accuracy {1 - np.mean(losses[-100:]):.4f}", flush=True)
    network.eval()
    return network


def learn(network: Unet, optimizer: torch.optim.Optimizer, batch: list[Example]) -> float:
    """One step; returns the mean absolute error."""
    image, clean = (_tensor([getattr(each, part) for each in batch]) for part in ("image", "clean"))
    loss = functional.l1_loss(network(image), clean)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def example(sources: Sources, rng: np.random.Generator) -> Example:
    """A photo squeezed, and then damaged by one to three kinds."""
    photo = np.asarray(sources.photo(int(rng.integers(len(sources)))), np.uint8)
    clean = squeezed(photo[:, :: rng.choice((-1, 1))])
    image = draw(rng, MIXED, 3, (0.15, 0.6)).apply(clean).image
    return Example(*(each.astype(np.float32) / np.float32(255) for each in (image, clean)))


def squeezed(photo: Pixels) -> Pixels:
    """A photo (H, W, 3) at the size that the network takes."""
    small = cv2.resize(np.ascontiguousarray(photo), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def restored(network: Callable[[Tensor], Tensor], values: Floats) -> Floats:
    """Values (H, W, 3) of 0..1 squeezed, restored and enlarged again."""
    height, width = values.shape[:2]
    small = cv2.resize(values, (SIDE, SIDE), interpolation=cv2.INTER_AREA).clip(0, 1)
    with torch.no_grad():
        done = network(_tensor([small]))[0].permute(1, 2, 0).numpy()
    large = cv2.resize(done, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large.clip(0, 1), np.float32)


def load(path: Path = FILE) -> Unet:
    """The network that was trained; FileNotFoundError where none was."""
    network = Unet()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    network.eval().requires_grad_(False)
    return network


def _tensor(images: list[Floats]) -> Tensor:
    photos = torch.from_numpy(np.stack(images).transpose(0, 3, 1, 2).copy())
    return photos.contiguous(memory_format=torch.channels_last)
