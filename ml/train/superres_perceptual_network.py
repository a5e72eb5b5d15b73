"""The perceptual network of super-resolution: the fast one's convolutions and, after them, residual
blocks of depthwise-separable ones (after SRGAN, Ledig 2017, and MobileNetV2, Sandler 2018); its
critic; and the eye that it works for.
"""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from ml import weights
from ml.train.efficientnet_lite import imagenet_trunk
from ml.train.superres_network import FACTOR, SLOPE, Upscaler

BLOCKS = 6
_EXPANSION = 2
_TOLD = (0, 2, 4, 6)  # blocks after which the eye tells what it sees, to a sixteenth of the size


class RepDepthwise(nn.Module):
    """A 3 × 3 convolution of each channel by itself, whose kernel is a sum: a plain one, its middle
    and the identity.
    """

    identity: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        # Three axes: no matrix between channels, which Muon would make orthogonal.
        self.plain = nn.Parameter(torch.randn(channels, 3, 3) * 0.2)
        self.middle = nn.Parameter(torch.zeros(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels))
        identity = torch.zeros(1, 3, 3)
        identity[:, 1, 1] = 1
        self.register_buffer("identity", identity, persistent=False)

    def kernel(self) -> Tensor:
        """The collapsed kernel (channels, 1, 3, 3)."""
        return (self.plain + (1 + self.middle) * self.identity)[:, None]

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.kernel(), self.bias, padding=1, groups=len(self.bias))


class Separable(nn.Module):
    """Widen, look about in each channel, squeeze: added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        wide = _EXPANSION * width
        self.widen = nn.Conv2d(width, wide, 1)
        self.around: nn.Module = RepDepthwise(wide)
        self.squeeze = nn.Conv2d(wide, width, 1)
        nn.init.zeros_(self.squeeze.weight)  # begin as if it were not there
        nn.init.zeros_(self.squeeze.bias)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.leaky_relu(self.widen(x), SLOPE)
        return x + self.squeeze(functional.leaky_relu(self.around(y), SLOPE))


class Painter(nn.Module):
    """From luma (N, 1, H, W) in 0..1 to what is to be added to its bicubic enlargement (OpenCV's),
    (N, 1, 4H, 4W); looks 14 pixels far. At first it says what the network it begins from says.
    """

    def __init__(self, begun: Upscaler) -> None:
        super().__init__()
        self.first: nn.Module = begun.first
        self.body = begun.body
        width = begun.first.kernel().shape[0]
        self.blocks = nn.ModuleList(Separable(width) for _ in range(BLOCKS))
        self.last: nn.Module = begun.last

    def forward(self, luma: Tensor) -> Tensor:
        x = functional.leaky_relu(self.first(luma - 0.5), SLOPE)
        for conv in self.body:
            x = functional.leaky_relu(conv(x), SLOPE)
        for block in self.blocks:
            x = block(x)
        with torch.autocast("cpu", enabled=False):
            return functional.pixel_shuffle(self.last(x.float()), FACTOR)


class Critic(nn.Module):
    """How much each part of luma (N, 1, H, W) looks like a photo: (N, 1, H/8, W/8), any number."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        sizes = ((1, width), (width, 2 * width), (2 * width, 4 * width))
        strided = (nn.Conv2d(a, b, 4, stride=2, padding=1) for a, b in sizes)
        self.convs = nn.ModuleList(spectral_norm(conv) for conv in strided)
        self.last = spectral_norm(nn.Conv2d(4 * width, 1, 3, padding=1))

    def forward(self, luma: Tensor) -> Tensor:
        # Neither brightness nor what lies beyond white can please it.
        x = luma.clamp(0, 1)
        x = 2 * (x - x.mean((2, 3), keepdim=True))
        for conv in self.convs:
            x = functional.leaky_relu(conv(x), 0.2)
        said: Tensor = self.last(x)
        return said


class Rivals(nn.Module):
    """The painter and its critic, which learn from one another."""

    def __init__(self, painter: Painter) -> None:
        super().__init__()
        self.painter, self.critic = painter, Critic()

    def forward(self, luma: Tensor) -> Tensor:
        found: Tensor = self.painter(luma)
        return found


class Eye(nn.Module):
    """How differently EfficientNet-Lite0 of ImageNet sees two pictures, at a half of their size
    down to a sixteenth; WeightsError where its weights are missing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trunk = imagenet_trunk(weights.locate("efficientnet_lite0")).eval()
        self.trunk.requires_grad_(False)

    def forward(self, found: Tensor, true: Tensor) -> Tensor:
        """The mean distance of luma (N, 1, H, W) in 0..1, in deviations of each channel."""
        with torch.no_grad():
            wanted = list(self._seen(true))
        away = [
            ((one - other) / (other.std((0, 2, 3), keepdim=True) + 0.1)).abs().mean()
            for one, other in zip(self._seen(found), wanted, strict=True)
        ]
        return torch.stack(away).mean()

    def _seen(self, luma: Tensor) -> Iterator[Tensor]:
        gray = (2 * luma - 1).expand(-1, 3, -1, -1)
        for number, seen in enumerate(self.trunk.steps(gray, _TOLD[-1])):
            if number in _TOLD:
                yield seen


def collapsed(painter: Painter) -> Painter:
    """The same painter as it is run: plain convolutions alone."""
    found = copy.deepcopy(painter)
    found.first, found.last = _plain(painter.first), _plain(painter.last)
    found.body = nn.ModuleList(_plain(conv) for conv in painter.body)
    for block, trained in zip(found.blocks, painter.blocks, strict=True):
        block.around = _plain(trained.around)
    return found


def _plain(trained: nn.Module) -> nn.Conv2d:
    kernel = trained.kernel().detach()
    groups = len(kernel) if isinstance(trained, RepDepthwise) else 1
    conv = nn.Conv2d(kernel.shape[1] * groups, len(kernel), 3, padding=1, groups=groups)
    conv.weight.data.copy_(kernel)
    conv.bias.data.copy_(trained.bias.detach())
    return conv
