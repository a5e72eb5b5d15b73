"""The patch network of authenticity: EfficientNet-lite0's first blocks, which see traces rather
than things, beside a look at the fine residual that their stem would average away.
"""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.train.efficientnet_lite import Block, SameConv, imagenet_trunk

BLOCKS = 8  # of the trunk's 16, to 80 channels with a stride of 16
_FINE = 5  # blocks after which features with a stride of 8 are taken, 40 channels
_CHANNELS = 80
_JOINED, _COMPARED, _AROUND = 96, 64, 48  # channels
_NEAR = 9  # patches, across and down, that each is compared with


class AuthenticityNetwork(nn.Module):
    """Judges photos (N, 3, H, W), RGB in 0..255, H and W multiples of 16, patch by patch: logits
    (N, H/16, W/16) of an edit.
    """

    def __init__(self, imagenet: Path) -> None:
        super().__init__()
        whole = imagenet_trunk(imagenet)
        self.stem = _Normalised(whole._conv_stem, whole._bn0)
        self.blocks = nn.ModuleList(_Block(block) for block in whole._blocks[:BLOCKS])
        self.residual = nn.Conv2d(12, 32, 3, padding=1)
        nn.init.normal_(self.residual.weight, std=0.03)
        self.join = nn.Conv2d(_CHANNELS + 40, _JOINED, 1)
        self.compare = nn.Conv2d(3 * _JOINED, _COMPARED, 1)
        self.around = nn.Conv2d(_COMPARED, _AROUND, 3, padding=1)
        self.drop = nn.Dropout2d(0.1)
        self.patches = nn.Conv2d(_JOINED, 1, 1)
        self.unlike = nn.Conv2d(_AROUND, 1, 1)
        nn.init.zeros_(self.unlike.weight)

    def forward(self, photos: Tensor) -> Tensor:
        x = self.stem((photos - 127.0) / 128.0)
        x = functional.relu6(x + self.residual(_fine(photos)))
        fine = x
        for i, block in enumerate(self.blocks):
            x = block(x)
            if i + 1 == _FINE:
                fine = functional.avg_pool2d(x, 2)
        x = functional.relu(self.join(torch.cat([x, fine], 1)))
        y = functional.relu(self.compare(torch.cat([x, *_unlike(x)], 1)))
        y = functional.relu(self.around(y))
        found: Tensor = self.patches(self.drop(x)) + self.unlike(self.drop(y))
        return found[:, 0]

    def groups(self, rate: float) -> list[dict[str, object]]:
        """Parameter groups of what is trained: layers of our own learn three times as fast."""
        parts = self.residual, self.join, self.compare, self.around, self.unlike, self.patches
        new = [parameter for part in parts for parameter in part.parameters()]
        known = {id(parameter) for parameter in new}
        old = [parameter for parameter in self.parameters() if id(parameter) not in known]
        return [
            {"params": old, "lr": rate, "base": rate},
            {"params": new, "lr": 3 * rate, "base": 3 * rate},
        ]


class _Block(nn.Module):
    """A block of the trunk."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.residual, self.expands = block.residual, block.expands
        if self.expands:
            self.expand = _Normalised(block._expand_conv, block._bn0)
        self.depthwise = _Normalised(block._depthwise_conv, block._bn1)
        self.project = _Normalised(block._project_conv, block._bn2)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu6(self.expand(x)) if self.expands else x
        y = self.project(functional.relu6(self.depthwise(y)))
        return x + y if self.residual else y


class _Normalised(nn.Module):
    """A convolution and its normalisation by ImageNet's statistics, which small batches would
    spoil: both learn at rates of their own, as one kernel they take a third less time.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, conv: SameConv, norm: nn.BatchNorm2d) -> None:
        super().__init__()
        self.conv, self.scale, self.shift = conv, norm.weight, norm.bias
        self.register_buffer("mean", norm.get_buffer("running_mean"))
        self.register_buffer("spread", (norm.get_buffer("running_var") + norm.eps).sqrt())

    def forward(self, x: Tensor) -> Tensor:
        conv = self.conv
        gain = self.scale / self.spread
        kernel, bias = conv.weight * gain[:, None, None, None], self.shift - self.mean * gain
        before, after = conv.pads[:2]
        if before != after:
            x, before = functional.pad(x, conv.pads), 0
        return functional.conv2d(x, kernel, bias, conv.stride, before, groups=conv.groups)


def _unlike(x: Tensor) -> tuple[Tensor, Tensor]:
    """How far patches are from all others, in deviations, and from those around (Wu, AbdAlmageed
    and Natarajan, ManTra-Net, CVPR 2019).
    """
    mean = x.mean((2, 3), keepdim=True)
    apart = x - mean
    spread = (apart * apart).mean((2, 3), keepdim=True).add(1e-3).sqrt()
    near = functional.avg_pool2d(x, _NEAR, 1, _NEAR // 2, count_include_pad=False)
    return apart / spread, x - near


def _fine(photos: Tensor) -> Tensor:
    """What a 3 × 3 mean does not explain, in pixels of half size (N, 12, H/2, W/2)."""
    # Zeros beyond the rim, as the convolutions pad: the mean counts only what is there.
    soft = functional.avg_pool2d(photos, 3, 1, 1, count_include_pad=False)
    return functional.pixel_unshuffle((photos - soft).clamp(-24, 24) / 6.0, 2)
