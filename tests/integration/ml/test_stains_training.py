"""What needs torch: the network of stains learns, and what is written does what was learned."""

import json
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from ml.engine import OnnxEngine
from ml.marks.stained import NONE, OUTPUT
from ml.train.distortion_sources import Sources

pytestmark = [
    pytest.mark.torch,
    # The newer exporter needs a further package and gives the same graph.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Constant folding"),
]


def test_it_learns_stops_goes_on_and_is_exported(tmp_path: Path) -> None:
    import torch

    from ml.train import stains as training
    from ml.train.stains_examples import SIDE

    torch.set_num_threads(1)  # two wait for each other on a busy machine
    photo = np.ascontiguousarray(data.astronaut()[:280, :300])
    sources = Sources(("a",), photo.ravel(), np.array([[0, 280, 300]]))
    recipe = training.Recipe(batch=4, widths=(8, 8), warm_up=1, workers=0)
    state = training.begin(recipe)
    batches = training.Batches(sources, recipe, 0)
    batch = next(iter(batches))
    stained, clean, masks = batch
    assert stained.shape == clean.shape == (4, 3, SIDE, SIDE)
    assert masks.shape == (4, 1, SIDE, SIDE)
    assert ((stained != clean).any(1, keepdim=True) <= (masks > 0)).all(), "nothing else changed"
    assert training.gains(state.network, batch).abs().max() < 1e-3, "nothing is done at first"
    state.network.train()
    for _ in range(30):
        state.rate(1.0)
        state.learn(-training.gains(state.network, batch).mean(), 4, 1.0)
    assert training.gains(state.network, batch).mean() > 1
    state.save(tmp_path / "checkpoint.pt")

    again = training.begin(recipe)
    again.load(tmp_path / "checkpoint.pt")
    assert (again.steps, again.samples) == (30, 120)
    training.train(again, batches, [batch], folder=tmp_path, minutes=1e-4)
    assert again.steps == 31, "one step, measured, told and saved"
    last = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])["held_out"]
    assert set(last) == {"gain_db", "worst_db"}

    training.write(again, tmp_path / "stains.onnx")
    planes = torch.cat([stained, masks + NONE], 1)[:1]
    told = OnnxEngine(str(tmp_path / "stains.onnx")).run(planes.numpy())[OUTPUT]
    with torch.no_grad():
        wanted = again.average.eval()(planes).numpy()
    assert np.abs(told - wanted).max() < 0.05
