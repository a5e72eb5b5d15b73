"""Training of the published network on our photos, to compare with; no part of the program."""

import math
import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional
from torchvision.models import mobilenet_v3_small

from ml.evaluate.pixelation_rival import FILE, SIDE, UNTRAINED, batch, edges
from ml.image import Picture
from ml.train.pixelation_sources import training_photos

DEFAULT_MINUTES = 60.0
_BATCH, _RATE, _AHEAD = 32, 1e-3, 3
_SETTLED = 30  # batches that the normalisation is measured on at the end
_SCALES = (1.5, 4.0)
_SEED = 47

Pixels = NDArray[np.uint8]


def main(data: Path, minutes: float | None = None) -> None:
    """Train from scratch for `minutes` on the photos below `data` by the published protocol, and
    write build/pixelation/rival.onnx; 0 minutes write rival_untrained.onnx, which is as fast.
    Raises MLError without photos.
    """
    torch.set_num_threads(int(os.environ.get("PROOFSHEET_THREADS", "2")))
    torch.manual_seed(_SEED)
    cv2.setNumThreads(1)
    network = mobilenet_v3_small(weights=None, num_classes=1)
    if minutes != 0:
        photos = [Picture.open(path).full() for path in training_photos(data)]
        _train(network, photos, (DEFAULT_MINUTES if minutes is None else minutes) * 60)
    path = UNTRAINED if minutes == 0 else FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.onnx.export(
        network.eval(),
        (torch.zeros(1, 3, SIDE, SIDE),),
        str(path),
        input_names=["edges"],
        output_names=["logit"],
        opset_version=17,
        dynamo=False,
    )
    print(f"{path}: {path.stat().st_size} bytes", flush=True)


def _train(network: nn.Module, photos: list[Pixels], limit: float) -> None:
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=1e-2)
    network.train()
    started = time.monotonic()
    for step, (seen, wanted) in enumerate(_batches(photos)):
        spent = time.monotonic() - started
        if spent > limit:
            break
        for group in optimizer.param_groups:
            group["lr"] = _RATE * (0.02 + 0.98 * math.cos(math.pi / 2 * spent / limit))
        loss = functional.binary_cross_entropy_with_logits(network(seen)[:, 0], wanted)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step % 50 == 0:
            print(f"step {step}, {spent:.0f} s, loss {float(loss.detach()):.3f}", flush=True)
    _settle(network, (_batch(photos, -number)[0] for number in range(1, _SETTLED + 1)))


def _settle(network: nn.Module, batches: Iterable[torch.Tensor]) -> None:
    """Measure what the normalisation divides by: means that run along lag behind a short training,
    and the network would answer every photo alike.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            module.momentum = None  # the mean of all that follows
    with torch.no_grad():
        for seen in batches:
            network(seen)


def _batches(photos: list[Pixels]) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    with ThreadPoolExecutor(1) as maker:
        waiting = [maker.submit(_batch, photos, number) for number in range(_AHEAD)]
        number = _AHEAD
        try:
            while True:
                yield waiting.pop(0).result()
                waiting.append(maker.submit(_batch, photos, number))
                number += 1
        finally:
            for each in waiting:
                each.cancel()


def _batch(photos: list[Pixels], number: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Edges of photos, every second pixelated by the published protocol."""
    rng = np.random.default_rng((_SEED, number % 2**32))
    seen, wanted = [], []
    for i in range(_BATCH):
        photo = photos[int(rng.integers(len(photos)))]
        height, width = photo.shape[:2]
        if i % 2:
            scale = float(rng.uniform(*_SCALES))
            small = (max(1, int(width / scale)), max(1, int(height / scale)))
            down = cv2.resize(photo, small, interpolation=cv2.INTER_NEAREST)
            photo = np.asarray(cv2.resize(down, (width, height), interpolation=cv2.INTER_NEAREST))
        seen.append(batch(edges(photo)))
        wanted.append(float(i % 2))
    return torch.from_numpy(np.concatenate(seen)), torch.tensor(wanted)
