"""The network that says what is wrong with a photo, how much, and where."""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.degradations.table import KINDS
from ml.restoration.diagnosis import LOCAL, NUMBERS
from ml.train.efficientnet_lite import EfficientNetLite0, imagenet_trunk

_ENDS = (1, 3, 5, 11, 15)  # blocks after which features are taken, at strides of 2 to 32
_CHANNELS = (16, 24, 40, 112, 192)
_WIDTH, _FINE, _CELL = 32, 32, 8
_FROZEN = 3  # blocks, after the stem: half of the cost of learning, and the least to be learned
_TRUNK_RATE = 0.3  # of the rate of what begins from nothing


class Answer(NamedTuple):
    """Logits of KINDS (N, kinds), NUMBERS (N, 4) in SCALES, and logits of LOCAL masks at half the
    size (N, local, H/2, W/2).
    """

    kinds: Tensor
    numbers: Tensor
    masks: Tensor


class DiagnosisNetwork(nn.Module):
    """From photos (N, 3, H, W) of 0..1, sides multiples of 32, to an Answer.

    Noise and compression are measured by fine filters at full size, whose mean strength, and that
    in the calmest cell, go to the heads beside what the trunk sees. The trunk's first blocks and
    the statistics of its normalisation stay as published.
    """

    def __init__(self, published: Path | None) -> None:
        super().__init__()
        self.trunk = imagenet_trunk(published) if published else EfficientNetLite0()
        del self.trunk._conv_head, self.trunk._bn1, self.trunk._blocks[_ENDS[-1] :]
        for part in (self.trunk._conv_stem, self.trunk._bn0, *self.trunk._blocks[:_FROZEN]):
            part.requires_grad_(False)
        self.fine = nn.Conv2d(3, _FINE, 5, 2, bias=False)
        self.head = nn.Sequential(nn.Linear(_CHANNELS[-1] + 2 * _FINE, 128), nn.ReLU())
        self.kinds = nn.Linear(128, len(KINDS))
        self.numbers = nn.Linear(128, len(NUMBERS))
        self.lateral = nn.ModuleList(nn.Conv2d(n, _WIDTH, 1) for n in _CHANNELS)
        # Marks one pixel wide: the pixels themselves, which frozen blocks may not tell enough of.
        self.pixels = nn.Conv2d(12, _WIDTH, 3, padding=1)
        self.smooth = nn.ModuleList(nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1) for _ in _CHANNELS[:-1])
        self.masks = nn.Conv2d(_WIDTH, len(LOCAL), 1)
        nn.init.constant_(self.masks.bias, -3.0)
        nn.init.constant_(self.kinds.bias, -2.0)

    def forward(self, photos: Tensor) -> Answer:
        seen = self._seen(photos * 2 - 1)
        strength = functional.avg_pool2d(self.fine(photos).abs(), _CELL)
        fine = torch.cat([strength.mean((2, 3)), strength.amin((2, 3))], 1)
        pooled = self.head(torch.cat([seen[-1].mean((2, 3)), (fine + 1e-4).log() / 4], 1))
        x = self.lateral[-1](seen[-1])
        near = functional.relu(self.pixels(functional.pixel_unshuffle(photos, 2)))
        for i in reversed(range(len(seen) - 1)):
            x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
            x = x + self.lateral[i](seen[i])
            x = functional.relu(self.smooth[i](x if i else x + near))
        return Answer(self.kinds(pooled), self.numbers(pooled), self.masks(x))

    def _seen(self, x: Tensor) -> list[Tensor]:
        trunk, seen = self.trunk, []
        x = functional.relu6(trunk._bn0(trunk._conv_stem(x)))
        for number, block in enumerate(trunk._blocks, 1):
            x = block(x)
            if number in _ENDS:
                seen.append(x)
        return seen

    def train(self, mode: bool = True) -> "DiagnosisNetwork":
        """Statistics of the normalisation stay as published."""
        super().train(mode)
        self.trunk.eval()
        return self

    def groups(self, rate: float) -> list[dict[str, Any]]:
        """The trunk at a lower rate than what begins from nothing; each stands in "base" too."""
        trunk = [each for each in self.trunk.parameters() if each.requires_grad]
        known = {id(each) for each in self.trunk.parameters()}
        rest = [each for each in self.parameters() if id(each) not in known]
        slow = _TRUNK_RATE * rate
        return [
            {"params": trunk, "lr": slow, "base": slow},
            {"params": rest, "lr": rate, "base": rate},
        ]
