"""The patch network of authenticity: EfficientNet-lite0's first blocks, which see traces rather
than things, beside a look at the fine residual that their stem would average away.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.train.efficientnet_lite import imagenet_trunk

BLOCKS = 8  # of the trunk's 16, to 80 channels with a stride of 16
_FINE = 5  # blocks after which features with a stride of 8 are taken, 40 channels
_CHANNELS = 80


class Seen(NamedTuple):
    """Logits of patches (N, H/16, W/16): traces of a generator, and of an edit; `features`
    (N, 2 × channels): means and deviations of what was seen.
    """

    generated: Tensor
    edited: Tensor
    features: Tensor


class AuthenticityNetwork(nn.Module):
    """Judges photos (N, 3, H, W), RGB in 0..255, H and W multiples of 16, patch by patch."""

    def __init__(self, imagenet: Path) -> None:
        super().__init__()
        whole = imagenet_trunk(imagenet)
        self.stem, self.norm = whole._conv_stem, whole._bn0
        self.blocks = nn.ModuleList(whole._blocks[:BLOCKS])
        self.residual = nn.Conv2d(12, 32, 3, padding=1)
        nn.init.normal_(self.residual.weight, std=0.03)
        self.join = nn.Conv2d(_CHANNELS + 40, 96, 1)
        self.drop = nn.Dropout2d(0.1)
        self.patches = nn.Conv2d(96, 2, 1)
        nn.init.zeros_(self.patches.bias)

    def forward(self, photos: Tensor) -> Seen:
        x = self.norm(self.stem((photos - 127.0) / 128.0))
        x = functional.relu6(x + self.residual(_fine(photos)))
        fine = x
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i + 1 == _FINE:
                fine = functional.avg_pool2d(x, 2)
        x = functional.relu(self.join(torch.cat([x, fine], 1)))
        logits = self.patches(self.drop(x))
        mean = x.mean((2, 3))
        spread = ((x - mean[:, :, None, None]) ** 2).mean((2, 3)).add(1e-6).sqrt()
        return Seen(logits[:, 0], logits[:, 1], torch.cat([mean, spread], 1))

    def train(self, mode: bool = True) -> "AuthenticityNetwork":
        """Keep ImageNet's running statistics: small batches spoil them."""
        super().train(mode)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def groups(self, rate: float) -> list[dict[str, object]]:
        """Parameter groups of what is trained: new layers learn three times as fast."""
        new = [p for part in (self.residual, self.join, self.patches) for p in part.parameters()]
        known = {id(p) for p in new}
        old = [p for p in self.parameters() if id(p) not in known]
        return [
            {"params": old, "lr": rate, "base": rate},
            {"params": new, "lr": 3 * rate, "base": 3 * rate},
        ]


def _fine(photos: Tensor) -> Tensor:
    """What a 3 × 3 mean does not explain, in pixels of half size (N, 12, H/2, W/2)."""
    # Zeros beyond the rim, as the convolutions pad: the mean counts only what is there.
    soft = functional.avg_pool2d(photos, 3, 1, 1, count_include_pad=False)
    return functional.pixel_unshuffle((photos - soft).clamp(-24, 24) / 6.0, 2)
