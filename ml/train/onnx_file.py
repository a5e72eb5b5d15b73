"""Writing our networks as ONNX files."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

from ml.estimators.lattice.spectra import CHANNELS as SPECTRA


def write(
    network: nn.Module,
    path: Path,
    outputs: tuple[str, ...],
    metadata: Mapping[str, str],
    channels: int = 3,
) -> None:
    """Write a network that takes photos (N, channels, H, W), any N and sides multiples of 32, with
    float16 initialisers.
    """
    axes = {"photos": {0: "n", 2: "h", 3: "w"}, **{name: {0: "n"} for name in outputs}}
    _export(network, torch.zeros(1, channels, 224, 224), path, axes, metadata)


def write_upscaler(network: nn.Module, path: Path, metadata: Mapping[str, str]) -> None:
    """Write a network that takes luma (N, 1, H, W), any N and sides, and gives detail
    (N, 1, 4H, 4W), with float16 initialisers.
    """
    axes = {
        "luma": {0: "n", 2: "h", 3: "w"},
        "detail": {0: "n", 2: "large_h", 3: "large_w"},
    }
    _export(network, torch.zeros(1, 1, 64, 64), path, axes, metadata)


def write_restorer(
    network: nn.Module, path: Path, channels: int, metadata: Mapping[str, str]
) -> None:
    """Write a network that takes photos (N, channels, H, W), any N and sides multiples of 8, and
    gives restored ones (N, 3, H, W), with kernels as bytes.
    """
    axes = {name: {0: "n", 2: "h", 3: "w"} for name in ("photos", "restored")}
    _export(network, torch.zeros(1, channels, 64, 64), path, axes, metadata, shrink=_as_bytes)


def write_patches(
    network: nn.Module, path: Path, outputs: tuple[str, ...], metadata: Mapping[str, str]
) -> None:
    """Write a network that takes photos (N, 3, H, W), any N and sides multiples of 16, and gives
    maps (N, H/16, W/16), with kernels as bytes.
    """
    axes = {"photos": {0: "n", 2: "h", 3: "w"}}
    axes |= {name: {0: "n", 1: "down", 2: "across"} for name in outputs}
    _export(network, torch.zeros(1, 3, 128, 128), path, axes, metadata, shrink=_as_bytes)


def write_masks(
    network: nn.Module, path: Path, output: str, metadata: Mapping[str, str], channels: int = 3
) -> None:
    """Write a network that takes photos (N, channels, H, W), any N and sides multiples of 16, and
    gives masks of that size, with kernels as bytes.
    """
    axes = {name: {0: "n", 2: "h", 3: "w"} for name in ("photos", output)}
    _export(network, torch.zeros(1, channels, 64, 64), path, axes, metadata, shrink=_as_bytes)


def write_cells(network: nn.Module, path: Path, metadata: Mapping[str, str]) -> None:
    """Write a network that takes luma (N, 1, H, W), any N and sides multiples of 16, and gives
    logits (N, 1, H/16, W/16), with kernels as bytes.
    """
    axes = {
        "luma": {0: "n", 2: "h", 3: "w"},
        "logits": {0: "n", 2: "down", 3: "across"},
    }
    _export(network, torch.zeros(1, 1, 128, 192), path, axes, metadata, shrink=_as_bytes)


def write_lattice(
    network: nn.Module, path: Path, outputs: tuple[str, ...], metadata: Mapping[str, str]
) -> None:
    """Write a network that takes spectra (N, channels, down, across), any N and any grid, with
    kernels as bytes.
    """
    axes = {"spectra": {0: "n", 2: "down", 3: "across"}, **{name: {0: "n"} for name in outputs}}
    _export(network, torch.zeros(2, SPECTRA, 16, 24), path, axes, metadata, shrink=_as_bytes)


def write_table(
    network: nn.Module, path: Path, columns: int, output: str, metadata: Mapping[str, str]
) -> None:
    """Write a network that takes looks (N, columns), any N, with float16 initialisers."""
    axes = {"looks": {0: "n"}, output: {0: "n"}}
    _export(network, torch.zeros(2, columns), path, axes, metadata, shrink=_as_bytes)


def _export(
    network: nn.Module,
    example: torch.Tensor,
    path: Path,
    axes: dict[str, dict[int, str]],
    metadata: Mapping[str, str],
    *,
    shrink: Callable[[onnx.GraphProto], None] | None = None,
) -> None:
    """Write a network of one input, the first of `axes`, by tracing it on an example."""
    network.eval()
    first, *outputs = axes
    torch.onnx.export(
        network,
        (example,),
        str(path),
        input_names=[first],
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    model = onnx.load(str(path))
    _merge_pads(model.graph)
    (shrink or _halve)(model.graph)
    helper.set_model_props(model, dict(metadata))
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


def _as_bytes(graph: onnx.GraphProto) -> None:
    """Store kernels as int8 with a scale for each of their outputs, multiplied when the runtime
    loads them; what is no kernel as float16.
    """
    nodes, scales = list[onnx.NodeProto](), list[onnx.TensorProto]()
    for tensor in list(_large(graph)):
        values, name = numpy_helper.to_array(tensor), tensor.name
        if values.ndim != 4:
            continue
        scale = np.maximum(np.abs(values).max((1, 2, 3), keepdims=True), 1e-8) / 127
        rounded = np.rint(values / scale).astype(np.int8)
        scales.append(numpy_helper.from_array(scale.astype(np.float32), f"{name}.scale"))
        nodes.append(helper.make_node("Cast", [f"{name}.bytes"], [f"{name}.whole"], to=1))
        nodes.append(helper.make_node("Mul", [f"{name}.whole", f"{name}.scale"], [name]))
        tensor.CopyFrom(numpy_helper.from_array(rounded, f"{name}.bytes"))
    _halve(graph)
    graph.initializer.extend(scales)
    both = [*nodes, *graph.node]
    del graph.node[:]
    graph.node.extend(both)


def _large(graph: onnx.GraphProto) -> Iterator[onnx.TensorProto]:
    for tensor in graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and np.prod(tensor.dims) >= 64:
            yield tensor
