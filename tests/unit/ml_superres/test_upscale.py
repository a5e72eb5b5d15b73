"""Enlarging: tiles without seams, every kind of channels, progress and stopping."""

import cv2
import numpy as np
import pytest

from ml.errors import ImageError
from ml.superres import upscale as module
from ml.superres.upscale import FACTORS, upscale
from tests.unit.ml_superres import networks


def picture(height: int, width: int, channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    noise = np.random.default_rng(1).random((height, width, channels), np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2).reshape(height, width, channels)
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    return (smooth * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("factor", FACTORS)
def test_tiles_leave_no_seams(monkeypatch: pytest.MonkeyPatch, factor: int):
    image, network = picture(90, 131), networks.far()
    whole = upscale(image, factor, network).astype(int)
    monkeypatch.setattr(module, "TILE", 37)
    assert len(list(module._tiles(90, 131))) == 12
    assert np.abs(upscale(image, factor, network).astype(int) - whole).max() <= 1  # rounding
    plain = upscale(image, factor, networks.nothing()).astype(int)
    assert np.abs(whole - plain).mean() > 1  # the network had its say


@pytest.mark.parametrize("factor", FACTORS)
def test_without_detail_it_is_bicubic(factor: int):
    image = picture(20, 31)
    size = (31 * factor, 20 * factor)
    wanted = cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    found = upscale(image, factor, networks.nothing())
    # Less than four times comes from four times, resampled down: not quite the same on noise.
    assert np.abs(found - wanted).mean() < (0.6 if factor == 4 else 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(
    ("mode", "channels"), [("L", 1), ("LA", 2), ("RGB", 3), ("RGBA", 4), ("CMYK", 4)]
)
def test_channels_and_depth_stay(mode: str, channels: int, dtype: type):
    image = picture(16, 24, channels, dtype)
    image = image[..., 0] if mode == "L" else image
    large = upscale(image, 2, networks.far(), mode=mode)
    assert large.dtype == dtype
    assert large.shape == (32, 48, *image.shape[2:])
    peak = np.iinfo(dtype).max
    small = cv2.resize(large, (24, 16), interpolation=cv2.INTER_AREA).reshape(image.shape)
    assert np.abs(small.astype(float) - image).mean() < 0.08 * peak


def test_sixteen_bits_are_more_than_eight():
    ramp = np.tile(np.linspace(1000, 3000, 40).astype(np.uint16), (40, 1))
    large = upscale(ramp, 4, networks.nothing(), mode="L")
    assert len(np.unique(large)) > 150  # 8 bits would leave 9


def test_colours_of_transparent_pixels_do_not_bleed():
    image = np.zeros((24, 24, 4), np.uint8)
    image[:, :, 1] = 255  # green, which nobody sees
    image[8:16, 8:16] = (200, 40, 40, 255)
    large = upscale(image, 4, networks.nothing(), mode="RGBA")
    seen = large[large[..., 3] > 20][:, :3].astype(int)
    assert np.abs(seen - (200, 40, 40)).max() <= 3


def test_smallest_pictures_too():
    for shape in ((1, 1, 3), (1, 9, 3), (7, 2, 3)):
        large = upscale(np.full(shape, 90, np.uint8), 3, networks.nothing())
        assert large.shape == (3 * shape[0], 3 * shape[1], 3)
        assert np.abs(large.astype(int) - 90).max() <= 1


def test_progress_is_told_and_can_stop_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "TILE", 16)
    told: list[float] = []
    upscale(picture(32, 40), 2, networks.nothing(), progress=told.append)
    assert told == sorted(told)
    assert (len(told), told[-1]) == (6, 1.0)

    class Stopped(Exception):
        pass

    def stop(share: float) -> None:
        told.append(share)
        raise Stopped

    told.clear()
    with pytest.raises(Stopped):
        upscale(picture(32, 40), 2, networks.nothing(), progress=stop)
    assert len(told) == 1


def test_other_channels_are_refused():
    with pytest.raises(ImageError, match="LAB"):
        upscale(picture(8, 8), 2, networks.nothing(), mode="LAB")
