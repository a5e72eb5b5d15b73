"""The embedding: the scene network's last blocks once more, drawn back towards ImageNet's.

Training for 21 categories lets go of what they do not need; an embedding for anything else wants
it back. Weights between the two (Wortsman et al., "Robust fine-tuning", CVPR 2022) keep both. The
early blocks are shared, so that the second branch costs a fifth of the network's time.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, helper, numpy_helper

from ml import weights
from ml.errors import MLError
from ml.train.scene_network import FROZEN, begin, export

SHARE = 0.25  # of what training for the categories changed
SUFFIX = ".general"
SHARED = f"/_blocks.{FROZEN - 1}/Add_output_0"
POOLED = "/ReduceMean_output_0"


def main(_data: Path) -> None:
    """Give the committed scene network its embedding branch; MLError where it has one."""
    path = Path(weights.__file__).parent / "scene.onnx"
    add_branch(path, weights.locate("efficientnet_lite0"))


def add_branch(path: Path, imagenet: Path) -> None:
    """Let the network's output `embedding` come from a branch of its own; rewrites the file."""
    model = onnx.load(str(path))
    if any(node.name.endswith(SUFFIX) for node in model.graph.node):
        raise MLError(f"{path.name} has an embedding branch already")
    with TemporaryDirectory() as folder:
        start = Path(folder) / "imagenet.onnx"
        export(begin(imagenet), start, {})
        graft(model.graph, onnx.load(str(start)).graph)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def graft(graph: onnx.GraphProto, start: onnx.GraphProto) -> None:
    """Repeat the late layers of `graph` with weights between its own and those of `start`.

    Both come from the same exporter, node for node.
    """
    pairs = list(zip(_layers(graph), _layers(start), strict=True))
    names = [list(node.output) for node, _ in pairs]
    first = next(i for i, made in enumerate(names) if SHARED in made) + 1
    last = next(i for i, made in enumerate(names) if POOLED in made)
    renamed: dict[str, str] = {}
    own, other = _tensors(graph), _tensors(start)
    branch: list[NodeProto] = []
    for node, twin in pairs[first : last + 1]:
        fresh = NodeProto()
        fresh.CopyFrom(node)
        fresh.name = f"{node.name}{SUFFIX}"
        for place, (name, partner) in enumerate(zip(node.input, twin.input, strict=True)):
            if name in own:
                tensor = _between(own[name], other[partner], name)
                graph.initializer.append(tensor)
                branch[:0] = _cast(tensor, name)
                fresh.input[place] = f"{name}{SUFFIX}"
            else:
                fresh.input[place] = renamed.get(name, name)
        for place, name in enumerate(node.output):
            renamed[name] = fresh.output[place] = f"{name}{SUFFIX}"
        branch.append(fresh)
    _turn(graph, branch, renamed[POOLED])


def _turn(graph: onnx.GraphProto, branch: list[NodeProto], pooled: str) -> None:
    """Put the branch before what normalises the embedding, and let that read it."""
    nodes = list(graph.node)
    end = next(i for i, node in enumerate(nodes) if POOLED in node.output) + 1
    for node in nodes[end:]:
        if "logits" not in node.output:
            for place, name in enumerate(node.input):
                if name == POOLED:
                    node.input[place] = pooled
    ordered = [*nodes[:end], *branch, *nodes[end:]]
    del graph.node[:]
    graph.node.extend(ordered)


def _layers(graph: onnx.GraphProto) -> list[NodeProto]:
    return [node for node in graph.node if node.op_type != "Cast"]


def _tensors(graph: onnx.GraphProto) -> dict[str, TensorProto]:
    return {tensor.name.removesuffix(".half"): tensor for tensor in graph.initializer}


def _between(own: TensorProto, other: TensorProto, name: str) -> TensorProto:
    """Mix two tensors, stored as the first is."""
    trained, before = (numpy_helper.to_array(t).astype(np.float32) for t in (own, other))
    mixed = SHARE * trained + (1 - SHARE) * before
    half = own.data_type == TensorProto.FLOAT16
    return numpy_helper.from_array(
        mixed.astype(np.float16) if half else mixed, f"{name}{SUFFIX}{'.half' if half else ''}"
    )


def _cast(tensor: TensorProto, name: str) -> list[NodeProto]:
    if tensor.data_type != TensorProto.FLOAT16:
        return []
    return [helper.make_node("Cast", [tensor.name], [f"{name}{SUFFIX}"], to=TensorProto.FLOAT)]
