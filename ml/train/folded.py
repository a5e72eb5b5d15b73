"""A network that goes on from its committed file, in which normalisations are folded away."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor, nn

Kernels = tuple[NDArray[np.float32], NDArray[np.float32]]
"""A convolution's kernel and bias."""


def unfold(network: nn.Module, path: Path, photos: Tensor) -> None:
    """Give a network of convolutions the weights of the file that `onnx_file` wrote of one alike.

    Each normalisation learns on `photos` (N, 3, H, W) of 0..1 what goes into it, so that it undoes
    itself and the network does what the file does. ValueError where the shapes are others.
    """
    given = kernels(onnx.load(str(path)).graph)
    norms = dict(_followed(network))

    def take(layer: nn.Conv2d, seen: tuple[Tensor], _: Tensor) -> Tensor:
        kernel, bias = (torch.from_numpy(each) for each in next(given))
        if kernel.shape != layer.weight.shape:
            raise ValueError(f"{path.name} has a kernel {kernel.shape}, not {layer.weight.shape}")
        layer.weight.copy_(kernel)
        if layer.bias is not None:
            layer.bias.copy_(bias)
            return layer.forward(*seen)
        made, norm = layer.forward(*seen), norms[layer]
        mean, power = made.mean((0, 2, 3)), made.var((0, 2, 3))
        told = {"running_mean": mean, "running_var": power}
        told |= {"weight": (power + norm.eps).sqrt(), "bias": bias + mean}
        norm.load_state_dict(told, strict=False)
        return made

    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    hooks = [layer.register_forward_hook(take) for layer in convolutions]
    network.eval()
    with torch.no_grad():
        network(photos)
    for hook in hooks:
        hook.remove()


def metadata(path: Path) -> dict[str, str]:
    """What a file tells about itself."""
    return {each.key: each.value for each in onnx.load(str(path)).metadata_props}


def kernels(graph: onnx.GraphProto) -> Iterator[Kernels]:
    """Kernels and biases of a file's convolutions, in the order in which they run."""
    values = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    for node in graph.node:
        if node.op_type == "Conv":
            kernel, bias = (_whole(values, name) for name in node.input[1:])
            yield kernel, bias


def _whole(values: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    """An initialiser, stored as bytes with a scale, as float16, or as it is."""
    if f"{name}.bytes" in values:
        return np.float32(values[f"{name}.bytes"]) * values[f"{name}.scale"]
    return np.array(values.get(f"{name}.half", values.get(name)), np.float32)


def _followed(network: nn.Module) -> Iterator[tuple[nn.Module, nn.Module]]:
    """Convolutions with the normalisation right behind them."""
    layers = [layer for layer in network.modules() if not list(layer.children())]
    for layer, following in pairwise(layers):
        if isinstance(following, nn.BatchNorm2d):
            yield layer, following
