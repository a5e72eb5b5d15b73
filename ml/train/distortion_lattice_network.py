"""The network that reads warps from the lattice's spectra."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml.estimators.encodings import WIDTH
from ml.estimators.kinds import CHOICES, KINDS
from ml.estimators.lattice.spectra import CHANNELS
from ml.train.distortion_network import Answer

_WIDTHS = (96, 128, 160)
_CELLS, _HIDDEN = 4, 256


class LatticeNetwork(nn.Module):
    """Judges spectra (N, CHANNELS, down, across) as `ml.estimators.lattice.spectra` writes them."""

    def __init__(self) -> None:
        super().__init__()
        first, *_, last = _WIDTHS
        self.mix = nn.Conv2d(CHANNELS, first, 1)
        self.place = nn.Conv2d(2, first, 1)
        self.stages = nn.ModuleList(
            nn.Sequential(_Block(width), _Block(width)) for width in _WIDTHS
        )
        self.steps = nn.ModuleList(
            nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(_WIDTHS)
        )
        self.narrow = nn.Conv2d(last, 64, 1)
        self.hidden = nn.Linear(64 * _CELLS**2 + last, _HIDDEN)
        self.drop = nn.Dropout(0.1)
        self.kinds = nn.Linear(_HIDDEN, len(KINDS) + len(CHOICES))
        self.numbers = nn.Linear(_HIDDEN, (len(KINDS) - 1) * WIDTH * 2)
        nn.init.normal_(self.numbers.weight, std=0.01)
        nn.init.zeros_(self.numbers.bias)

    def forward(self, spectra: Tensor) -> Answer:
        x = (spectra - 96.0) / 48.0
        x = functional.relu(self.mix(x) + self.place(_places(x)))
        x = self.stages[0](x)
        for step, stage in zip(self.steps, self.stages[1:], strict=True):
            x = stage(functional.relu(step(x)))
        cells = functional.interpolate(self.narrow(x), (_CELLS, _CELLS), mode="bilinear")
        told = torch.cat([cells.flatten(1), x.mean((2, 3))], 1)
        hidden = self.drop(functional.relu(self.hidden(told)))
        names = self.kinds(hidden)
        numbers = self.numbers(hidden).view(-1, len(KINDS) - 1, 2, WIDTH)
        return Answer(
            names[:, : len(KINDS)],
            names[:, len(KINDS) :],
            numbers[:, :, 0],
            numbers[:, :, 1].clamp(-7, 3),
        )

    def groups(self, rate: float) -> list[dict[str, object]]:
        """Parameter groups of what is trained."""
        return [{"params": list(self.parameters()), "lr": rate, "base": rate}]


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.second(functional.relu(self.norm(self.first(x)))))


def _places(x: Tensor) -> Tensor:
    """Where each tile lies, from -1 to 1 across and down: (N, 2, down, across)."""
    down, across = x.shape[2], x.shape[3]
    ys = torch.linspace(-1, 1, down).view(1, 1, down, 1).expand(x.shape[0], 1, down, across)
    xs = torch.linspace(-1, 1, across).view(1, 1, 1, across).expand(x.shape[0], 1, down, across)
    return torch.cat([xs, ys], 1)
