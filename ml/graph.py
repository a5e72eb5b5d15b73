"""Rewriting networks on load: the same figures out of fewer milliseconds, or out of other sizes.

Files stay as they were verified; only the copy in memory changes.
"""

from collections.abc import Callable

import numpy as np
import onnx
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper

Rewrite = Callable[[ModelProto], None]


def rewritten(content: bytes, rewrites: tuple[Rewrite, ...]) -> bytes:
    """Return an ONNX file's content after the rewrites, each of which edits the model in place."""
    model = onnx.load_from_string(content)
    for rewrite in rewrites:
        rewrite(model)
    return bytes(model.SerializeToString())


def free_batch(model: ModelProto) -> None:
    """Let the first input take any number of pictures at once."""
    _free(model.graph, {0: "batch"})


def free_size(model: ModelProto) -> None:
    """Let the first input take any height and width; the network must be fully convolutional."""
    _free(model.graph, {2: "height", 3: "width"})


def _free(graph: GraphProto, axes: dict[int, str]) -> None:
    dimensions = graph.input[0].type.tensor_type.shape.dim
    for axis, name in axes.items():
        dimensions[axis].dim_param = name
    for output in graph.output:  # their stated shapes no longer hold
        output.type.tensor_type.ClearField("shape")
    del graph.value_info[:]


def constant_weights(model: ModelProto) -> None:
    """Take the weights out of the graph's inputs, where older exporters list them.

    What could be replaced from outside cannot be folded, fused or laid out anew.
    """
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [entry for entry in model.graph.input if entry.name not in weights]
    del model.graph.input[:]
    model.graph.input.extend(inputs)


def needed_only(model: ModelProto) -> None:
    """Take out what no output needs: ONNX Runtime runs it all the same."""
    wanted, kept = {output.name for output in model.graph.output}, list[NodeProto]()
    for node in reversed(model.graph.node):  # each comes after what it is made of
        if not wanted.isdisjoint(node.output):
            wanted.update(node.input)
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(reversed(kept))
    weights = [tensor for tensor in model.graph.initializer if tensor.name in wanted]
    del model.graph.initializer[:]
    model.graph.initializer.extend(weights)


def split_prelu(model: ModelProto) -> None:
    """Replace PRelu(x) by s·x + (1 - s)·Relu(x), which is the same.

    ONNX Runtime has no fast PRelu on the CPU; in SFace it took two thirds of the time.
    """
    slopes = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes: list[NodeProto] = []
    for node in model.graph.node:
        if node.op_type != "PRelu" or node.input[1] not in slopes:
            nodes.append(node)
            continue
        value, slope = node.input
        rest = (1 - numpy_helper.to_array(slopes[slope])).astype(np.float32)
        stem = node.output[0]
        model.graph.initializer.append(numpy_helper.from_array(rest, f"{stem}_rest"))
        nodes += [
            helper.make_node("Relu", [value], [f"{stem}_positive"]),
            helper.make_node("Mul", [f"{stem}_positive", f"{stem}_rest"], [f"{stem}_bent"]),
            helper.make_node("Mul", [value, slope], [f"{stem}_straight"]),
            helper.make_node("Add", [f"{stem}_bent", f"{stem}_straight"], [stem]),
        ]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
