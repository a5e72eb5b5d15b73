"""Where marks are found: what a network says of every pixel, and which of it is told."""

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from ml.engine import OnnxEngine
from ml.marks import find
from ml.marks.kinds import OUTPUT, Network
from ml.marks.limits import Limit

BRIGHT = Network("bright", ("scratch",), 64)


@pytest.fixture(scope="module")
def bright() -> OnnxEngine:
    """A network that marks what is nearly white."""
    kernel = numpy_helper.from_array(np.full((1, 3, 1, 1), 20, np.float32), "kernel")
    bias = numpy_helper.from_array(np.array([-54], np.float32), "bias")
    graph = helper.make_graph(
        [helper.make_node("Conv", ["photos", "kernel", "bias"], [OUTPUT])],
        "bright",
        [helper.make_tensor_value_info("photos", 1, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info(OUTPUT, 1, ["n", 1, "h", "w"])],
        [kernel, bias],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return OnnxEngine(model.SerializeToString())


@pytest.mark.parametrize("size", [(40, 50), (128, 90), (9, 5)])
def test_every_pixel_of_what_is_seen_is_judged(bright: OnnxEngine, size: tuple[int, int]) -> None:
    photo = np.full((*size, 3), 90, np.uint8)
    photo[size[0] // 2 :] = 255
    told = find.chances(photo, BRIGHT, bright)["scratch"]
    factor = min(1.0, BRIGHT.longest / max(size))
    assert told.shape == tuple(round(n * factor) for n in size)
    assert told[0].max() < 0.01
    assert told[-1].min() > 0.99


def test_only_what_hangs_together_with_a_sure_pixel_is_marked() -> None:
    chances = np.zeros((20, 30), np.float32)
    chances[5, 2:20] = 0.6
    chances[6, 20] = 0.95
    chances[15, 2:20] = 0.6
    mask = Limit(0.5, 0.9).marked(chances)
    assert mask[5, 2:20].all()
    assert mask[6, 20]
    assert mask.sum() == 19
    assert not Limit(0.5, 0.97).marked(chances).any()
