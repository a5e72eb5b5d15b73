"""What needs torch: the perceptual network begins where the fast one ended, learns beside its
critic, and its file says what it says.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ml.engine import OnnxEngine

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Constant folding"),
]


def test_it_begins_from_the_fast_network_learns_and_is_exported(tmp_path: Path) -> None:
    import torch
    from torch.nn import functional

    from ml.train import onnx_file
    from ml.train import superres_perceptual as training
    from ml.train.superres_network import Shape, Upscaler
    from ml.train.superres_perceptual_network import collapsed
    from ml.train.superres_training import Patches

    torch.set_num_threads(1)
    torch.manual_seed(3)
    fast = Upscaler(Shape(8, 2))
    luma = torch.rand(2, 1, 16, 16)
    with torch.no_grad():
        begun = fast(luma)
    recipe = replace(training.Recipe(), painter=2e-3)
    state = training.begin(recipe, fast)
    with torch.no_grad():
        assert torch.equal(state.network(luma), begun)

    large = functional.interpolate(luma, scale_factor=4)
    patches = Patches(luma, large, large)
    state.rate(1.0)

    class Plain(torch.nn.Module):
        """Sees what is there and no more."""

        def forward(self, found: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
            return functional.mse_loss(found, true)

    told = [training.learn(state, patches, Plain(), recipe) for _ in range(25)]
    assert told[-1]["off"] < told[0]["off"]
    critic = state.average.module.critic.last.parametrizations.weight.original
    assert not torch.equal(critic, state.network.critic.last.parametrizations.weight.original)

    painter = collapsed(state.average.module.painter)
    onnx_file.write_upscaler(painter, tmp_path / "painter.onnx", {"steps": "25"})
    with torch.no_grad():
        wanted = state.average(luma).numpy()
        assert np.abs(painter(luma).numpy() - wanted).max() < 1e-5
    detail = OnnxEngine(str(tmp_path / "painter.onnx")).run(luma.numpy())["detail"]
    assert np.abs(detail - wanted).max() < 2e-3
