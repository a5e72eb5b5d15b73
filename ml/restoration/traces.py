"""Numbers that tell noise, blur and compression, of parts at a photo's own resolution."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

PART = 256  # pixels of a part's side
_BANDS, _SECTORS = 8, 6
_CELL = 16
_LAPLACIAN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)  # Immerkaer's mask
_TO_SIGMA = np.float32(np.sqrt(np.pi / 2) / 6)
FEATURES = (
    *(f"noise_{name}_{share}" for name in ("y", "half", "cr", "cb") for share in (5, 25, 50)),
    *(f"band_{i}" for i in range(_BANDS)),
    *(f"spread_{i}" for i in range(2, _BANDS)),
    *("edges_90", "edges_99", "fine_90", "fine_99", "peaked", "along_1", "along_2", "along_3"),
    *("lattice_x", "lattice_y", "blank_low", "blank_middle", "blank_high", "step"),
    *("mean", "deviation", "clipped"),
)


def parts(photo: Pixels) -> list[Pixels]:
    """Up to five squares at full size out of a photo (H, W, 3): of its middle and its quarters."""
    height, width = photo.shape[:2]
    if max(height, width) < 2 * PART:
        top, left = (max(0, (n - PART) // 2) for n in (height, width))
        return [photo[top : top + PART, left : left + PART]]
    found = []
    for down, across in ((0.5, 0.5), (0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75)):
        top = round(np.clip(down * height - PART / 2, 0, max(0, height - PART)))
        left = round(np.clip(across * width - PART / 2, 0, max(0, width - PART)))
        found.append(photo[top : top + PART, left : left + PART])
    return found


def measured(part: Pixels) -> Floats:
    """The FEATURES of one part (h, w, 3), 64 pixels a side or more."""
    colours = np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2YCrCb), np.float32)
    luma = np.ascontiguousarray(colours[..., 0])
    half = cv2.resize(luma, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    planes = (luma, np.asarray(half, np.float32), colours[..., 1], colours[..., 2])
    noise = [_noise(plane) for plane in planes]
    clipped = float(((luma < 2) | (luma > 253)).mean())
    told = [*noise, _spectrum(luma), _edges(luma), _lattice(luma)]
    own = np.array([luma.mean() / 255, luma.std() / 255, clipped], np.float32)
    return np.concatenate([*told, own]).astype(np.float32)


def calm(values: NDArray[Any]) -> float:
    """Deviation of noise in grey levels of 255 in the calmest cells of a picture (H, W) or
    (H, W, C), uint8, uint16 or float of 0..1, 32 pixels a side or more, else 0.
    """
    if min(values.shape[:2]) < 2 * _CELL:
        return 0.0
    peak = np.iinfo(values.dtype).max if values.dtype.kind == "u" else 1.0
    planes = values.reshape(*values.shape[:2], -1)
    green = 1 if planes.shape[2] > 2 else 0
    found = [
        _noise(part[..., green].astype(np.float32) * np.float32(255 / peak))[0]
        for part in parts(planes)
    ]
    return float(np.exp(np.median(found)))


def _noise(plane: Floats) -> Floats:
    """Logarithms of the deviation of noise in the calmest cells, to the middle ones."""
    seen = np.abs(cv2.filter2D(np.ascontiguousarray(plane), -1, _LAPLACIAN))[1:-1, 1:-1]
    rows, columns = (n // _CELL for n in seen.shape)
    cells = seen[: rows * _CELL, : columns * _CELL].reshape(rows, _CELL, columns, _CELL)
    sigma = cells.mean((1, 3)) * _TO_SIGMA
    return np.asarray(np.log(np.percentile(sigma, (5, 25, 50)) + 0.05), np.float32)


def _spectrum(luma: Floats) -> Floats:
    """Power by frequency, less that of the picture's coarse parts, and by how much it differs
    between directions.
    """
    height, width = luma.shape
    window = np.outer(np.hanning(height), np.hanning(width)).astype(np.float32)
    power = np.abs(np.fft.rfft2((luma - luma.mean()) * window)) ** 2
    y, x = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    band = np.minimum((np.hypot(x, y) * 2 * _BANDS).astype(int), _BANDS)
    sector = ((np.arctan2(y, x) / np.pi + 0.5) * _SECTORS).astype(int).clip(0, _SECTORS - 1)
    count = (_BANDS + 1) * _SECTORS
    which = (band * _SECTORS + sector).ravel()
    sums = np.bincount(which, power.ravel(), count) / np.maximum(np.bincount(which, None, count), 1)
    log = np.log(sums.reshape(-1, _SECTORS)[:_BANDS] + 1.0)
    mean = log.mean(1)
    spread = log[2:].max(1) - log[2:].min(1)
    return np.concatenate([mean[:1], mean[1:] - mean[0], spread]).astype(np.float32)


def _edges(luma: Floats) -> Floats:
    """How steep edges are beside how fine, how rare fine detail is, and how far it reaches."""
    steep = np.abs(np.diff(luma, axis=1))[:-1] + np.abs(np.diff(luma, axis=0))[:, :-1]
    fine = np.abs(cv2.Laplacian(luma, cv2.CV_32F))
    shares = [*np.percentile(steep, (90, 99)), *np.percentile(fine, (90, 99))]
    peaked = float((fine**2).mean() / (fine.mean() ** 2 + 1e-3))
    rough = luma - cv2.GaussianBlur(luma, (0, 0), 2.5)
    own = float((rough**2).mean()) + 1e-3
    along = [
        max(float((rough[:, k:] * rough[:, :-k]).mean()), float((rough[k:] * rough[:-k]).mean()))
        / own
        for k in (1, 2, 3)
    ]
    return np.array(
        [*np.log(np.array(shares) + 0.5), np.log(max(peaked, 1e-3)), *along], np.float32
    )


def _lattice(luma: Floats) -> Floats:
    """How much steps gather at every eighth row and column, how many coefficients of the blocks
    between are nothing, and the commonest step between the others.
    """
    found, starts = [], []
    for axis in (1, 0):
        bend = np.abs(np.diff(luma, 3, axis=axis)).mean(1 - axis)
        bend = bend[: len(bend) // 8 * 8].reshape(-1, 8).mean(0)
        starts.append((int(bend.argmax()) + 2) % 8)
        found.append(float(np.log((bend.max() + 0.05) / (np.median(bend) + 0.05))))
    part = luma[starts[1] :, starts[0] :]
    rows, columns = (n // 8 for n in part.shape)
    blocks = part[: rows * 8, : columns * 8].reshape(rows, 8, columns, 8).transpose(0, 2, 1, 3)
    coefficients = np.abs(_DCT @ (blocks - 128) @ _DCT.T).reshape(-1, 8, 8)
    blank = (coefficients < 1.0).mean(0)
    groups = [float(blank[n == _DIAGONAL].mean()) for n in (2, 5, 9)]
    low = coefficients[:, [0, 1, 1, 0], [1, 0, 1, 2]]
    shown = low[low > 1.0]
    step = float(np.log(np.percentile(shown, 10))) if len(shown) > 20 else 0.0
    return np.array([*found, *groups, step], np.float32)


def _dct() -> Floats:
    k, n = np.mgrid[0:8, 0:8]
    matrix = np.cos(np.pi * (2 * n + 1) * k / 16) / 2
    matrix[0] /= np.sqrt(2)
    return np.asarray(matrix, np.float32)


_DCT = _dct()
_DIAGONAL = np.add.outer(np.arange(8), np.arange(8))
