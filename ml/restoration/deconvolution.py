"""Blur undone by its kernel as far as noise lets it, edges kept: total variation by half-quadratic
splitting (Wang, Yang, Yin and Zhang 2008), begun by Wiener's filter.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from ml.engine import threads
from ml.restoration.kernels import Kernel

Floats = NDArray[np.float32]

_REACHES = ((15, 96), (21, 192))  # sides of kernels, and how far undoing them reaches
_FARTHEST = 320
DOUBT = {"bell": 0.0005, "disc": 0.0012, "way": 0.004}
"""Of noise to gradients, how little each kind of kernel is known: the best on training photos."""
VERSION = "total-variation@2"  # changes with what it makes of a photo
_RIM = 32  # pixels that are mirrored beyond a picture's rim, as blurred as if they went round
_PER_NOISE = 300.0  # of noise to gradients, for a deviation of 1
_ROUNDS = 3
_FIRST, _TIGHTER = 2.0, 2.5  # how closely gradients are held in the first round, and then
_FLAT = 0.12  # of 1, by which gradients are shortened, shared between the rounds


def reach(kernel: Kernel) -> int:
    """Pixels that undoing a kernel reaches to every side, an even number: long straight ways ring
    far.
    """
    side = max(kernel.shape)
    return next((far for most, far in _REACHES if side <= most), _FARTHEST)


def undone(values: Floats, kernel: Kernel, noise: float, doubt: float) -> Floats:
    """Undo a kernel in values (H, W, C) of 0..1, beside a deviation of `noise` in grey levels of
    255 and with a `doubt` of the kernel, of noise to gradients; the rim is mirrored.
    """
    with fft.set_workers(threads()):
        return _undone(values, kernel, noise, doubt)


def _undone(values: Floats, kernel: Kernel, noise: float, doubt: float) -> Floats:
    height, width = values.shape[:2]
    shape = tuple(fft.next_fast_len(n + 2 * _RIM, True) for n in (height, width))
    after = [(_RIM, whole - n - _RIM) for whole, n in zip(shape, (height, width), strict=True)]
    mirrored = np.pad(values, (*after, (0, 0)), "symmetric").transpose(2, 0, 1)
    response = transfer(kernel, shape)
    planes = _closed(np.ascontiguousarray(mirrored), response)
    power, steps = np.abs(response) ** 2, gradients(shape)
    seen = fft.rfft2(planes) * np.conj(response)
    ratio = np.float32(doubt + _PER_NOISE * (noise / 255) ** 2)
    sharp = fft.irfft2(seen / (power + ratio * steps), shape)
    held = _FIRST
    for _ in range(_ROUNDS):
        pull = np.float32(ratio * held)
        wanted = fft.rfft2(_flattened(sharp, np.float32(_FLAT / held)))
        wanted *= pull
        wanted += seen
        wanted /= power + pull * steps
        sharp = fft.irfft2(wanted, shape)
        held *= _TIGHTER
    inside = sharp[:, _RIM : _RIM + height, _RIM : _RIM + width]
    return np.ascontiguousarray(inside.transpose(1, 2, 0), np.float32)


def _closed(planes: Floats, response: NDArray[Any]) -> Floats:
    """Planes (C, H, W) whose rim goes over into what the kernel makes of them round the edges: what
    is cut off there would ring.
    """
    shape = planes.shape[1:]
    inward = [np.minimum(np.arange(n), np.arange(n)[::-1]) + 0.5 for n in shape]
    shares = [np.sin(np.minimum(each / _RIM, 1) * np.pi / 2) ** 2 for each in inward]
    own = np.outer(*shares).astype(np.float32)
    round_ = fft.irfft2(fft.rfft2(planes) * response, shape)
    return np.asarray(round_ + own * (planes - round_), np.float32)


def _flattened(planes: Floats, least: np.float32) -> Floats:
    """Divergence of gradients (C, H, W) that are shortened by so much, all colours together."""
    across, down = np.roll(planes, -1, 2), np.roll(planes, -1, 1)
    across -= planes
    down -= planes
    length = np.sqrt((across**2 + down**2).sum(0))
    kept = np.maximum(length - least, 0) / np.maximum(length, np.float32(1e-9))
    across *= kept
    down *= kept
    away = np.roll(across, 1, 2)
    away -= across
    away += np.roll(down, 1, 1)
    away -= down
    return away


def transfer(kernel: Kernel, shape: tuple[int, ...]) -> NDArray[Any]:
    """What a kernel leaves of each frequency of rfft2, its middle at the origin."""
    placed = np.zeros(shape, np.float32)
    rows, columns = (np.arange(n) - n // 2 for n in kernel.shape)
    placed[np.ix_(rows, columns)] = kernel
    return np.asarray(fft.rfft2(placed))


def gradients(shape: tuple[int, ...]) -> Floats:
    """How strongly steps between neighbours answer to each frequency of rfft2; never 0."""
    down, across = fft.fftfreq(shape[0])[:, None], fft.rfftfreq(shape[1])[None]
    both = 4 - 2 * np.cos(2 * np.pi * down) - 2 * np.cos(2 * np.pi * across)
    return np.asarray(np.maximum(both, 1e-4), np.float32)
