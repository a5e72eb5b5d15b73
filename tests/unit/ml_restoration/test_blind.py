"""The restoration network's way over a photo: tiles, depths, channels, what it is told."""

import numpy as np
import pytest

from ml.errors import ImageError
from ml.restoration import blind
from ml.restoration.blind import STEPS, STRIDE, Steering, restore


class Echo:
    """Gives colours back, a little brighter where it is told of noise, and keeps what it saw."""

    def __init__(self):
        self.shapes = []

    def run(self, batch):
        self.shapes.append(batch.shape)
        assert batch.dtype == np.float32
        assert batch.flags.c_contiguous
        return {"restored": batch[:, :3] + 0.2 * batch[:, 3:4]}


@pytest.fixture
def small_tiles(monkeypatch):
    monkeypatch.setattr(blind, "TILE", 64)
    monkeypatch.setattr(blind, "REACH", 16)


@pytest.mark.usefixtures("small_tiles")
@pytest.mark.parametrize(
    ("mode", "dtype"),
    [
        ("L", np.uint8),
        ("LA", np.uint8),
        ("RGB", np.uint16),
        ("RGBA", np.uint8),
        ("RGBA", np.uint16),
    ],
)
def test_tiles_join_and_alpha_stays(mode, dtype):
    rng = np.random.default_rng(1)
    image = rng.integers(0, np.iinfo(dtype).max, (150, 203, len(mode))).astype(dtype)
    image = image[..., 0] if mode == "L" else image
    network = Echo()
    same = restore(image, [(network, Steering())], mode=mode)
    assert same.dtype == dtype
    assert np.array_equal(same, image)
    assert len(network.shapes) > 4
    assert all(s[1] == 3 + STEPS and s[2] % STRIDE == s[3] % STRIDE == 0 for s in network.shapes)
    brighter = restore(image, [(Echo(), Steering(noise=75))], mode=mode)
    if mode.endswith("A"):
        assert np.array_equal(brighter[..., -1], image[..., -1])
    assert (brighter.astype(int) - image)[..., :1].mean() > 0


def test_floats_may_leave_the_range_and_come_back_within():
    values = np.array([[[-0.4, 0.5, 1.7]]], np.float32)
    assert restore(values, [(Echo(), Steering())]).tolist() == [[[0.0, 0.5, 1.0]]]


def test_nothing_is_rounded_between_two_networks():
    dim, bright = Echo(), Echo()
    values = np.full((20, 30, 3), 100, np.uint8)
    step = 75 * 0.4 / (0.2 * 255)  # a third of a grey level and a bit
    once = restore(values, [(dim, Steering(noise=step))])
    twice = restore(values, [(dim, Steering(noise=step)), (bright, Steering(noise=step))])
    assert (int(once.max()), int(twice.min())) == (100, 101)


@pytest.mark.parametrize("angle", [0.0, 30.0, 90.0, 170.0])
def test_a_half_turn_of_motion_is_the_same_motion(angle):
    one, other = (Steering(length=10, angle=angle + turn).planes() for turn in (0, 180))
    assert one == pytest.approx(other, abs=1e-6)
    assert np.hypot(*one[3:]) == pytest.approx(0.4)
    assert np.abs(one - Steering(length=10, angle=angle + 90).planes()).max() > 0.5


@pytest.mark.usefixtures("small_tiles")
def test_progress_ends_at_1_and_can_stop_the_work():
    shares = []
    restore(np.zeros((130, 70, 3), np.uint8), [(Echo(), Steering())], progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    network = Echo()

    def stop(share):
        raise InterruptedError(share)

    with pytest.raises(InterruptedError):
        restore(np.zeros((130, 70, 3), np.uint8), [(network, Steering())], progress=stop)
    assert len(network.shapes) == 1


def test_other_colours_are_refused():
    with pytest.raises(ImageError, match="CMYK"):
        restore(np.zeros((8, 8, 4), np.uint8), [(Echo(), Steering())], mode="CMYK")
