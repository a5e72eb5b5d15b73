"""Fine-tuning of the scene network on labelled photos."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from ml.train.scene_network import SceneNetwork, begin, tensor

Photo = NDArray[np.uint8]
TOGETHER = 4  # photos whose views go through the network at once


@dataclass(frozen=True)
class Recipe:
    """What a training is made of; `crop` is the side of its square crops in pixels."""

    views: int = 4
    epochs: int = 10
    batch: int = 24
    rate: float = 4e-4
    crop: int = 224
    mixing: float = 0.2
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
        part = np.repeat(part.mean(2, keepdims=True, dtype=np.float32), 3, 2)
    gain = (rng.uniform(0.85, 1.15) * rng.uniform(0.95, 1.05, 3)).astype(np.float32)
    return np.asarray(np.clip(part * gain, 0, 255), np.uint8)


def weights_of_positives(targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rare categories count more: the root of negatives to positives, at most 6."""
    positives = targets.sum(0)
    odds = (len(targets) - positives) / np.maximum(positives, 1)
    return np.asarray(np.clip(np.sqrt(odds), 1.0, 6.0), np.float32)


def early_features(
    photos: Sequence[Photo], start: Path, recipe: Recipe, tell: Callable[[str], None]
) -> NDArray[np.float16]:
    """What the frozen part sees in augmented views of each photo: (photos, views, C, H, W)."""
    rng = np.random.default_rng(recipe.seed)
    network = begin(start).eval()
    rows = []
    for first in range(0, len(photos), TOGETHER):
        together = photos[first : first + TOGETHER]
        views = [augment(photo, recipe, rng) for photo in together for _ in range(recipe.views)]
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            seen = network.early(tensor(views)).to(torch.float16).numpy()
        rows.append(seen.reshape(len(together), recipe.views, *seen.shape[1:]))
        tell(f"views of {first + len(together)} of {len(photos)} photos")
    return np.concatenate(rows)


def train(
    features: NDArray[np.float16],
    targets: NDArray[np.float32],
    start: Path,
    recipe: Recipe,
    tell: Callable[[str], None],
) -> SceneNetwork:
    """Train the late part on early features; the result is the running average of the weights."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    network = begin(start)
    optimizer = torch.optim.AdamW(network.groups(recipe.rate), weight_decay=recipe.decay)
    steps = recipe.epochs * (len(features) // recipe.batch)
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
        began, losses = time.monotonic(), []
        for batch, wanted in batches(features, soft, recipe, rng):
            logits, _ = network.late(batch)
            loss = functional.binary_cross_entropy_with_logits(logits, wanted, pos_weight=weight)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
            average.update_parameters(network)
            losses.append(loss.item())
        pace = len(features) / (time.monotonic() - began)
        tell(f"epoch {epoch + 1}/{recipe.epochs}: loss {np.mean(losses):.4f}, {pace:.1f} photos/s")
    result: SceneNetwork = average.module
    return result


def batches(
    features: NDArray[np.float16],
    targets: NDArray[np.float32],
    recipe: Recipe,
    rng: np.random.Generator,
) -> Iterator[tuple[Tensor, Tensor]]:
    """One epoch in random order, one view of each photo, neighbours mixed (Zhang et al., mixup)."""
    order = rng.permutation(len(features))
    for first in range(0, len(order) - recipe.batch + 1, recipe.batch):
        chosen = order[first : first + recipe.batch]
        seen = features[chosen, rng.integers(0, features.shape[1], len(chosen))]
        batch = torch.from_numpy(seen.astype(np.float32))
        wanted = torch.from_numpy(targets[chosen])
        share = float(rng.beta(recipe.mixing, recipe.mixing))
        batch = share * batch + (1 - share) * batch.roll(1, 0)
        wanted = share * wanted + (1 - share) * wanted.roll(1, 0)
        yield batch.contiguous(memory_format=torch.channels_last), wanted
