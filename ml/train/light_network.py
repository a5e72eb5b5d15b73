"""The network that tells what became of a photo's light, out of numbers about it; and its loss."""

from itertools import pairwise
from typing import cast

import torch
from torch import Tensor, nn

from ml.light import laws
from ml.light.statistics import NAMES
from ml.light.told import KINDS, RANGES, WIDTH

_HIDDEN = (160, 128)
_DROPPED = 0.3
_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE = (0.95047, 1.0, 1.08883)
_NEUTRAL, _HEAVIER = 8.0, 1.5  # chroma below which a colour weighs so much more
_CHANCES = 4.0  # what a wrong kind weighs beside a difference of colours


class LightNetwork(nn.Module):
    """From looks (N, NAMES) to (N, WIDTH): logits of KINDS, then the numbers of each."""

    def __init__(self, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        ends = torch.tensor([limits for kind in KINDS for limits in RANGES[kind].values()])
        self.low: Tensor
        self.reach: Tensor
        self.register_buffer("low", ends[:, 0])
        self.register_buffer("reach", ends[:, 1] - ends[:, 0])
        widths = (len(NAMES), *_HIDDEN)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.Linear(before, after), nn.GELU(), nn.Dropout(_DROPPED)]
        self.body = nn.Sequential(*layers, nn.Linear(widths[-1], WIDTH))

    def forward(self, looks: Tensor) -> Tensor:
        told = self.body(((looks - self.mean) / self.deviation).clamp(-6, 6))
        chances, numbers = told[:, : len(KINDS)], told[:, len(KINDS) :]
        return torch.cat([chances, self.low + self.reach * torch.sigmoid(numbers)], 1)


def undone(kind: str, told: Tensor, lost: Tensor, down: Tensor) -> Tensor:
    """Colours (N, P, 3), `down` (N, P), without a kind of loss whose numbers `told` (N, WIDTH)."""
    first = len(KINDS) + sum(len(RANGES[each]) for each in KINDS[: KINDS.index(kind)])
    numbers = told[:, None, first : first + len(RANGES[kind])]
    if kind == "faded":
        return cast(Tensor, laws.faded(lost, numbers[..., :3], numbers[..., 3:]))
    if kind == "varnish":
        veil = torch.cat(laws.veil_of(numbers[..., 3:]), -1)
        return cast(Tensor, laws.varnish(lost, numbers[..., :3], veil))
    if kind == "dark":
        return cast(Tensor, laws.dark(lost, numbers[..., :3], numbers[..., 3:]))
    depth = numbers[..., :1] + (numbers[..., 1:2] - numbers[..., :1]) * down[..., None]
    return cast(Tensor, laws.haze(lost, depth, numbers[..., 2:]))


def lab(values: Tensor) -> Tensor:
    """CIELAB of sRGB (..., 3) of 0..1."""
    light = torch.where(
        values <= 0.04045, values / 12.92, ((values.clamp_min(0.04045) + 0.055) / 1.055) ** 2.4
    )
    xyz = light @ light.new_tensor(_TO_XYZ).T / light.new_tensor(_WHITE)
    root = torch.where(xyz > 0.008856, xyz.clamp_min(0.008856) ** (1 / 3), 7.787 * xyz + 16 / 116)
    x, y, z = root.unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def difference(one: Tensor, other: Tensor) -> Tensor:
    """How different colours of CIELAB (..., 3) look, by the CIE's formula of 1994; smooth at 0."""
    chroma = other[..., 1:].norm(dim=-1)
    gap = one - other
    chromas = (one[..., 1:].square().sum(-1) + 1e-6).sqrt() - chroma
    hues = (gap[..., 1:].square().sum(-1) - chromas.square()).clamp_min(0)
    told = gap[..., 0] ** 2 + (chromas / (1 + 0.045 * chroma)) ** 2
    return (told + hues / (1 + 0.015 * chroma) ** 2 + 1e-2).sqrt()


def loss(told: Tensor, kinds: Tensor, lost: Tensor, clean: Tensor, down: Tensor) -> Tensor:
    """What a batch is wrong by: in colours of what was lost, and in kinds."""
    true = nn.functional.one_hot(kinds + 1, len(KINDS) + 1)[:, 1:].float()
    wrong = nn.functional.binary_cross_entropy_with_logits(told[:, : len(KINDS)], true)
    total = _CHANCES * wrong
    for number, kind in enumerate(KINDS):
        mine = kinds == number
        if mine.any():
            want = lab(clean[mine])
            away = difference(lab(undone(kind, told[mine], lost[mine], down[mine])), want)
            neutral = want[..., 1:].norm(dim=-1) < _NEUTRAL
            weight = torch.where(neutral, _HEAVIER, 1.0)
            total = total + 0.1 * (away * weight).mean() * mine.float().mean() * len(KINDS)
    return total
