"""What needs torch: the patch network learns, and what is written does what was learned."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from skimage import data

from ml import weights
from ml.authenticity.patches import EDITED, SIDE, wide
from ml.engine import OnnxEngine

pytestmark = [
    pytest.mark.torch,
    # The newer exporter needs a further package and gives the same graph.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Constant folding"),
]


def test_it_learns_and_is_exported(tmp_path: Path) -> None:
    import torch

    from ml.train import authenticity as training
    from ml.train import onnx_file
    from ml.train.authenticity_examples import CELL, LATER, Batch

    side, cells = LATER.side, LATER.side // CELL
    torch.set_num_threads(1)  # two wait for each other on a busy machine
    photo = np.ascontiguousarray(data.astronaut()[:side, : side + 32].transpose(2, 0, 1)[None])
    shown = torch.from_numpy(photo).float()
    weights.fetch("efficientnet_lite0")
    state = training.begin()

    rng = np.random.default_rng(0)
    true = np.zeros((2, cells, cells), np.float32)
    true[0, 3:9, 3:9] = 1
    batch = Batch(rng.integers(0, 256, (2, 3, side, side), dtype=np.uint8), true)
    pixels = torch.from_numpy(batch.photos).float()
    first = [float(each) for each in training.losses(state.network(pixels).detach(), batch)]
    for _ in range(8):
        state.rate(1.0)
        state.learn(sum(training.losses(state.network(pixels), batch)), 2, 5.0)
    last = [float(each) for each in training.losses(state.network(pixels).detach(), batch)]
    assert sum(last) < 0.9 * sum(first)

    path = tmp_path / "authenticity.onnx"
    learned = state.network.eval()
    onnx_file.write_patches(training.Maps(learned), path, (EDITED,), {"side": str(SIDE)})
    written = OnnxEngine(str(path)).run(photo.astype(np.float32))[EDITED]
    with torch.no_grad():
        wanted = learned(shown).numpy()
    assert np.corrcoef(written.ravel(), wanted.ravel())[0, 1] > 0.95, "kernels are kept as bytes"
    model = onnx.load(path)
    wide(model)
    path.write_bytes(model.SerializeToString())
    again = OnnxEngine(str(path)).run(photo.astype(np.float32))[EDITED]
    assert np.abs(again - written).max() < 0.05
