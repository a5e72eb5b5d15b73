"""Rewriting a network leaves its figures as they were."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from ml import graph
from ml.engine import OnnxEngine
from ml.errors import WeightsError


def small_network() -> bytes:
    """Convolution, PRelu, pooling; weights listed among the inputs as old exporters do."""
    rng = np.random.default_rng(1)
    weights = {
        "w": rng.normal(size=(4, 3, 3, 3)).astype(np.float32),
        "s": rng.normal(size=(4, 1, 1)).astype(np.float32),
    }
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], pads=[1, 1, 1, 1]),
        helper.make_node("PRelu", ["c", "s"], ["p"]),
        helper.make_node("GlobalAveragePool", ["p"], ["y"]),
    ]
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 16, 16])]
    inputs += [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape)
        for name, value in weights.items()
    ]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4, 1, 1])
    tensors = [numpy_helper.from_array(value, name) for name, value in weights.items()]
    made = helper.make_graph(nodes, "small", inputs, [output], tensors)
    opset = [helper.make_opsetid("", 13)]
    return helper.make_model(made, opset_imports=opset, ir_version=8).SerializeToString()


def test_split_prelu_gives_the_same_figures():
    batch = np.random.default_rng(2).normal(size=(1, 3, 16, 16)).astype(np.float32)
    plain = OnnxEngine(small_network()).run(batch)["y"]
    rewrites = (graph.constant_weights, graph.split_prelu)
    content = graph.rewritten(small_network(), rewrites)
    assert "PRelu" not in {node.op_type for node in onnx.load_from_string(content).graph.node}
    assert np.abs(OnnxEngine(content).run(batch)["y"] - plain).max() < 1e-5


def test_free_dimensions_take_other_shapes():
    rewrites = (graph.constant_weights, graph.free_batch, graph.free_size)
    engine = OnnxEngine(graph.rewritten(small_network(), rewrites))
    assert engine.run(np.zeros((5, 3, 32, 8), np.float32))["y"].shape == (5, 4, 1, 1)
    assert list(engine.inputs) == ["x"]
    assert engine.outputs == ("y",)


def test_what_is_no_network_is_refused():
    with pytest.raises(WeightsError, match="cannot be loaded"):
        OnnxEngine(b"no network")
    assert onnxruntime.get_available_providers()
