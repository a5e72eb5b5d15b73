"""Two published networks that ours learn from and are measured beside, made anew from the names and
shapes in their checkpoints: EFDN (Wang 2022) and SAFMNv3 (NTIRE 2025).
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml.errors import WeightsError

FACTOR = 4
Pixels = NDArray[np.uint8]


class _Point(nn.Module):
    """A 1 × 1 convolution with its activation."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1x1 = nn.Conv2d(width, width, 1)
        self.act = nn.PReLU(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.conv1x1(x))


class _Plain(nn.Module):
    """A 3 × 3 convolution with its activation."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.rep_conv = nn.Conv2d(width, width, 3, padding=1)
        self.act = nn.PReLU(width)

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.rep_conv(x))


class _SpatialAttention(nn.Module):
    """Enhanced spatial attention of RFDN (Liu 2020)."""

    def __init__(self, width: int, narrow: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, narrow, 1)
        self.conv_f = nn.Conv2d(narrow, narrow, 1)
        self.conv2 = nn.Conv2d(narrow, narrow, 3, stride=2)
        self.conv_max = nn.Conv2d(narrow, narrow, 3, padding=1)
        self.conv3 = nn.Conv2d(narrow, narrow, 3, padding=1)
        self.conv3_ = nn.Conv2d(narrow, narrow, 3, padding=1)
        self.conv4 = nn.Conv2d(narrow, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        narrow = self.conv1(x)
        coarse = functional.max_pool2d(self.conv2(narrow), 7, 3)
        coarse = self.conv3(functional.relu(self.conv_max(coarse)))
        coarse = self.conv3_(functional.relu(coarse))
        shape = x.shape[2:]
        fine = functional.interpolate(coarse, shape, mode="bilinear", align_corners=False)
        return x * torch.sigmoid(self.conv4(fine + self.conv_f(narrow)))


class _Cell(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = _Point(width)
        self.conv2, self.conv3 = _Plain(width), _Plain(width)
        self.fuse = nn.Conv2d(2 * width, width, 1)
        self.att = _SpatialAttention(width, width // 4)
        self.branch = nn.ModuleList(nn.Conv2d(width, width // 2, 1) for _ in range(4))

    def forward(self, x: Tensor) -> Tensor:
        first = self.conv1(x)
        second = self.conv2(first)
        seen = (x, first, second, self.conv3(second))
        parts = [branch(each) for branch, each in zip(self.branch, seen, strict=True)]
        return x + self.att(self.fuse(torch.cat(parts, 1)))


class Efdn(nn.Module):
    """Edge-enhanced feature distillation network, collapsed; RGB (N, 3, H, W) in 0..1."""

    def __init__(self, width: int = 48) -> None:
        super().__init__()
        self.head = nn.Conv2d(3, width, 3, padding=1)
        self.cells = nn.ModuleList(_Cell(width) for _ in range(4))
        self.local_fuse = nn.ModuleList(nn.Conv2d(2 * width, width, 1) for _ in range(3))
        self.tail = nn.Sequential(nn.Conv2d(width, 3 * FACTOR**2, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        head = self.head(x)
        first = self.cells[0](head)
        second = self.cells[1](first)
        third = self.cells[2](self.local_fuse[0](torch.cat([first, second], 1)))
        fourth = self.cells[3](self.local_fuse[1](torch.cat([second, third], 1)))
        out = self.tail(head + self.local_fuse[2](torch.cat([second, fourth], 1)))
        return functional.pixel_shuffle(out, FACTOR)


class _Modulation(nn.Module):
    def __init__(self, width: int, part: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, part, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(width, width - part, 3, padding=1, bias=False)
        self.conv3 = nn.Conv2d(part, part, 1, bias=False)
        self.dwconv = nn.Conv2d(part, part, 3, padding=1, groups=part, bias=False)
        self.out = nn.Conv2d(width, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        height, width = x.shape[2:]
        part = self.conv1(x)
        coarse = functional.adaptive_max_pool2d(part, (max(1, height // 8), max(1, width // 8)))
        spread = part.var((2, 3), keepdim=True)
        coarse = self.conv3(self.dwconv(coarse) + spread)
        fine = functional.interpolate(coarse, (height, width), mode="bilinear")
        both = torch.cat([self.conv2(x), functional.gelu(fine) * part], 1)
        return self.out(functional.gelu(both))


class _Mixing(nn.Module):
    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, hidden, 1, bias=False)
        self.conv2 = nn.Conv2d(hidden, width, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2(functional.gelu(self.conv1(x)))


class _Feature(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = _Modulation(width, 12)
        self.conv2 = _Mixing(width, width * 3 // 2)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(self.conv1(x))


class Safmn(nn.Module):
    """Simple feature modulation network; RGB (N, 3, H, W) in 0..1."""

    def __init__(self, width: int = 40) -> None:
        super().__init__()
        self.to_feat = nn.Conv2d(3, width, 3, padding=1, bias=False)
        self.feats = nn.Sequential(*(_Feature(width) for _ in range(6)))
        self.to_img = nn.Sequential(nn.Conv2d(width, 3 * FACTOR**2, 3, padding=1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        base = functional.interpolate(x, scale_factor=FACTOR, mode="bilinear")
        out = self.to_img(self.feats(self.to_feat(x)))
        return functional.pixel_shuffle(out, FACTOR) + base


_NETWORKS: dict[str, tuple[type[nn.Module], str]] = {
    "efdn": (Efdn, "efdn_x4.pth"),
    "safmnv3": (Safmn, "safmnv3_x4.pth"),
}


def teachers(folder: Path) -> dict[str, nn.Module]:
    """The networks whose checkpoints lie in a folder, by name; raises WeightsError for none."""
    found = dict[str, nn.Module]()
    for name, (network, file) in _NETWORKS.items():
        if not (folder / file).is_file():
            continue
        state = torch.load(folder / file, map_location="cpu", weights_only=True)
        found[name] = network()
        found[name].load_state_dict(state.get("params", state))
        found[name].eval().requires_grad_(False)
    if not found:
        files = ", ".join(file for _, file in _NETWORKS.values())
        raise WeightsError(f"{folder} has none of {files}")
    return found


def enlarged(networks: Sequence[nn.Module], image: Pixels) -> NDArray[np.float32]:
    """The mean of what networks make of RGB pixels (H, W, 3): (4H, 4W, 3), 0..255, not rounded."""
    x = torch.from_numpy(image.transpose(2, 0, 1).copy())[None].float() / 255
    with torch.no_grad():
        out = torch.stack([network(x) for network in networks]).mean(0)[0]
    return np.asarray(out.clamp(0, 1).mul(255).permute(1, 2, 0).numpy(), np.float32)
