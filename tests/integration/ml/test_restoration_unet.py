"""What needs torch: the plain network to compare with learns, and takes photos of any size."""

import numpy as np
import pytest
from skimage import data

from ml.train.distortion_sources import Sources

pytestmark = pytest.mark.torch


def test_it_learns_and_restores_any_size(tmp_path):
    import torch

    from ml.train import restoration_unet as unet

    torch.set_num_threads(1)
    photo = np.ascontiguousarray(data.astronaut()[:200, :240])
    sources = Sources(("a",), photo.ravel(), np.array([[0, 200, 240]]))
    rng = np.random.default_rng(1)
    one = unet.example(sources, rng)
    assert one.image.shape == one.clean.shape == (unet.SIDE, unet.SIDE, 3)
    assert np.abs(one.image - one.clean).max() > 0.02
    torch.manual_seed(1)
    network = unet.Unet()
    optimizer = torch.optim.Adam(network.parameters(), 5e-3)
    losses = [unet.learn(network, optimizer, [one]) for _ in range(80)]
    assert losses[-1] < 0.8 * losses[0]
    values = photo.astype(np.float32) / 255
    done = unet.restored(network, values)
    assert done.shape == photo.shape
    torch.save(network.state_dict(), tmp_path / "unet.pt")
    assert np.array_equal(unet.restored(unet.load(tmp_path / "unet.pt"), values), done)
