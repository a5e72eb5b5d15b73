"""The scene network: an EfficientNet-lite0 trunk with one linear head for all categories."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch import Tensor, nn
from torch.nn import functional

from ml.scene import NAMES
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
    network.eval()
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, 224, 224),),
        str(path),
        input_names=["photos"],
        output_names=["logits", "embedding"],
        dynamic_axes={
            "photos": {0: "n", 2: "h", 3: "w"},
            "logits": {0: "n"},
            "embedding": {0: "n"},
        },
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(path))
    _merge_pads(model.graph)
    _halve(model.graph)
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _merge_pads(graph: onnx.GraphProto) -> None:
    """Move the zero padding before strided convolutions into the convolutions themselves."""
    made_by = {output: node for node in graph.node for output in node.output}
    pads = {node.output[0]: node for node in graph.node if node.op_type == "Pad"}
    for node in graph.node:
        if node.op_type == "Conv" and node.input[0] in pads:
            pad = pads[node.input[0]]
            kernel = next(a.ints for a in node.attribute if a.name == "kernel_shape")
            stride = next(a.ints for a in node.attribute if a.name == "strides")
            before = [(k - s) // 2 for k, s in zip(kernel, stride, strict=True)]
            after = [k - s - b for k, s, b in zip(kernel, stride, before, strict=True)]
            kept = [a for a in node.attribute if a.name != "pads"]
            del node.attribute[:]
            node.attribute.extend([*kept, helper.make_attribute("pads", before + after)])
            node.input[0] = pad.input[0]
    _drop_unused(graph, made_by)


def _drop_unused(graph: onnx.GraphProto, made_by: dict[str, onnx.NodeProto]) -> None:
    needed: set[str] = set()
    waiting = [output.name for output in graph.output]
    while waiting:
        name = waiting.pop()
        if name in made_by and name not in needed:
            needed.add(name)
            waiting.extend(made_by[name].input)
    kept = [node for node in graph.node if needed.intersection(node.output)]
    del graph.node[:]
    graph.node.extend(kept)


def _halve(graph: onnx.GraphProto) -> None:
    """Store float32 initialisers as float16 with a cast each, which the runtime folds when it
    loads.
    """
    casts = []
    for tensor in _large(graph):
        half = numpy_helper.to_array(tensor).astype(np.float16)
        casts.append(helper.make_node("Cast", [f"{tensor.name}.half"], [tensor.name], to=1))
        tensor.CopyFrom(numpy_helper.from_array(half, f"{tensor.name}.half"))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _large(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    for tensor in graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= 64:
            yield tensor
