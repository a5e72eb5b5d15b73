"""A running average of a network's weights, which is what is measured and written."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def averaged(network: nn.Module, decay: float) -> torch.optim.swa_utils.AveragedModel:
    """An exponential average that forgets its beginning: over a tenth of the steps at first."""
    return torch.optim.swa_utils.AveragedModel(network, multi_avg_fn=_forgetting(decay))


def _forgetting(decay: float) -> Callable[[list[Tensor], list[Tensor], Tensor | int], None]:
    def update(average: list[Tensor], current: list[Tensor], steps: Tensor | int) -> None:
        share = max(1 - decay, 9 / (10 + float(steps)))
        with torch.no_grad():
            torch._foreach_lerp_(average, current, share)

    return update
