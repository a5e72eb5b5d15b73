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
    network = unet.trained(sources, 0.1)
    values = photo.astype(np.float32) / 255
    done = unet.restored(network, values)
    assert done.shape == photo.shape
    begun = unet.restored(unet.Unet(), values)
    assert np.abs(done - values).mean() < 0.97 * np.abs(begun - values).mean()
    torch.save(network.state_dict(), tmp_path / "unet.pt")
    assert np.array_equal(unet.restored(unet.load(tmp_path / "unet.pt"), values), done)
