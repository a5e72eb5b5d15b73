"""The network that sees which cells of a photo are a mosaic, at the photo's own resolution."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.train.pixelation_spectra import CHANNELS, Spectra

CELL = 16  # px; side of what gets one answer
_FOLD = 4  # px that are folded into channels: no step between neighbours is lost
_WIDTHS = (48, 64, 96)
_HIDDEN = 128  # for combs
_NEAR = (1, 1)
_DILATIONS = (1, 2, 4, 1, 2, 1)
_VIEWS = 4


class PixelationNetwork(nn.Module):
    """Luma (N, 1, H, W) in 0..255, H and W multiples of CELL, to logits (N, 1, H/CELL, W/CELL)."""

    def __init__(self) -> None:
        super().__init__()
        first, second, third = _WIDTHS
        self.spectra = Spectra()
        self.combs = nn.Sequential(
            nn.BatchNorm2d(CHANNELS),
            nn.Conv2d(CHANNELS, _HIDDEN, 1, bias=False),
            nn.BatchNorm2d(_HIDDEN),
            nn.ReLU(),
            nn.Conv2d(_HIDDEN, third, 1, bias=False),
            nn.BatchNorm2d(third),
        )
        self.fold = nn.PixelUnshuffle(_FOLD)
        self.head = _block(_VIEWS * _FOLD**2, first, 1)
        self.near = nn.Sequential(
            _block(first, second, 2), *(_Around(second, dilation) for dilation in _NEAR)
        )
        self.down = _block(second, third, 2)
        self.around = nn.ModuleList(_Around(third, dilation) for dilation in _DILATIONS)
        self.whole = nn.Linear(third, third)
        self.tail = nn.Conv2d(third, 1, 1)
        nn.init.constant_(self.tail.bias, -2.0)

    def forward(self, photos: Tensor) -> Tensor:
        with torch.no_grad():
            spectra = self.spectra(photos)
        x = self.down(self.near(self.head(self.fold(views(photos)))))
        x = x + self.combs(spectra)
        half = len(self.around) // 2
        for around in self.around[:half]:
            x = around(x)
        # What the rest of the photo is like says how much a step or a flat block means.
        x = x + self.whole(x.mean((2, 3)))[..., None, None]
        for around in self.around[half:]:
            x = around(x)
        answer: Tensor = self.tail(x)
        return answer


class _Around(nn.Module):
    """A residual step that looks at the cells around, `dilation` apart."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.steps = nn.Sequential(
            nn.Conv2d(
                width, width, 3, padding=dilation, dilation=dilation, groups=width, bias=False
            ),
            nn.BatchNorm2d(width),
            nn.Conv2d(width, width, 1, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = x + self.steps(x)
        return y


def views(photos: Tensor) -> Tensor:
    """Luma, log steps to the right and down, and flatness: (N, 4, H, W)."""
    right = functional.pad((photos[..., :, 1:] - photos[..., :, :-1]).abs(), (0, 1))
    down = functional.pad((photos[..., 1:, :] - photos[..., :-1, :]).abs(), (0, 0, 0, 1))
    flat = torch.exp(-(right + down) / 2)
    return torch.cat([(photos - 128) / 64, torch.log1p(right), torch.log1p(down), flat], 1)


def _block(inside: int, outside: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU()
    )
