"""The network of marks: U-shaped, at half the size and below, maps at full size."""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

RARE = -3.0  # a logit that marks are
_MOMENTUM = 0.03  # of the batches' means, as slow as the average of the weights


class MarksNetwork(nn.Module):
    """From photos (N, channels, H, W) of 0..1, sides multiples of 16, to maps (N, kinds, H, W) that
    begin at `begun` everywhere; `widths` are the channels at a half, a quarter, an eighth of the
    size, and so on.

    Four pixels become one of twelve channels at the beginning and come apart at the end, so that a
    hair's width is kept and nothing is computed at full size.
    """

    def __init__(
        self, kinds: int, widths: tuple[int, ...], channels: int = 3, begun: float = RARE
    ) -> None:
        super().__init__()
        self.head = nn.Conv2d(4 * channels, widths[0], 3, padding=1)
        self.encoders = nn.ModuleList(_pair(width) for width in widths[:-1])
        self.shrinks = nn.ModuleList(nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths))
        self.bottom = nn.Sequential(_pair(widths[-1]), _pair(widths[-1], 2))
        self.grows = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in pairwise(widths))
        self.decoders = nn.ModuleList(_pair(width) for width in widths[:-1])
        self.tail = nn.Conv2d(widths[0], 4 * kinds, 3, padding=1)
        nn.init.zeros_(self.tail.weight)
        nn.init.constant_(self.tail.bias, begun)

    def forward(self, photos: Tensor) -> Tensor:
        x = self.head(functional.pixel_unshuffle(photos - 0.5, 2))
        seen = []
        for encode, shrink in zip(self.encoders, self.shrinks, strict=True):
            x = encode(x)
            seen.append(x)
            x = shrink(x)
        x = self.bottom(x)
        for i in reversed(range(len(seen))):
            x = self.decoders[i](functional.pixel_shuffle(self.grows[i](x), 2) + seen[i])
        return functional.pixel_shuffle(self.tail(x), 2)


def _pair(width: int, reach: int = 1) -> nn.Sequential:
    """Two convolutions, the second one `reach` pixels apart."""
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, bias=False),
        nn.BatchNorm2d(width, momentum=_MOMENTUM),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, width, 3, padding=reach, dilation=reach, bias=False),
        nn.BatchNorm2d(width, momentum=_MOMENTUM),
        nn.ReLU(inplace=True),
    )
