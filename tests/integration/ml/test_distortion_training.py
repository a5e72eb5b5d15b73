"""What needs torch: a training of the distortion network goes on where it stopped, and its export
says what torch says.
"""

from pathlib import Path
from typing import Any

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


def learned(sources: Sources, tmp_path: Path, fresh: Any, task: Any) -> Any:
    """A few steps, stopped and gone on with; returns the state, having held it to what it says."""
    import torch

    from ml.train import distortion_training as training

    torch.set_num_threads(1)  # two wait for each other on a busy machine
    torch.manual_seed(0)
    recipe = training.Recipe(batch=4, rate=5e-5, warm_up=1, workers=0)
    state = training.begin(fresh(), recipe)
    batch = next(iter(training.Batches(sources, task, recipe, 0)))
    state.network.train()
    steps = [training._step(state, batch, task, recipe, 1.0) for _ in range(6)]
    key = "kind" if "kind" in steps[0] else "left"
    assert steps[-1][key] < steps[0][key]
    assert (state.steps, state.samples) == (6, 24)
    state.save(tmp_path / "checkpoint.pt")
    again = training.begin(fresh(), recipe)
    again.load(tmp_path / "checkpoint.pt")
    assert (again.steps, again.samples) == (6, 24)
    saved, loaded = state.average.state_dict(), again.average.state_dict()
    assert all(torch.equal(saved[key], loaded[key]) for key in saved)
    assert all(np.isfinite(value) for value in task.measure(again, [batch]).values())
    return again.average.module.to(memory_format=torch.contiguous_format).eval()


def test_it_learns_stops_goes_on_and_is_exported(sources: Sources, tmp_path: Path) -> None:
    import torch

    from ml.train import distortion, onnx_file
    from ml.train.distortion_examples import example
    from ml.train.distortion_loss import loss
    from ml.train.distortion_network import Answer, DistortionNetwork
    from ml.train.distortion_training import Task

    imagenet = weights.fetch("efficientnet_lite0")
    task = Task(example, loss, distortion.measure)
    network = learned(sources, tmp_path, lambda: DistortionNetwork(imagenet), task)
    file = tmp_path / "distortion.onnx"
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


def test_corrections_are_learned_and_exported(sources: Sources, tmp_path: Path) -> None:
    import torch

    from ml.train import distortion_refiner, onnx_file
    from ml.train.distortion_corrections import correction
    from ml.train.distortion_network import DistortionRefiner
    from ml.train.distortion_training import Task

    imagenet = weights.fetch("efficientnet_lite0")
    task = Task(correction, distortion_refiner.loss, distortion_refiner.measure)
    network = learned(sources, tmp_path, lambda: DistortionRefiner(imagenet), task)
    file = tmp_path / "refiner.onnx"
    onnx_file.write(network, file, ("correction",), {}, channels=5)
    pictures = np.random.default_rng(0).integers(0, 255, (2, 5, 192, 160)).astype(np.float32)
    with torch.no_grad():
        wanted = network(torch.from_numpy(pictures)).numpy()
    found = OnnxEngine(str(file)).run(pictures)["correction"]
    assert found.shape == wanted.shape
    assert np.abs(found - wanted).max() < TOLERANCE


def test_the_lattice_is_learned_and_exported(sources: Sources, tmp_path: Path) -> None:
    import torch

    from ml.estimators.lattice.network import read
    from ml.train import distortion_lattice, onnx_file
    from ml.train.distortion_lattice_network import LatticeNetwork
    from ml.train.distortion_network import Answer
    from ml.train.distortion_training import Task

    task = Task(distortion_lattice.learned, distortion_lattice.loss, distortion_lattice.measure)
    network = learned(sources, tmp_path, LatticeNetwork, task)
    file = tmp_path / "lattice.onnx"
    onnx_file.write_lattice(network, file, Answer._fields, {})
    engine = OnnxEngine(str(file))
    spectra = np.random.default_rng(0).integers(0, 255, (2, 624, 13, 17)).astype(np.float32)
    with torch.no_grad():
        wanted = network(torch.from_numpy(spectra))
    found = engine.run(spectra)
    for name, each in wanted._asdict().items():
        assert np.abs(found[name] - each.numpy()).max() < TOLERANCE
    told = read(engine, data.coffee())
    assert np.isfinite(told.kinds).all()
    assert told.numbers("swirl")[1].min() > 0
