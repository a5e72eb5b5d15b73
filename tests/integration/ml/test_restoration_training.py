"""What needs torch: a training of restoration goes on where it stopped, and what is written does
the same as what was trained, tile by tile.
"""

import json
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from ml.degradations.noise import GaussianNoise
from ml.engine import OnnxEngine
from ml.restoration import blind
from ml.restoration.blind import Steering, restore
from ml.train.distortion_sources import Sources

pytestmark = [
    pytest.mark.torch,
    # The newer exporter needs a further package and gives the same graph.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Constant folding"),
]

TOLERANCE = 0.01  # of the float16 weights in the file


def test_it_learns_stops_goes_on_and_is_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from ml.train import restoration as training
    from ml.train.restoration_network import Restorer

    torch.set_num_threads(1)  # two wait for each other on a busy machine
    photo = np.ascontiguousarray(data.astronaut()[:200, :240])
    sources = Sources(("a",), photo.ravel(), np.array([[0, 200, 240]]))
    recipe = training.Recipe(batch=4, side=64, warm_up=1, workers=0)
    torch.manual_seed(1)
    state = training.begin(Restorer(width=12, blocks=1), recipe)
    for law in training.LAWS:
        examples = training.Examples(sources, law, [(photo, photo)])
        batch = next(iter(training.Batches(examples, recipe, 0)))
        assert batch[0].shape == (4, 3 + blind.STEPS, 64, 64)
    crops = [
        np.ascontiguousarray(data.astronaut()[y : y + 64, 200:264]) for y in (40, 80, 120, 160)
    ]
    batch = training.collate([training._damaged(each, GaussianNoise.of(50)) for each in crops])
    state.network.train()
    losses = [training.learn(state, batch) for _ in range(60)]
    assert losses[-1] < 0.5 * losses[0]
    state.save(tmp_path / "checkpoint.pt")

    again = training.begin(Restorer(width=12, blocks=1), recipe)
    again.load(tmp_path / "checkpoint.pt")
    assert (again.steps, again.samples) == (60, 240)
    saved, loaded = state.average.state_dict(), again.average.state_dict()
    assert all(torch.equal(saved[key], loaded[key]) for key in saved)
    figures = training.measure(again, {"held": batch})
    assert figures["held"] > training.nothing({"held": batch})["held"]

    examples = training.Examples(sources, "noise", [])
    training.train(
        again, examples, {"held": batch}, folder=tmp_path, minutes=1e-4, recipe=recipe
    )  # one step, measured, told and saved
    assert again.steps == 61
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert lines[0]["loss"] > 0
    assert lines[-1]["held_out"]["held"] > 0
    state.load(tmp_path / "checkpoint.pt")
    assert (state.steps, state.samples) == (61, 244)

    training.write(again, tmp_path / "restoration.onnx")
    engine = OnnxEngine(str(tmp_path / "restoration.onnx"))
    with torch.no_grad():
        wanted = again.average.eval()(batch[0]).numpy()
    assert np.abs(engine.run(batch[0].numpy())["restored"] - wanted).max() < TOLERANCE
    whole = restore(photo, [(engine, Steering(25))])
    monkeypatch.setattr(blind, "TILE", 88)
    assert np.abs(restore(photo, [(engine, Steering(25))]).astype(int) - whole).max() <= 1


def test_kernels_are_stepped_alike_in_every_direction() -> None:
    import torch

    from ml.train.muon import Muon, groups, orthogonal
    from ml.train.restoration_network import Restorer

    matrix = torch.randn(16, 40, generator=torch.Generator().manual_seed(1)) * torch.logspace(
        -0.4, 0.4, 16
    ).view(-1, 1)
    for each in (matrix, matrix.T):
        found = torch.linalg.svdvals(orthogonal(each))
        assert found.min() > 0.4
        assert found.max() < 1.4
    network = Restorer(width=8, blocks=1)
    before = {name: each.detach().clone() for name, each in network.named_parameters()}
    hidden, others = groups(network, 0.02, 0.001)
    assert hidden["kernels"]
    assert len(hidden["params"]) + len(others["params"]) == len(before)
    network(torch.rand(1, 8, 32, 32)).square().mean().backward()
    Muon([hidden, others]).step()
    moved = {n: float((e.detach() - before[n]).abs().max()) for n, e in network.named_parameters()}
    assert moved["head.0.bias"] == pytest.approx(0.001, rel=0.05)  # Adam's first step
    assert 0.001 < moved["body.0.body.0.weight"] < 0.02
