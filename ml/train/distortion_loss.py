"""What the distortion network is told to do better."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ml.estimators.kinds import CHOICES, GROUP_OF, GROUPS, KINDS
from ml.train.distortion_network import Answer

_MEMBERS = torch.tensor([[GROUP_OF[kind] == group for kind in KINDS] for group in GROUPS])
GROUP_INDEX = _MEMBERS.float().argmax(0)
MODELS = torch.tensor([[kind == owner for owner, _ in CHOICES] for kind in KINDS])
_TOLERATED = 1.0  # hundredths of the width: errors beyond it count ever less


@dataclass(frozen=True)
class Truth:
    """A batch's truth, see `Example`."""

    kinds: Tensor
    choices: Tensor
    vectors: Tensor
    effects: Tensor


def group_probabilities(kinds: Tensor) -> Tensor:
    """Probabilities (N, groups) from logits of kinds (N, kinds)."""
    return kinds.softmax(1) @ _MEMBERS.float().T


def loss(answer: Answer, truth: Truth) -> tuple[Tensor, dict[str, float]]:
    """Cross-entropy of kind, group and model, likelihood of the numbers, and the distance by which
    the points of a grid miss their place, to first order; with its parts for the log.
    """
    kind = functional.cross_entropy(answer.kinds, truth.kinds)
    groups = GROUP_INDEX[truth.kinds]
    group = functional.nll_loss((group_probabilities(answer.kinds) + 1e-6).log(), groups)
    total = 0.5 * kind + group
    parts = {"kind": kind.item(), "group": group.item()}
    warped = truth.kinds > 0
    if warped.any():
        rows = warped.nonzero()[:, 0]
        own = truth.kinds[rows] - 1
        mean = answer.mean[rows, own]
        log_variance = answer.log_variance[rows, own]
        wrong = mean - truth.vectors[rows]
        used = (truth.effects[rows].abs().amax(1) > 0) | (truth.vectors[rows] != 0)
        likelihood = (wrong.square() * (-log_variance).exp() + log_variance) / 2
        likelihood = (likelihood * used).sum(1) / used.sum(1).clamp(min=1)
        missed = torch.einsum("npv,nv->np", truth.effects[rows], wrong)
        distance = missed.view(len(rows), -1, 2).norm(dim=2).mean(1)
        likely, far = likelihood.mean(), (1 + distance / _TOLERATED).log().mean()
        total = total + 0.3 * likely + 0.5 * far
        parts |= {"numbers": likely.item(), "distance": distance.median().item()}
    chosen = truth.choices >= 0
    if chosen.any():
        models = answer.choices[chosen].masked_fill(~MODELS[truth.kinds[chosen]], -1e4)
        choice = functional.cross_entropy(models, truth.choices[chosen])
        total = total + 0.2 * choice
        parts["choice"] = choice.item()
    return total, parts
