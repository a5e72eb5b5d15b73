"""Bicubic resampling as MATLAB's imresize does it: the yardstick of super-resolution.

Keys' kernel with a = -0.5, widened where it shrinks, mirrored at the rim. OpenCV's has a = -0.75
and no antialiasing, Pillow's cuts the kernel at the rim; figures by those compare with nobody's.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Values = NDArray[np.float32]
Places = NDArray[np.float64]

_REACH = 2.0  # of the kernel, in pixels of whichever picture is the coarser


def resize(image: Values, size: tuple[int, int]) -> Values:
    """Resample a picture (H, W) or (H, W, C) of any range to `size` (width, height).

    What comes back is not clipped.
    """
    height, width = image.shape[:2]
    channels = image.shape[2] if image.ndim == 3 else 1
    rows = np.ascontiguousarray(image, np.float32).reshape(height, width * channels)
    upright = _both(
        rows.reshape(height, width, -1), _matrix(height, size[1]), _matrix(width, size[0])
    )
    return upright if image.ndim == 3 else upright[..., 0]


def sample(image: Values, rows: Places, columns: Places, scale: float) -> Values:
    """What a picture (H, W, C) has at places of its rows and columns, fractions included; shrunk to
    `scale` of its size, under 1, the kernel is as much wider.
    """
    scale = min(1.0, scale)
    return _both(
        image,
        _weights(rows, image.shape[0], scale),
        _weights(columns, image.shape[1], scale),
    )


def _both(image: Values, down: csr_array, across: csr_array) -> Values:
    height, width, channels = image.shape
    tall = (down @ image.reshape(height, -1)).reshape(-1, width, channels)
    columns = np.ascontiguousarray(tall.transpose(1, 0, 2)).reshape(width, -1)
    both = (across @ columns).reshape(across.shape[0], -1, channels)
    return np.ascontiguousarray(both.transpose(1, 0, 2), np.float32)


def shrink(image: Values, factor: int) -> Values:
    """A picture, whose sides are multiples of the factor, so many times smaller."""
    return resize(image, (image.shape[1] // factor, image.shape[0] // factor))


def enlarge(image: Values, factor: int) -> Values:
    """A picture so many times larger."""
    return resize(image, (image.shape[1] * factor, image.shape[0] * factor))


@lru_cache(maxsize=64)
def _matrix(length: int, wanted: int) -> csr_array:
    """(wanted, length): how a line of `length` pixels makes one of `wanted`."""
    scale = min(1.0, wanted / length)
    return _weights((np.arange(wanted) + 0.5) * length / wanted - 0.5, length, scale)


def _weights(centers: Places, length: int, scale: float) -> csr_array:
    """(places, length): what each pixel of a line counts at each of the places."""
    taps = int(np.ceil(2 * _REACH / scale)) + 2
    places = np.floor(centers - _REACH / scale).astype(np.int64)[:, None] + np.arange(taps)
    weights = _kernel((centers[:, None] - places) * scale)
    weights /= weights.sum(1, keepdims=True)
    mirrored = places % (2 * length)
    mirrored = np.where(mirrored < length, mirrored, 2 * length - 1 - mirrored)
    rows = np.repeat(np.arange(len(centers)), taps)
    entries = (weights.ravel().astype(np.float32), (rows, mirrored.ravel()))
    return csr_array(entries, shape=(len(centers), length))


def _kernel(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Keys' cubic convolution kernel (1981) with a = -0.5."""
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return np.where(x <= 1, near, np.where(x < _REACH, far, 0.0))
