"""The distortion network: EfficientNet-lite0's trunk with heads for kind and parameters."""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.estimators.encodings import WIDTH
from ml.estimators.kinds import CHOICES, KINDS
from ml.train.efficientnet_lite import imagenet_trunk

BLOCKS = 15  # of the trunk's 16: the last serves ImageNet's classes
FINE = 11  # blocks after which features with a stride of 16 are taken
FROZEN = 3  # blocks: edges and corners serve as they are, and cost most to train
_FINE_CELLS, _COARSE_CELLS = 12, 6
_FINE_CHANNELS, _COARSE_CHANNELS, _HIDDEN = 16, 64, 256
SEEN = _FINE_CHANNELS * _FINE_CELLS**2 + _COARSE_CHANNELS * _COARSE_CELLS**2


class Answer(NamedTuple):
    """Of a batch: logits of kinds (N, kinds) and of models (N, choices), and for every kind but
    "none" the vector's means and log variances (N, kinds - 1, WIDTH).
    """

    kinds: Tensor
    choices: Tensor
    mean: Tensor
    log_variance: Tensor


class Trunk(nn.Module):
    """What is seen of photos (N, 3, H, W), RGB in 0..255, H and W multiples of 32 with about 192²
    pixels: (N, SEEN) numbers, cell by cell.
    """

    def __init__(self, imagenet: Path) -> None:
        super().__init__()
        whole = imagenet_trunk(imagenet)
        self.stem, self.norm = whole._conv_stem, whole._bn0
        self.blocks = nn.ModuleList(whole._blocks[:BLOCKS])
        self.fine = nn.Conv2d(112, _FINE_CHANNELS, 1)
        self.coarse = nn.Conv2d(192, _COARSE_CHANNELS, 1)

    def forward(self, photos: Tensor) -> Tensor:
        with torch.no_grad():
            x = functional.relu6(self.norm(self.stem((photos - 127.0) / 128.0)))
            for block in self.blocks[:FROZEN]:
                x = block(x)
        fine = x
        for i, block in enumerate(self.blocks[FROZEN:], FROZEN):
            x = block(x)
            if i + 1 == FINE:
                fine = x
        return torch.cat(
            [_cells(self.fine(fine), _FINE_CELLS), _cells(self.coarse(x), _COARSE_CELLS)], 1
        )

    def train(self, mode: bool = True) -> "Trunk":
        """Keep ImageNet's running statistics: small batches of half-synthetic photos spoil them."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def groups(self, rate: float, *heads: nn.Module) -> list[dict[str, object]]:
        """Parameter groups of what is trained: the heads learn three times as fast."""
        slow = [p for block in self.blocks[FROZEN:] for p in block.parameters()]
        fast = [p for head in (self.fine, self.coarse, *heads) for p in head.parameters()]
        return [
            {"params": slow, "lr": rate, "base": rate},
            {"params": fast, "lr": 3 * rate, "base": 3 * rate},
        ]


class DistortionNetwork(nn.Module):
    """Judges photos as its trunk sees them."""

    def __init__(self, imagenet: Path) -> None:
        super().__init__()
        self.trunk = Trunk(imagenet)
        self.hidden = nn.Linear(SEEN, _HIDDEN)
        self.drop = nn.Dropout(0.1)
        self.kinds = nn.Linear(_HIDDEN, len(KINDS) + len(CHOICES))
        self.numbers = nn.Linear(_HIDDEN, (len(KINDS) - 1) * WIDTH * 2)
        nn.init.normal_(self.numbers.weight, std=0.01)
        nn.init.zeros_(self.numbers.bias)

    def forward(self, photos: Tensor) -> Answer:
        hidden = self.drop(functional.relu(self.hidden(self.trunk(photos))))
        names = self.kinds(hidden)
        numbers = self.numbers(hidden).view(-1, len(KINDS) - 1, 2, WIDTH)
        return Answer(
            names[:, : len(KINDS)],
            names[:, len(KINDS) :],
            numbers[:, :, 0],
            numbers[:, :, 1].clamp(-7, 3),
        )

    def groups(self, rate: float) -> list[dict[str, object]]:
        """Parameter groups of what is trained."""
        return self.trunk.groups(rate, self.hidden, self.kinds, self.numbers)


class DistortionRefiner(nn.Module):
    """Says what an answer lacks, from (N, 5, H, W): the photo undone by it, and the answer's
    displacements as `ml.estimators.undone.told` writes them; (N, kinds - 1, WIDTH) is to be added.
    """

    def __init__(self, imagenet: Path) -> None:
        super().__init__()
        self.trunk = Trunk(imagenet)
        self.hidden = nn.Linear(SEEN + 2 * _FINE_CELLS**2, _HIDDEN)
        self.deeper = nn.Linear(_HIDDEN, _HIDDEN)
        self.numbers = nn.Linear(_HIDDEN, (len(KINDS) - 1) * WIDTH)
        nn.init.normal_(self.numbers.weight, std=0.01)
        nn.init.zeros_(self.numbers.bias)

    def forward(self, pictures: Tensor) -> Tensor:
        answer = _cells((pictures[:, 3:] - 128.0) / 32.0, _FINE_CELLS)
        seen = torch.cat([self.trunk(pictures[:, :3]), answer], 1)
        hidden = functional.relu(self.deeper(functional.relu(self.hidden(seen))))
        numbers: Tensor = self.numbers(hidden)
        return numbers.view(-1, len(KINDS) - 1, WIDTH)

    def groups(self, rate: float) -> list[dict[str, object]]:
        """Parameter groups of what is trained."""
        return self.trunk.groups(rate, self.hidden, self.deeper, self.numbers)


def _cells(features: Tensor, cells: int) -> Tensor:
    """Features of any shape on a square of cells, flattened."""
    return functional.interpolate(features, (cells, cells), mode="bilinear").flatten(1)
