"""Muon (Jordan 2024): momentum whose directions all count alike, for kernels; Adam for the rest."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

_MOMENTUM = 0.95
_BETAS = (0.9, 0.99)
_TINY = 1e-8
_QUINTIC = (3.4445, -4.7750, 2.0315)  # its iteration brings singular values near 1


class Muon(torch.optim.Optimizer):
    """Groups with "kernels" set are stepped along an orthogonal matrix, the others as Adam does."""

    def __init__(self, groups: Iterable[dict[str, Any]]) -> None:
        super().__init__(groups, {"lr": 1e-3, "base": 1e-3, "kernels": False})

    def step(self, closure: None = None) -> None:
        """One step down the gradients."""
        del closure
        with torch.no_grad():
            for group in self.param_groups:
                move = self._along if group["kernels"] else self._adam
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        move(parameter, parameter.grad, group["lr"])

    def _along(self, kernel: Tensor, gradient: Tensor, rate: float) -> None:
        state = self.state[kernel]
        momentum = state.setdefault("momentum", torch.zeros_like(kernel))
        momentum.lerp_(gradient, 1 - _MOMENTUM)
        ahead = torch.lerp(gradient, momentum, _MOMENTUM)
        tall = max(1.0, kernel.shape[0] / kernel[0].numel()) ** 0.5
        kernel.add_(orthogonal(ahead.flatten(1)).view_as(kernel), alpha=-rate * tall)

    def _adam(self, parameter: Tensor, gradient: Tensor, rate: float) -> None:
        state, (first, second) = self.state[parameter], _BETAS
        if not state:
            state["steps"] = 0
            state["mean"], state["square"] = (torch.zeros_like(parameter) for _ in range(2))
        state["steps"] += 1
        state["mean"].lerp_(gradient, 1 - first)
        state["square"].lerp_(gradient.square(), 1 - second)
        mean = state["mean"] / (1 - first ** state["steps"])
        square = state["square"] / (1 - second ** state["steps"])
        parameter.addcdiv_(mean, square.sqrt() + _TINY, value=-rate)


def orthogonal(matrix: Tensor) -> Tensor:
    """Nearly the orthogonal matrix next to a matrix (Newton and Schulz, five rounds)."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if tall else matrix
    x = x / (x.norm() + _TINY)
    a, b, c = _QUINTIC
    for _ in range(5):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if tall else x


def groups(
    network: nn.Module,
    kernels: float,
    rest: float,
    ends: tuple[str, ...] = ("head.", "tail."),
) -> list[dict[str, Any]]:
    """The kernels between two hidden layers at one rate, everything else, as what is named like
    `ends`, at another.
    """
    hidden, others = list[nn.Parameter](), list[nn.Parameter]()
    for name, parameter in network.named_parameters():
        inside = parameter.ndim == 4 and not name.startswith(ends)
        (hidden if inside else others).append(parameter)
    return [
        {"params": hidden, "lr": kernels, "base": kernels, "kernels": True},
        {"params": others, "lr": rest, "base": rest},
    ]
