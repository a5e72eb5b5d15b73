"""What needs torch: the networks of marks learn, and what is written finds what was learned."""

import json
from pathlib import Path

import numpy as np
import pytest
from skimage import data

from ml.engine import OnnxEngine
from ml.marks import find
from ml.train.distortion_sources import Sources

pytestmark = [
    pytest.mark.torch,
    # The newer exporter needs a further package and gives the same graph.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Constant folding"),
]


@pytest.mark.parametrize("network", ["thin", "broad"])
def test_it_learns_stops_goes_on_and_is_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, network: str
) -> None:
    import torch

    from ml.train import marks as training
    from ml.train import marks_examples
    from ml.train.marks_examples import PLANS
    from ml.train.marks_network import MarksNetwork

    monkeypatch.setattr(marks_examples, "_POOL", 3)
    torch.set_num_threads(1)  # two wait for each other on a busy machine
    photo = np.ascontiguousarray(data.astronaut()[:280, :300])
    sources = Sources(("a",), photo.ravel(), np.array([[0, 280, 300]]))
    plan = PLANS[network]
    kinds = plan.network.kinds
    recipe = training.Recipe(batch=3, widths=(8, 8), warm_up=1, workers=0)
    state = training.begin(MarksNetwork(len(kinds), recipe.widths), recipe)
    batches = training.Batches(sources, plan, recipe, 0)
    batch = next(each for each in batches if each[1].any())
    assert batch[0].shape == (3, 3, plan.side, plan.side)
    assert batch[1].shape == (3, len(kinds), plan.side, plan.side)
    state.network.train()
    losses = [training.learn(state, batch, kinds)["spread"] for _ in range(25)]
    assert losses[-1] < 0.8 * losses[0]
    state.save(tmp_path / "checkpoint.pt")

    again = training.begin(MarksNetwork(len(kinds), recipe.widths), recipe)
    again.load(tmp_path / "checkpoint.pt")
    assert (again.steps, again.samples) == (25, 75)
    training.train(again, batches, [batch], folder=tmp_path, minutes=1e-4)
    assert again.steps == 26, "one step, measured, told and saved"
    last = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])["held_out"]
    assert {f"f1_{kind}" for kind in kinds} | {"false_alarms"} == set(last)

    training.write(again, tmp_path / "marks.onnx")
    engine = OnnxEngine(str(tmp_path / "marks.onnx"))
    seen = photo[:101, :90]  # not of the network's own sides
    told = find.chances(seen, plan.network, engine)
    with torch.no_grad():
        padded = np.pad(seen, ((0, 11), (0, 6), (0, 0)), "symmetric").transpose(2, 0, 1)
        logits = again.average.eval()(torch.from_numpy(padded[None] / np.float32(255)))
    wanted = logits.sigmoid().numpy()[0, :, :101, :90]
    assert np.abs(np.stack([told[kind] for kind in kinds]) - wanted).max() < 0.05
