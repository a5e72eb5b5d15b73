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


class Answer(NamedTuple):
    """Of a batch: logits of kinds (N, kinds) and of models (N, choices), and for every kind but
    "none" the vector's means and log variances (N, kinds - 1, WIDTH).
    """

    kinds: Tensor
    choices: Tensor
    mean: Tensor
    log_variance: Tensor


class DistortionNetwork(nn.Module):
    """Photos (N, 3, H, W), RGB in 0..255, H and W multiples of 32 with about 192² pixels."""

    def __init__(self, imagenet: Path) -> None:
        super().__init__()
        trunk = imagenet_trunk(imagenet)
        self.stem, self.norm = trunk._conv_stem, trunk._bn0
        self.blocks = nn.ModuleList(trunk._blocks[:BLOCKS])
        self.fine = nn.Conv2d(112, _FINE_CHANNELS, 1)
        self.coarse = nn.Conv2d(192, _COARSE_CHANNELS, 1)
        cells = _FINE_CHANNELS * _FINE_CELLS**2 + _COARSE_CHANNELS * _COARSE_CELLS**2
        self.hidden = nn.Linear(cells, _HIDDEN)
        self.drop = nn.Dropout(0.1)
        self.kinds = nn.Linear(_HIDDEN, len(KINDS) + len(CHOICES))
        self.numbers = nn.Linear(_HIDDEN, (len(KINDS) - 1) * WIDTH * 2)
        nn.init.normal_(self.numbers.weight, std=0.01)
        nn.init.zeros_(self.numbers.bias)

    def forward(self, photos: Tensor) -> Answer:
        with torch.no_grad():
            x = functional.relu6(self.norm(self.stem((photos - 127.0) / 128.0)))
            for block in self.blocks[:FROZEN]:
                x = block(x)
        fine = x
        for i, block in enumerate(self.blocks[FROZEN:], FROZEN):
            x = block(x)
            if i + 1 == FINE:
                fine = x
        seen = torch.cat(
            [_cells(self.fine(fine), _FINE_CELLS), _cells(self.coarse(x), _COARSE_CELLS)], 1
        )
        hidden = self.drop(functional.relu(self.hidden(seen)))
        names = self.kinds(hidden)
        numbers = self.numbers(hidden).view(-1, len(KINDS) - 1, 2, WIDTH)
        return Answer(
            names[:, : len(KINDS)],
            names[:, len(KINDS) :],
            numbers[:, :, 0],
            numbers[:, :, 1].clamp(-7, 3),
        )

    def train(self, mode: bool = True) -> "DistortionNetwork":
        """Keep ImageNet's running statistics: small batches of half-synthetic photos spoil them."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def groups(self, rate: float) -> list[dict[str, object]]:
        """Parameter groups of what is trained: the heads learn three times as fast."""
        trunk = [p for block in self.blocks[FROZEN:] for p in block.parameters()]
        heads = (self.fine, self.coarse, self.hidden, self.kinds, self.numbers)
        return [
            {"params": trunk, "lr": rate, "base": rate},
            {
                "params": [p for head in heads for p in head.parameters()],
                "lr": 3 * rate,
                "base": 3 * rate,
            },
        ]


def _cells(features: Tensor, cells: int) -> Tensor:
    """Features of any shape on a square of cells, flattened."""
    return functional.interpolate(features, (cells, cells), mode="bilinear").flatten(1)
