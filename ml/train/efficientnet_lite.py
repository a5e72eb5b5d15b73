"""EfficientNet-lite0 as a torch module, begun from published ImageNet weights.

Architecture: Tan and Le, EfficientNet (ICML 2019), in the "lite" form without
squeeze-and-excitation and with ReLU6. Names of the layers are those of the published state dict.
"""

from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
STRIDE = 32
WIDTH = 1280
# expansion, channels, repeats, stride, kernel
STAGES = (
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3, momentum=0.01)


class SameConv(nn.Conv2d):
    """Convolution padded as TensorFlow's SAME does on even sizes: with stride 2 one more at the
    far side.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1
    ) -> None:
        super().__init__(inputs, outputs, kernel, stride, groups=groups, bias=False)
        before = (kernel - stride) // 2
        after = kernel - stride - before
        self.pads = (before, after, before, after)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(functional.pad(x, self.pads) if any(self.pads) else x)


class Block(nn.Module):
    """Inverted residual: expand, depthwise, project."""

    def __init__(self, inputs: int, outputs: int, expansion: int, stride: int, kernel: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.residual = stride == 1 and inputs == outputs
        self.expands = expansion > 1
        if self.expands:
            self._expand_conv = SameConv(inputs, hidden, 1)
            self._bn0 = _norm(hidden)
        self._depthwise_conv = SameConv(hidden, hidden, kernel, stride, groups=hidden)
        self._bn1 = _norm(hidden)
        self._project_conv = SameConv(hidden, outputs, 1)
        self._bn2 = _norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class EfficientNetLite0(nn.Module):
    """Trunk with average pooling: (N, 3, H, W) in -1..1 to (N, 1280), H and W multiples of 32."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, 32, 3, 2)
        self._bn0 = _norm(32)
        blocks, inputs = [], 32
        for expansion, outputs, repeats, stride, kernel in STAGES:
            for i in range(repeats):
                blocks.append(Block(inputs, outputs, expansion, stride if i == 0 else 1, kernel))
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = SameConv(inputs, WIDTH, 1)
        self._bn1 = _norm(WIDTH)

    def early(self, x: Tensor, blocks: int) -> Tensor:
        """Run the stem and the first blocks."""
        *_, last = self.steps(x, blocks)
        return last

    def steps(self, x: Tensor, blocks: int) -> Iterator[Tensor]:
        """What the stem sees and what each of the first blocks does, one after the other."""
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        yield x
        for block in self._blocks[:blocks]:
            x = block(x)
            yield x

    def late(self, x: Tensor, blocks: int) -> Tensor:
        """Run what follows those blocks, up to the pooled features."""
        for block in self._blocks[blocks:]:
            x = block(x)
        return functional.relu6(self._bn1(self._conv_head(x))).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.late(self.early(x, 0), 0)


def imagenet_trunk(path: Path) -> EfficientNetLite0:
    """Read the published ImageNet state dict (its classifier is left out).

    Raises RuntimeError where the file's layers are not those of EfficientNet-lite0.
    """
    state: OrderedDict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    trunk = EfficientNetLite0()
    trunk.load_state_dict(
        {name: value for name, value in state.items() if not name.startswith("_fc.")}
    )
    return trunk
