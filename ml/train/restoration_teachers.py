"""Published restoration networks: teachers, and rows to compare with."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.degradations.degradation import Floats, Pixels
from ml.degradations.noise import GaussianNoise
from ml.errors import WeightsError
from ml.evaluate.restoration_baselines import sigma
from ml.evaluate.restoration_trials import Trial
from ml.train import restoration_unet
from ml.train.restoration_network import published

IRT = ("irt_gaussian_noise", "irt_jpeg", "irt_gaussian_blur")


class Ffdnet(nn.Module):
    """FFDNet (Zhang 2018): RGB (N, 3, H, W) of 0..1, even sides, and deviations (N,) of
    0..1.
    """

    def __init__(self, width: int = 96, depth: int = 12) -> None:
        super().__init__()
        widths = [13, *[width] * (depth - 1), 12]
        for i in range(depth):
            self.add_module(str(i), nn.Conv2d(widths[i], widths[i + 1], 3, padding=1))

    def forward(self, x: Tensor, deviation: Tensor) -> Tensor:
        small = functional.pixel_unshuffle(x, 2)
        told = deviation.view(-1, 1, 1, 1).expand_as(small[:, :1])
        small = torch.cat([small, told.to(small.dtype)], 1)
        return functional.pixel_shuffle(_chain(self, small), 2)


class Dncnn(nn.Module):
    """DnCNN-B (Zhang 2017), blind, its normalisation folded in; RGB (N, 3, H, W) of 0..1."""

    def __init__(self, width: int = 64, depth: int = 20) -> None:
        super().__init__()
        widths = [3, *[width] * (depth - 1), 3]
        for i in range(depth):
            self.add_module(str(i), nn.Conv2d(widths[i], widths[i + 1], 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        return x - _chain(self, x)


def _chain(network: nn.Module, x: Tensor) -> Tensor:
    *first, last = network.children()
    for conv in first:
        x = functional.relu(conv(x))
    found: Tensor = last(x)
    return found


def ffdnet(folder: Path) -> Ffdnet:
    """FFDNet out of a folder of models."""
    network = Ffdnet()
    _read(network, folder / "ffdnet_color.pth")
    return network


def dncnn(folder: Path) -> Dncnn:
    """DnCNN-B out of a folder of models."""
    network = Dncnn()
    _read(network, folder / "dncnn_color_blind.pth")
    return network


def _read(network: nn.Module, path: Path) -> None:
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    network.eval().requires_grad_(False)


def methods(folder: Path) -> dict[str, Callable[[Trial], Pixels]]:
    """Those whose weights are here, as rows of the figures; raises WeightsError for none."""
    found: dict[str, Callable[[Trial], Pixels]] = {}
    if (folder / "ffdnet_color.pth").is_file():
        told = ffdnet(folder)
        found["ffdnet"] = lambda trial: _run(lambda x: told.forward(x, _deviation(trial)), trial)
    if (folder / "dncnn_color_blind.pth").is_file():
        found["dncnn_b"] = partial(_run, dncnn(folder))
    for name in IRT:
        try:
            found[name] = partial(_run, published(name))
        except WeightsError:
            continue
    if restoration_unet.FILE.is_file():
        unet = restoration_unet.load()
        found["unet"] = lambda trial: restoration_unet.restored(unet, _values(trial.image))
    if not found:
        raise WeightsError(f"{folder} has no network that restores")
    return found


def _deviation(trial: Trial) -> Tensor:
    """FFDNet is told the true deviation where there is one, else an estimated one."""
    if isinstance(trial.damage, GaussianNoise):
        return torch.tensor([trial.damage.params["sigma"] / 255])
    return torch.tensor([sigma(_values(trial.image))])


def _run(network: Callable[[Tensor], Tensor], trial: Trial) -> Pixels:
    return run(network, _values(trial.image))


def run(network: Callable[[Tensor], Tensor], values: Floats) -> Floats:
    """A network's result on values (H, W, 3) of 0..1, any size."""
    height, width = values.shape[:2]
    padded = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)), "edge")
    x = torch.from_numpy(np.ascontiguousarray(padded.transpose(2, 0, 1)))[None]
    with torch.no_grad():
        done = network(x)[0].clamp(0, 1).permute(1, 2, 0).numpy()
    return np.asarray(done[:height, :width], np.float32)


def _values(image: Pixels) -> Floats:
    whole = image.dtype == np.uint8
    return np.asarray(image, np.float32) / np.float32(255 if whole else 1)
