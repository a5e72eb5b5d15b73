"""What the network that sees mosaics is told of combs: how far every period modulates a photo's
steps around each cell, in both directions alike.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

CELL = 16  # px
_NEAR, _WIDE = 64, 128  # px; the windows in which periods are looked for
_LOWEST = {_NEAR: 3, _WIDE: 4}  # periods in a window that make a comb
_JPEG, _LINES = 8, 4  # px between its lines, and harmonics of them whose phase is told
_LONG = 4  # px along a line over which steps are added with their sign: texture is not as long
_LEVEL = 65  # px over which a profile's own trend is taken away
_FLOOR, _LEAST = 0.02, 3e-3  # of steps, and of a modulation
_KINDS = {_NEAR: (0, 3), _WIDE: (0, 1, 2, 3)}  # of profiles
CHANNELS = (
    sum(len(_KINDS[side]) * (side // 2 + 1 - _LOWEST[side]) for side in _KINDS)
    + len(_KINDS[_WIDE]) * _LINES
    + 2 * len(_KINDS[_WIDE])
)


class Spectra(nn.Module):
    """Luma (N, 1, H, W) in 0..255, sides multiples of CELL, to (N, CHANNELS, H/CELL, W/CELL): log
    modulations of every kind and period, those of JPEG's periods at its own phase, and the lower
    and higher log mean of each profile.
    """

    def __init__(self) -> None:
        super().__init__()
        for side in _KINDS:
            self.register_buffer(f"waves{side}", _waves(side))
        lines = torch.arange(1, _LINES + 1) * (_WIDE // _JPEG) - _LOWEST[_WIDE]
        self.register_buffer("lines", lines)

    def forward(self, photos: Tensor) -> Tensor:
        both = [_profiles(photos), _profiles(photos.transpose(2, 3))]
        told = list[Tensor]()
        for side, kinds in _KINDS.items():
            waves: Tensor = getattr(self, f"waves{side}")
            x, x_floor = _windows(both[0][:, list(kinds)], waves, side)
            y, y_floor = (
                each.transpose(-2, -1) for each in _windows(both[1][:, list(kinds)], waves, side)
            )
            told.append(0.25 * torch.log(_power(x) * _power(y) + _LEAST**4))
            if side == _WIDE:
                told.append((x + y)[:, :, self.lines].flatten(1, 2))
                told += [torch.minimum(x_floor, y_floor), torch.maximum(x_floor, y_floor)]
        return torch.cat(told, 1)


def _profiles(photos: Tensor) -> Tensor:
    """Steps to the right over CELL rows, (N, kinds, H/CELL, W): their logarithm, flatness, what a
    step is larger than both beside it, and steps that go on for _LONG rows.
    """
    signed = functional.pad(photos[..., 1:] - photos[..., :-1], (0, 1))
    step = signed.abs()
    beside = functional.pad(step, (1, 1))
    alone = functional.relu(step - torch.maximum(beside[..., 2:], beside[..., :-2]))
    long = functional.avg_pool2d(signed, (_LONG, 1)).abs()
    kinds = (torch.log1p(step), torch.exp(-step / 2), torch.log1p(alone))
    pooled = [functional.avg_pool2d(each, (CELL, 1)) for each in kinds]
    pooled.append(functional.avg_pool2d(torch.log1p(2 * long), (CELL // _LONG, 1)))
    return torch.cat(pooled, 1)


def _windows(profiles: Tensor, waves: Tensor, side: int) -> tuple[Tensor, Tensor]:
    """How far each wave modulates profiles (N, kinds, rows, W) in the square of about `side` px
    around every cell, (N, kinds, waves, rows, columns), and log means (N, kinds, rows, columns).
    """
    count, kinds, rows, _ = profiles.shape
    strips = side // CELL | 1
    wide = functional.avg_pool2d(
        profiles, (strips, 1), 1, (strips // 2, 0), count_include_pad=False
    )
    level = functional.avg_pool2d(wide, (1, _LEVEL), 1, (0, _LEVEL // 2), count_include_pad=False)
    # The columns of a cell are channels: so a window is a plain, small convolution.
    cells = (wide - level).reshape(count * kinds, rows, -1, CELL).permute(0, 3, 1, 2)
    told = functional.conv2d(cells, waves, padding=(0, waves.shape[3] // 2))
    told = told.reshape(count, kinds, waves.shape[0], rows, -1)
    floor = functional.avg_pool2d(level, (1, CELL)) + _FLOOR
    return told / floor[:, :, None], torch.log(floor)


def _power(waves: Tensor) -> Tensor:
    """Of cosines, then sines, (N, kinds, waves, rows, columns): (N, kinds * periods, ...)."""
    periods = waves.shape[2] // 2
    return (waves[:, :, :periods].square() + waves[:, :, periods:].square()).flatten(1, 2)


def _waves(side: int) -> Tensor:
    """Cosines, then sines, of all periods under Hann's window, (waves, CELL, 1, cells); the cosines
    are 1 where JPEG's lines lie.
    """
    window = torch.hann_window(side + 2)[1:-1]
    periods = torch.arange(_LOWEST[side], side // 2 + 1)
    angles = 2 * math.pi / side * periods[:, None] * (torch.arange(side) - _JPEG + 1)
    waves = torch.cat([angles.cos(), angles.sin()]) * window / window.sum()
    # A window reaches half a cell into the outermost ones.
    waves = functional.pad(waves, (CELL // 2, CELL // 2))
    return waves.unflatten(1, (-1, CELL)).transpose(1, 2)[:, :, None].contiguous()
