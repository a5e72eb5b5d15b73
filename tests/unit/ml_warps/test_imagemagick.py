"""Our warps against ImageMagick's own results, where it is installed."""

import shutil
import subprocess

import cv2
import numpy as np
import pytest
from skimage import data

from ml.warps import imagemagick
from ml.warps.sampling import lookup

CONVERT = shutil.which("convert")
pytestmark = pytest.mark.skipif(CONVERT is None, reason="needs ImageMagick")

SIZES = [(300, 220), (220, 300), (256, 256)]
MOVES = ((30.0, 12.0), (-20.0, 5.0), (8.0, -16.0), (4.0, -3.0))


def corners(size):
    x, y = size
    places = ((0, 0), (x, 0), (x, y), (0, y))
    told = (f"{a},{b} {a + u},{b + v}" for (a, b), (u, v) in zip(places, MOVES, strict=True))
    return " ".join(told)


EFFECTS = {
    "swirl 90": (lambda s: imagemagick.swirl(s, 90), lambda s: ["-swirl", "90"]),
    "swirl -200": (lambda s: imagemagick.swirl(s, -200), lambda s: ["-swirl", "-200"]),
    "implode 0.4": (lambda s: imagemagick.implode(s, 0.4), lambda s: ["-implode", "0.4"]),
    "implode -0.7": (lambda s: imagemagick.implode(s, -0.7), lambda s: ["-implode", "-0.7"]),
    "wave": (lambda s: imagemagick.wave(s, 12, 90), lambda s: ["-wave", "12x90"]),
    "barrel": (
        lambda s: imagemagick.barrel(s, 0.05, 0.1, 0.0),
        lambda s: ["-distort", "Barrel", "0.05 0.1 0.0"],
    ),
    "pincushion": (
        lambda s: imagemagick.barrel(s, 0.0, 0.0, -0.07, 1.1),
        lambda s: ["-distort", "Barrel", "0.0 0.0 -0.07 1.1"],
    ),
    "perspective": (
        lambda s: imagemagick.perspective(s, MOVES),
        lambda s: ["-distort", "Perspective", corners(s)],
    ),
    "polar": (imagemagick.polar, lambda s: ["-distort", "Polar", "0"]),
    "arc 70": (lambda s: imagemagick.arc(s, 70), lambda s: ["-distort", "Arc", "70"]),
    "arc 200": (lambda s: imagemagick.arc(s, 200), lambda s: ["-distort", "Arc", "200"]),
    "rotation": (
        lambda s: imagemagick.rotation(s, 12),
        lambda s: ["-distort", "ScaleRotateTranslate", "12"],
    ),
}


def theirs(picture, arguments):
    encoded = cv2.imencode(".png", picture[..., ::-1])[1].tobytes()
    first = ["-virtual-pixel", "black", "-background", "black"]
    command = [str(CONVERT), "png:-", *first, *arguments, "+repage", "-depth", "8", "png:-"]
    done = subprocess.run(command, input=encoded, capture_output=True, check=True, timeout=60)
    read = cv2.imdecode(np.frombuffer(done.stdout, np.uint8), cv2.IMREAD_COLOR)
    return read[..., ::-1]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", EFFECTS)
def test_the_same_picture_comes_out(name, size):
    picture = cv2.resize(data.astronaut(), size, interpolation=cv2.INTER_AREA)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.2)  # so that filters differ little
    make, arguments = EFFECTS[name]
    effect, other = make(size), theirs(picture, arguments(size))
    assert other.shape[1::-1] == effect.size
    own = effect.apply(picture)
    places = lookup(effect.inverse, effect.size)
    inner = (places > 2).all(2) & (places < np.array(size) - 3).all(2)
    inner &= np.abs(np.gradient(places, axis=(0, 1))).max((0, 3)) < 3  # where little is averaged
    assert inner.mean() > 0.15
    error = np.mean((own[inner].astype(float) - other[inner]) ** 2)
    assert 10 * np.log10(255**2 / error) > 34
