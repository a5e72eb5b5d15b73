"""The networks of super-resolution: a chain of 3 × 3 convolutions on luma, each trained as a sum of
branches (after ECBSR, Zhang 2021, and SESR, Bhardwaj 2022) and collapsed into one.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

FACTOR = 4
SLOPE = 0.1  # of the activation below zero
_EXPANSION = 2
_EDGES = torch.tensor(
    [
        [[1.0, 0.0, -1.0], [2.0, 0.0, -2.0], [1.0, 0.0, -1.0]],
        [[1.0, 2.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -2.0, -1.0]],
        [[0.0, 1.0, 0.0], [1.0, -4.0, 1.0], [0.0, 1.0, 0.0]],
    ]
)  # Sobel's two and Laplace's


@dataclass(frozen=True)
class Shape:
    """How many channels a network has, and how many convolutions between its first and its last."""

    width: int
    depth: int


SHAPES = {"fast": Shape(32, 6), "quality": Shape(48, 13), "mosaic": Shape(32, 6)}


class RepConv(nn.Module):
    """A 3 × 3 convolution whose kernel is a sum: a plain one, a wide one squeezed by a 1 × 1,
    edges, and the identity where as many channels go out as come in.

    Only the sum is ever convolved with: training costs no more than a plain chain.
    """

    edges: Tensor
    identity: Tensor

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        wide = _EXPANSION * max(inputs, outputs)
        gain = 0.3 if inputs == outputs else 1.0  # else a chain of identities grows what it passes
        spread = gain * math.sqrt(1 / (9 * inputs))
        self.plain = nn.Parameter(torch.randn(outputs, inputs, 3, 3) * spread * 0.7)
        self.wide = nn.Parameter(torch.randn(wide, inputs, 3, 3) * spread)
        self.squeeze = nn.Parameter(torch.randn(outputs, wide) * math.sqrt(1 / wide) * 0.5)
        self.edge = nn.Parameter(torch.randn(3, outputs, inputs) * spread * 0.2)
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.register_buffer("edges", _EDGES / 4, persistent=False)
        identity = torch.zeros(outputs, inputs, 3, 3)
        if inputs == outputs:
            identity[:, :, 1, 1] = torch.eye(inputs)
        self.register_buffer("identity", identity, persistent=False)

    def kernel(self) -> Tensor:
        """The collapsed kernel (outputs, inputs, 3, 3)."""
        squeezed = (self.squeeze @ self.wide.flatten(1)).view_as(self.plain)
        edges = torch.einsum("koi,khw->oihw", self.edge, self.edges)
        return self.plain + squeezed + edges + self.identity

    def forward(self, x: Tensor) -> Tensor:
        return functional.conv2d(x, self.kernel(), self.bias, padding=1)


class Upscaler(nn.Module):
    """From luma (N, 1, H, W) in 0..1 to what is to be added to its bicubic enlargement (OpenCV's),
    (N, 1, 4H, 4W).
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.first = RepConv(1, shape.width)
        self.body = nn.ModuleList(RepConv(shape.width, shape.width) for _ in range(shape.depth))
        self.last = RepConv(shape.width, FACTOR**2)
        with torch.no_grad():  # begin near bicubic
            for part in (self.last.plain, self.last.squeeze, self.last.edge):
                part.mul_(0.1)

    def forward(self, luma: Tensor) -> Tensor:
        x = functional.leaky_relu(self.first(luma - 0.5), SLOPE)
        for conv in self.body:
            x = functional.leaky_relu(conv(x), SLOPE)
        with torch.autocast("cpu", enabled=False):
            return functional.pixel_shuffle(self.last(x.float()), FACTOR)


class Collapsed(nn.Module):
    """An upscaler as it is run: plain convolutions alone."""

    def __init__(self, network: Upscaler) -> None:
        super().__init__()
        convs = []
        for trained in (network.first, *network.body, network.last):
            kernel = trained.kernel().detach()
            conv = nn.Conv2d(kernel.shape[1], kernel.shape[0], 3, padding=1)
            conv.weight.data.copy_(kernel)
            conv.bias.data.copy_(trained.bias.detach())
            convs.append(conv)
        self.convs = nn.ModuleList(convs)

    def forward(self, luma: Tensor) -> Tensor:
        x = luma - 0.5
        for conv in self.convs[:-1]:
            x = functional.leaky_relu(conv(x), SLOPE)
        return functional.pixel_shuffle(self.convs[-1](x), FACTOR)
