"""The pixelation network: the same answers written out, and large photos seen in tiles."""

import numpy as np
import pytest

from ml.engine import OnnxEngine
from ml.pixelation.detector import network_logits
from tests.unit.ml_pixelation.scenes import luma, scene


class Middles:
    """An engine that answers each cell by its mean: what lies where can be told."""

    outputs = ("logits",)

    def run(self, batch):
        _, _, height, width = batch.shape
        assert max(height, width) <= 1280  # memory does not grow with the photo
        cells = batch[0, 0].reshape(height // 16, 16, width // 16, 16).mean((1, 3))
        return {"logits": cells[None, None]}


@pytest.mark.parametrize(
    ("height", "width"), [(200, 330), (1024, 64), (2300, 100), (80, 2500), (1100, 1300)]
)
def test_large_photos_are_seen_in_tiles_that_fit_together(height, width):
    image = scene(height, width)
    logits = network_logits(Middles(), image)
    assert logits.shape == (-(-height // 16), -(-width // 16))
    rows, columns = height // 16, width // 16
    grey = luma(image)[: rows * 16, : columns * 16].astype(np.float32)
    means = grey.reshape(rows, 16, columns, 16).mean((1, 3))
    assert np.allclose(logits[:rows, :columns], means, atol=1e-2)


@pytest.mark.torch
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Constant folding")
def test_the_written_network_answers_as_the_trained_one(tmp_path):
    import torch

    from ml.train.onnx_file import write_cells
    from ml.train.pixelation_network import PixelationNetwork
    from ml.train.pixelation_training import SIDE, batch, begin, loss

    torch.manual_seed(0)
    network = PixelationNetwork().eval()
    assert sum(each.numel() for each in network.parameters()) < 300_000
    path = tmp_path / "cells.onnx"
    write_cells(network, path, {"steps": "0"})
    assert path.stat().st_size < 400_000
    image = scene(160, 208)
    grey = luma(image).astype(np.float32)[None, None]
    with torch.no_grad():
        wanted = network(torch.from_numpy(grey)).numpy()
    assert wanted.shape == (1, 1, 10, 13)
    # Kernels are written as bytes.
    assert np.allclose(network_logits(OnnxEngine(str(path)), image), wanted[0, 0], atol=0.1)
    images, share, weight = batch([scene()], 0)
    assert images.shape[1:] == (1, SIDE, SIDE)
    assert share.shape == weight.shape == (len(images), 1, SIDE // 16, SIDE // 16)
    state = begin()
    before = loss(state.network(images.float()), share, weight)
    before.backward()
    assert float(before.detach()) > 0


@pytest.mark.torch
def test_normalisation_is_measured_on_all_that_is_shown():
    import torch

    from ml.train.pixelation_rival import _settle

    network = torch.nn.Sequential(torch.nn.BatchNorm2d(1))
    network[0].running_mean.fill_(40)
    generator = torch.Generator().manual_seed(1)
    shown = [5 + 2 * torch.randn(8, 1, 16, 16, generator=generator) for _ in range(4)]
    _settle(network.train(), shown)
    assert network[0].running_mean.item() == pytest.approx(5, abs=0.2)
    assert network[0].running_var.item() == pytest.approx(4, abs=0.4)
