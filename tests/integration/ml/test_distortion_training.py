"""What needs torch: a training of the distortion network goes on where it stopped, and its export
says what torch says.
"""

from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from ml import weights
from ml.engine import OnnxEngine
from ml.estimators.distortion import estimate
from ml.train.distortion_sources import Sources

pytestmark = [
    pytest.mark.torch,
    # The newer exporter needs a further package and gives the same graph.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Constant folding"),
]
TOLERANCE = 0.05  # of a logit: stored as float16


@pytest.fixture(scope="module")
def sources() -> Sources:
    photo = cv2.resize(data.astronaut(), (384, 300))
    return Sources(("a",), photo.ravel(), np.array([[0, 300, 384]]))


def test_it_learns_stops_goes_on_and_is_exported(sources: Sources, tmp_path: Path) -> None:
    import torch

    from ml.train import distortion_training as training
    from ml.train import onnx_file
    from ml.train.distortion_network import Answer

    torch.set_num_threads(1)  # two wait for each other on a busy machine
    torch.manual_seed(0)
    recipe = training.Recipe(batch=4, warm_up=1, workers=0)
    imagenet = weights.fetch("efficientnet_lite0")
    state = training.begin(imagenet, recipe)
    batch = next(iter(training.Batches(sources, recipe, 0)))
    state.network.train()
    losses = [training._step(state, *batch, recipe)["kind"] for _ in range(6)]
    assert losses[-1] < losses[0]
    assert (state.steps, state.samples) == (6, 24)
    state.save(tmp_path / "checkpoint.pt")

    again = training.begin(imagenet, recipe)
    again.load(tmp_path / "checkpoint.pt")
    assert (again.steps, again.samples) == (6, 24)
    saved, loaded = state.average.state_dict(), again.average.state_dict()
    assert all(torch.equal(saved[key], loaded[key]) for key in saved)
    figures = training.measure(again, [batch])
    assert 0 <= figures["group_accuracy_of_warped"] <= 1

    file = tmp_path / "distortion.onnx"
    network = again.average.module.to(memory_format=torch.contiguous_format).eval()
    onnx_file.write(network, file, Answer._fields, {})
    engine = OnnxEngine(str(file))
    photos = np.random.default_rng(0).integers(0, 255, (2, 3, 160, 224)).astype(np.float32)
    with torch.no_grad():
        wanted = network(torch.from_numpy(photos))
    found = engine.run(photos)
    for name, each in wanted._asdict().items():
        assert np.abs(found[name] - each.numpy()).max() < TOLERANCE
    (judged,) = estimate(engine, [data.coffee()])
    assert sum(judged.probabilities.values()) == pytest.approx(1, abs=1e-5)
