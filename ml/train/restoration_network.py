"""The blind restoration network: U-shaped, of residual blocks, told how strong each damage is."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.restoration.blind import STEPS
from ml.train.superres_network import RepConv


@dataclass(frozen=True)
class Shape:
    """Channels at a half, a quarter and an eighth of the size, and residual blocks on the way down,
    at the bottom and on the way up.
    """

    widths: tuple[int, ...] = (48, 96, 160)
    down: int = 2
    bottom: int = 4
    up: int = 2


class Block(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(width, width, 3, padding=1), RepConv(width, width)
        # A block begins as the identity, whatever its kernel's own identity passes on.
        self.share = nn.Parameter(torch.full((width, 1, 1), 0.1))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.share * self.second(functional.relu(self.first(x)))


class CollapsedBlock(nn.Module):
    """A block as it is written: plain convolutions alone."""

    def __init__(self, block: Block) -> None:
        super().__init__()
        self.first = block.first
        self.second = nn.Conv2d(*block.first.weight.shape[:2], 3, padding=1)
        share = block.share.detach()
        self.second.weight.data = block.second.kernel().detach() * share[..., None]
        self.second.bias.data = block.second.bias.detach() * share.flatten()

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(functional.relu(self.first(x)))


class Restorer(nn.Module):
    """From RGB and maps of what is wrong to restored RGB.

    `photos` is (N, 3 + STEPS, H, W), sides multiples of 8: RGB of 0..1, which noise may
    leave, then noise, blur and compression as ml.restoration.blind tells them; RGB comes out.
    """

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        shape = shape or Shape()
        widths = shape.widths
        self.head = nn.Conv2d(4 * 3 + STEPS, widths[0], 3, padding=1)
        self.encoders = nn.ModuleList(_blocks(width, shape.down) for width in widths[:-1])
        self.shrinks = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.bottom = _blocks(widths[-1], shape.bottom)
        self.grows = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in pairwise(widths))
        self.decoders = nn.ModuleList(_blocks(width, shape.up) for width in widths[:-1])
        self.tail = nn.Conv2d(widths[0], 4 * 3, 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        nn.init.zeros_(self.tail.bias)

    def forward(self, photos: Tensor) -> Tensor:
        colours = photos[:, :3]
        small = functional.pixel_unshuffle(colours, 2)
        x = self.head(torch.cat([small, functional.avg_pool2d(photos[:, 3:], 2)], 1))
        seen = []
        for encode, shrink in zip(self.encoders, self.shrinks, strict=True):
            x = encode(x)
            seen.append(x)
            x = shrink(x)
        x = self.bottom(x)
        for i in reversed(range(len(seen))):
            x = self.decoders[i](functional.pixel_shuffle(self.grows[i](x), 2) + seen[i])
        return colours + functional.pixel_shuffle(self.tail(x), 2)

    def groups(self, rate: float) -> list[dict[str, Any]]:
        """All parameters at one rate, which stands in "base" too."""
        return [{"params": list(self.parameters()), "lr": rate, "base": rate}]

    def collapsed(self) -> "Restorer":
        """The same function of plain convolutions; this one is used up by it."""
        for stage in (*self.encoders, self.bottom, *self.decoders):
            for i, block in enumerate(stage):
                stage[i] = CollapsedBlock(block)
        return self


def _blocks(width: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(Block(width) for _ in range(count)))
