"""The restoration network's way over a photo: tiles, depths, channels, what it is told."""

import cv2
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


class Slope:
    """Gives what lies to the right of everything, and beneath: turned pictures would show."""

    def __init__(self):
        self.shapes = []

    def run(self, batch):
        self.shapes.append(batch.shape[2:])
        colours = batch[:, :3]
        right = np.concatenate([colours[..., 1:], colours[..., -1:]], 3)
        below = np.concatenate([colours[..., 2:, :], colours[..., -2:, :]], 2)
        return {"restored": 0.25 * right + 0.75 * below}


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


@pytest.mark.parametrize("shape", [(300, 130, 3), (130, 300, 3), (131, 301)])
def test_passes_of_several_reaches_join_as_on_the_whole(shape, monkeypatch):
    image = np.random.default_rng(2).integers(0, 65535, shape).astype(np.uint16)
    image = cv2.GaussianBlur(image, (0, 0), 3)
    mode = "RGB" if len(shape) == 3 else "L"
    passes = [(Slope(), Steering()), (None, Steering(blur=1.5)), (Slope(), Steering())]
    once = restore(image, passes[:1], mode=mode).astype(int)
    assert np.abs(once[:-2, :-1] - 0.25 * image[:-2, 1:] - 0.75 * image[2:, :-1]).max() <= 1
    whole = restore(image, passes, mode=mode)
    monkeypatch.setattr(blind, "TILE", 64)
    monkeypatch.setattr(blind, "KERNEL_TILE", 96)
    monkeypatch.setattr(blind, "REACH", 4)
    network = Slope()
    shares = []
    tiled = restore(
        image,
        [(network, Steering()), *passes[1:]],
        mode=mode,
        progress=shares.append,
    )
    away = np.abs(tiled.astype(int) - whole)
    assert np.percentile(away, 99) <= 65535 * 0.004
    assert shares[-1] == 1
    assert len(shares) == len(set(shares))
    # Each tile once, with its own surroundings and not those of what comes after.
    assert max(max(seen) for seen in network.shapes) <= 64 + 2 * 4
    assert len(network.shapes) == 3 * 5


def test_other_colours_are_refused():
    with pytest.raises(ImageError, match="CMYK"):
        restore(np.zeros((8, 8, 4), np.uint8), [(Echo(), Steering())], mode="CMYK")
