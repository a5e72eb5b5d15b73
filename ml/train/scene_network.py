"""The scene network: an EfficientNet-lite0 trunk with one linear head for all categories."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from ml.scene import NAMES
from ml.train import onnx_file
from ml.train.efficientnet_lite import WIDTH, EfficientNetLite0, imagenet_trunk

# Edges, textures and parts of ImageNet serve as they are; what they see is computed once, not in
# every epoch.
FROZEN = 11


class SceneNetwork(nn.Module):
    """Photos (N, 3, H, W), RGB in 0..255, to logits (N, categories) and L2-normalised embeddings
    (N, 1280).
    """

    def __init__(self, trunk: EfficientNetLite0) -> None:
        super().__init__()
        self.trunk = trunk
        self.drop = nn.Dropout(0.3)
        self.head = nn.Linear(WIDTH, len(NAMES))
        nn.init.normal_(self.head.weight, std=0.01)
        nn.init.constant_(self.head.bias, -2.0)

    def early(self, photos: Tensor) -> Tensor:
        """What the part that is never trained makes of photos."""
        return self.trunk.early((photos - 127.0) / 128.0, FROZEN)

    def late(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Logits and embeddings from what `early` gives."""
        pooled = self.trunk.late(features, FROZEN)
        return self.head(self.drop(pooled)), functional.normalize(pooled)

    def forward(self, photos: Tensor) -> tuple[Tensor, Tensor]:
        return self.late(self.early(photos))

    def train(self, mode: bool = True) -> "SceneNetwork":
        """Keep the running statistics of ImageNet: a few hundred photos estimate them worse."""
        super().train(mode)
        for module in self.trunk.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
        return self

    def groups(self, rate: float) -> list[dict[str, object]]:
        """Parameter groups of what is trained: the head learns ten times as fast as the trunk."""
        late = (*self.trunk._blocks[FROZEN:], self.trunk._conv_head, self.trunk._bn1)
        return [
            {"params": [p for part in late for p in part.parameters()], "lr": rate},
            {"params": list(self.head.parameters()), "lr": 10 * rate},
        ]


def begin(weights: Path) -> SceneNetwork:
    """A network on ImageNet's trunk, its head untrained."""
    return SceneNetwork(imagenet_trunk(weights))


def tensor(photos: list[NDArray[np.uint8]]) -> Tensor:
    """Photos (H, W, 3) of one size as a batch (N, 3, H, W) of float32."""
    return torch.from_numpy(np.stack(photos).transpose(0, 3, 1, 2).astype(np.float32))


def predict(network: SceneNetwork, photos: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Logits (N, categories) of fitted photos, one at a time as the pipeline does it."""
    network.eval()
    with torch.no_grad():
        return np.stack([network(tensor([photo]))[0][0].numpy() for photo in photos])


def export(network: SceneNetwork, path: Path, metadata: dict[str, str]) -> None:
    """Write the network as ONNX with float16 initialisers; any N, sides multiples of 32."""
    onnx_file.write(network, path, ("logits", "embedding"), metadata)
