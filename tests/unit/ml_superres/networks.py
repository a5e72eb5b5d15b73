"""Small networks in place of trained ones, with the same interface and reach."""

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from ml.engine import OnnxEngine

REACH = 15


def network(kernel: np.ndarray) -> OnnxEngine:
    """One convolution from luma to 16 details, (16, 1, K, K)."""
    reach = kernel.shape[2] // 2
    weights = numpy_helper.from_array(kernel.astype(np.float32), "weights")
    nodes = [
        helper.make_node("Conv", ["luma", "weights"], ["parts"], pads=[reach] * 4),
        helper.make_node("DepthToSpace", ["parts"], ["detail"], blocksize=4, mode="CRD"),
    ]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("luma", TensorProto.FLOAT, ["n", 1, "h", "w"])],
        [helper.make_tensor_value_info("detail", TensorProto.FLOAT, None)],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return OnnxEngine(model.SerializeToString())


def nothing() -> OnnxEngine:
    """A network that adds nothing to bicubic."""
    return network(np.zeros((16, 1, 1, 1)))


def far() -> OnnxEngine:
    """A network that looks as far as the deepest trained one."""
    side = 2 * REACH + 1
    return network(np.random.default_rng(3).normal(0, 0.02, (16, 1, side, side)))
