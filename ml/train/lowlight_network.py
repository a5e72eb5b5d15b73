"""The illumination-adaptive transformer (Cui et al. 2022): 90,000 parameters that brighten a photo.

Our own writing of the published network; its names are those of the published weights.
"""

from pathlib import Path

import torch
from torch import Tensor, nn

_WIDTH, _WIDER, _QUERIES, _HEADS = 16, 64, 10, 4
_DARKEST = 1e-8
_DENORMAL = 1e-30  # numbers below cost thirty times the time, and say nothing


class Mixing(nn.Module):
    """Colours of a pixel mixed, scaled and shifted, (N, C, H, W)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(1, 1, width))
        self.beta = nn.Parameter(torch.zeros(1, 1, width))
        self.color = nn.Parameter(torch.eye(width))

    def forward(self, x: Tensor) -> Tensor:
        mixed = nn.functional.conv2d(x, self.color[..., None, None])
        return mixed * self.alpha.view(1, -1, 1, 1) + self.beta.view(1, -1, 1, 1)


class Perceptron(nn.Module):
    """Two layers with GELU between, of pixels or of vectors."""

    def __init__(self, width: int, pixels: bool) -> None:
        super().__init__()
        wide = 4 * width
        self.fc1 = nn.Conv2d(width, wide, 1) if pixels else nn.Linear(width, wide)
        self.fc2 = nn.Conv2d(wide, width, 1) if pixels else nn.Linear(wide, width)

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.fc2(nn.functional.gelu(self.fc1(x)))
        return found


class LocalBlock(nn.Module):
    """What a transformer's block is, by convolutions."""

    def __init__(self, width: int = _WIDTH) -> None:
        super().__init__()
        self.pos_embed = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm1, self.norm2 = Mixing(width), Mixing(width)
        self.conv1, self.conv2 = nn.Conv2d(width, width, 1), nn.Conv2d(width, width, 1)
        self.attn = nn.Conv2d(width, width, 5, padding=2, groups=width)
        self.gamma_1 = nn.Parameter(torch.full((1, width, 1, 1), 1e-4))
        self.gamma_2 = nn.Parameter(torch.full((1, width, 1, 1), 1e-4))
        self.mlp = Perceptron(width, pixels=True)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.pos_embed(x)
        x = x + self.gamma_1 * self.conv2(self.attn(self.conv1(self.norm1(x))))
        return x + self.gamma_2 * self.mlp(self.norm2(x))


class Local(nn.Module):
    """Of every pixel a factor and a summand."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, _WIDTH, 3, padding=1)
        self.mul_blocks = nn.Sequential(*(LocalBlock() for _ in range(3)))
        self.add_blocks = nn.Sequential(*(LocalBlock() for _ in range(3)))
        self.mul_end = nn.Sequential(nn.Conv2d(_WIDTH, 3, 3, padding=1), nn.ReLU())
        self.add_end = nn.Sequential(nn.Conv2d(_WIDTH, 3, 3, padding=1), nn.Tanh())

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        first = nn.functional.leaky_relu(self.conv1(x), 0.2)
        factor: Tensor = self.mul_end(self.mul_blocks(first) + first)
        summand: Tensor = self.add_end(self.add_blocks(first) + first)
        return factor, summand


class Attention(nn.Module):
    """Ten learned questions to all places of a map (N, places, C)."""

    def __init__(self, width: int = _WIDER) -> None:
        super().__init__()
        self.q = nn.Parameter(torch.ones(1, _QUERIES, width))
        self.k, self.v = (nn.Linear(width, width, bias=False) for _ in range(2))
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        query, key, value = (
            each.reshape(each.shape[0], each.shape[1], _HEADS, -1).transpose(1, 2)
            for each in (self.q.expand(len(x), -1, -1), self.k(x), self.v(x))
        )
        told = nn.functional.scaled_dot_product_attention(query, key, value)
        found: Tensor = self.proj(told.transpose(1, 2).flatten(2))
        return found


class Generator(nn.Module):
    """The answers to the questions about a map (N, C, h, w): (N, 10, C)."""

    def __init__(self, width: int = _WIDER) -> None:
        super().__init__()
        self.pos_embed = nn.Conv2d(width, width, 3, padding=1, groups=width)
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn, self.mlp = Attention(width), Perceptron(width, pixels=False)

    def forward(self, x: Tensor) -> Tensor:
        x = (x + self.pos_embed(x)).flatten(2).transpose(1, 2)
        x = self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Embedding(nn.Module):
    """A quarter of the size in 64 channels."""

    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Sequential(
            nn.Conv2d(3, _WIDER // 2, 3, stride=2, padding=1),
            nn.BatchNorm2d(_WIDER // 2),
            nn.GELU(),
            nn.Conv2d(_WIDER // 2, _WIDER, 3, stride=2, padding=1),
            nn.BatchNorm2d(_WIDER),
        )

    def forward(self, x: Tensor) -> Tensor:
        found: Tensor = self.proj(x)
        return found


class Global(nn.Module):
    """Of the whole photo a power (N, 1) and a matrix of colours (N, 3, 3)."""

    def __init__(self) -> None:
        super().__init__()
        self.gamma_base = nn.Parameter(torch.ones(1))
        self.color_base = nn.Parameter(torch.eye(3))
        self.conv_large, self.generator = Embedding(), Generator()
        self.gamma_linear, self.color_linear = nn.Linear(_WIDER, 1), nn.Linear(_WIDER, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        told = self.generator(self.conv_large(x))
        power = self.gamma_linear(told[:, 0]) + self.gamma_base
        matrix = self.color_linear(told[:, 1:]).reshape(-1, 3, 3) + self.color_base
        return power, matrix


class Iat(nn.Module):
    """From RGB (N, 3, H, W) of 0..1 to a brightened one."""

    def __init__(self) -> None:
        super().__init__()
        self.local_net, self.global_net = Local(), Global()

    def forward(self, x: Tensor) -> Tensor:
        factor, summand = self.local_net(x)
        power, matrix = self.global_net(x)
        mixed = torch.einsum("nkc,nchw->nkhw", matrix, x * factor + summand)
        return mixed.clamp(_DARKEST, 1.0) ** power[..., None, None]


def published(path: Path) -> Iat:
    """The network with published weights; raises RuntimeError where a file holds others."""
    network = Iat()
    told = torch.load(path, map_location="cpu", weights_only=True)
    for values in told.values():
        if values.is_floating_point():
            values[values.abs() < _DENORMAL] = 0.0
    network.load_state_dict(told)
    network.eval()
    return network
