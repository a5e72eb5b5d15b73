"""What needs torch: a training of super-resolution goes on where it stopped, the collapsed network
says what the trained one says, and so does its file.
"""

from pathlib import Path

import numpy as np
import pytest
from skimage import data

from ml.engine import OnnxEngine
from ml.superres import bicubic
from ml.superres.upscale import upscale

pytestmark = [
    pytest.mark.torch,
    # The newer exporter needs a further package and gives the same graph.
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore:Constant folding"),
]
TOLERANCE = 1e-3  # of 0..1: stored as float16


def test_it_learns_stops_goes_on_collapses_and_is_exported(tmp_path: Path) -> None:
    import torch

    from ml.train import onnx_file
    from ml.train import superres_training as training
    from ml.train.superres_network import Collapsed, Shape
    from ml.train.superres_sources import Sources, luma, rounded

    torch.set_num_threads(1)  # two wait for each other on a busy machine
    true = luma(data.astronaut()[:384, :448])
    small = rounded(bicubic.shrink(true, 4))
    planes = (rounded(true), rounded(true), small)
    pixels = np.concatenate([plane.ravel() for plane in planes])
    sources = Sources(pixels, np.array([[0, *small.shape]]))
    assert all(np.array_equal(*each) for each in zip(sources.photo(0), planes, strict=True))

    recipe = training.Recipe(batch=4, side=16, warm_up=1)
    state = training.begin(Shape(8, 2), recipe)
    patches = next(training.drawn(sources, recipe, 0))
    assert patches.shrunk.shape == (4, 1, 16, 16)
    assert patches.true.shape == patches.taught.shape == (4, 1, 64, 64)
    losses = [training._step(state, patches, recipe) for _ in range(30)]
    assert losses[-1] < 0.97 * losses[0]
    state.save(tmp_path / "checkpoint.pt")

    again = training.begin(Shape(8, 2), recipe)
    again.load(tmp_path / "checkpoint.pt")
    assert (again.steps, again.samples) == (30, 120)
    saved, loaded = state.average.state_dict(), again.average.state_dict()
    assert all(torch.equal(saved[key], loaded[key]) for key in saved)
    held = [
        (
            torch.from_numpy(small / np.float32(255))[None, None],
            torch.from_numpy(true / 255)[None, None],
        )
    ]
    plain = training.mean_db([training.bicubic(held[0][0])], held)
    assert training.measure(again, held) > plain - 0.5

    collapsed = Collapsed(again.average.module)
    onnx_file.write_upscaler(collapsed, tmp_path / "superres.onnx", {"steps": "30"})
    engine = OnnxEngine(str(tmp_path / "superres.onnx"))
    photos = np.random.default_rng(0).random((2, 1, 20, 28), np.float32)
    with torch.no_grad():
        wanted = again.average(torch.from_numpy(photos)).numpy()
        assert np.abs(collapsed(torch.from_numpy(photos)).numpy() - wanted).max() < 1e-5
    assert np.abs(engine.run(photos)["detail"] - wanted).max() < TOLERANCE
    assert upscale(data.coffee()[:40, :50], 4, engine).shape == (160, 200, 3)


def test_the_teachers_enlarge_four_times(tmp_path: Path) -> None:
    import torch

    from ml.errors import WeightsError
    from ml.train import superres_teachers

    with pytest.raises(WeightsError, match=r"efdn_x4\.pth"):
        superres_teachers.teachers(tmp_path)
    torch.manual_seed(0)
    torch.save(superres_teachers.Safmn().state_dict(), tmp_path / "safmnv3_x4.pth")
    torch.save({"params": superres_teachers.Efdn().state_dict()}, tmp_path / "efdn_x4.pth")
    found = superres_teachers.teachers(tmp_path)
    assert list(found) == ["efdn", "safmnv3"]
    large = superres_teachers.enlarged(list(found.values()), data.coffee()[:32, :40])
    assert (large.shape, large.dtype) == ((128, 160, 3), np.float32)
    assert sum(each.numel() for each in found["efdn"].parameters()) == 276_192
    assert sum(each.numel() for each in found["safmnv3"].parameters()) == 144_672
