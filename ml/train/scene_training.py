"""Fine-tuning of the scene network on labelled photos."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ml.train.scene_network import SceneNetwork, begin, tensor

Photo = NDArray[np.uint8]


@dataclass(frozen=True)
class Recipe:
    """What one training run is made of; `crop` is the side of its square crops in pixels."""

    epochs: int = 7
    batch: int = 16
    rate: float = 4e-4
    crop: int = 176
    smoothing: float = 0.02
    smallest_crop: float = 0.45
    decay: float = 0.02
    seed: int = 11


def augment(photo: Photo, recipe: Recipe, rng: np.random.Generator) -> Photo:
    """A random part of the photo as a square, perhaps mirrored, its light and colours a little
    changed.
    """
    height, width = photo.shape[:2]
    area = rng.uniform(recipe.smallest_crop, 1.0)
    aspect = math.exp(rng.uniform(-0.2, 0.2))
    w = min(width, round(width * math.sqrt(area * aspect)))
    h = min(height, round(height * math.sqrt(area / aspect)))
    x, y = rng.integers(0, width - w + 1), rng.integers(0, height - h + 1)
    side = (recipe.crop, recipe.crop)
    part = cv2.resize(photo[y : y + h, x : x + w], side, interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        part = part[:, ::-1]
    if rng.random() < 0.08:
        part = np.repeat(part.mean(2, keepdims=True), 3, 2)
    gain = rng.uniform(0.85, 1.15) * rng.uniform(0.95, 1.05, 3)
    return np.clip(part * gain, 0, 255).astype(np.uint8)


def weights_of_positives(targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rare categories count more: the root of negatives to positives, at most 6."""
    positives = targets.sum(0)
    odds = (len(targets) - positives) / np.maximum(positives, 1)
    return np.asarray(np.clip(np.sqrt(odds), 1.0, 6.0), np.float32)


def train(
    photos: Sequence[Photo],
    targets: NDArray[np.float32],
    start: Path,
    recipe: Recipe,
    tell: Callable[[str], None],
) -> SceneNetwork:
    """Fine-tune from ImageNet weights; the result is the running average of the weights."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    network = begin(start)
    groups = network.groups(recipe.rate)
    optimizer = torch.optim.AdamW(groups, weight_decay=recipe.decay)
    steps = recipe.epochs * (len(photos) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [recipe.rate, 10 * recipe.rate], total_steps=steps, pct_start=0.15
    )
    average = torch.optim.swa_utils.AveragedModel(
        network, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.98), use_buffers=False
    )
    weight = torch.from_numpy(weights_of_positives(targets))
    soft = targets * (1 - 2 * recipe.smoothing) + recipe.smoothing
    for epoch in range(recipe.epochs):
        network.train()
        order, began, losses = rng.permutation(len(photos)), time.monotonic(), []
        for first in range(0, len(order) - recipe.batch + 1, recipe.batch):
            chosen = order[first : first + recipe.batch]
            batch = tensor([augment(photos[i], recipe, rng) for i in chosen])
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits, _ = network(batch)
            loss = functional.binary_cross_entropy_with_logits(
                logits.float(), torch.from_numpy(soft[chosen]), pos_weight=weight
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            average.update_parameters(network)
            losses.append(loss.item())
        rate = len(order) / (time.monotonic() - began)
        tell(f"epoch {epoch + 1}/{recipe.epochs}: loss {np.mean(losses):.4f}, {rate:.1f} photos/s")
    result: SceneNetwork = average.module
    return result
