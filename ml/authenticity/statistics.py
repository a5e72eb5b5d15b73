"""What a picture's fine structure measures like: spectrum, residuals, how colours and brightness go
together with noise. Cameras, decoders of generators and their upsamplers differ in it.

Co-occurrences of residuals: Fridrich and Kodovsky, Rich models for steganalysis (TIFS 2012);
spectra of upsamplers: Durall et al., Watch your up-convolution (CVPR 2020).
"""

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
_Values = NDArray[Any]

_TILE = 128  # px of the pieces that spectra are taken of
_RINGS = 28
_LEVELS = 2  # residuals are rounded to -2..2
_PEAKS = (2, 4, 8)  # parts of a pixel's cycle where upsamplers and blocks leave peaks
_SHADES = 4
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)
SPECTRUM = 52  # the first statistics, which are of the spectrum


def statistics(picture: Pixels) -> Floats:
    """Measure a picture (H, W, 3), sides of 64 pixels at least: (FEATURES,) numbers."""
    luma: _Values = picture.astype(np.float32) @ _LUMA
    red, green, blue = (plane.astype(np.float32) for plane in cv2.split(picture))
    parts = [
        _spectrum(luma),
        _spectrum(red - blue)[: _RINGS // 2],
        _together(luma, 1.0),
        _together(red - green, 1.0),
        _colours(red, green, blue),
        _noise(luma),
    ]
    return np.concatenate(parts).astype(np.float32)


def _spectrum(plane: _Values) -> _Values:
    """Mean log power in rings of frequency about its own line, and peaks at even parts."""
    size = min(_TILE, *plane.shape)
    tops = np.linspace(0, plane.shape[0] - size, 3).astype(int)
    lefts = np.linspace(0, plane.shape[1] - size, 3).astype(int)
    tiles = np.stack([plane[y : y + size, x : x + size] for y in tops for x in lefts])
    window = np.hanning(size).astype(np.float32)
    tiles = (tiles - tiles.mean((1, 2), keepdims=True)) * window[:, None] * window
    waves = np.fft.rfft2(tiles)
    power = np.log((waves.real**2 + waves.imag**2).mean(0) + 1.0)
    ring, counts = _rings(size)
    of_rings = (
        np.bincount(ring.ravel(), each.ravel(), _RINGS + 1)[:_RINGS]
        for each in (power * counts, counts)
    )
    mean: _Values = np.divide(*of_rings)
    flat = power - mean[np.minimum(ring, _RINGS - 1)]
    peaks = []
    for part in _PEAKS:
        rows = np.rint(np.arange(1, part // 2 + 1) * size / part).astype(int)
        peaks += [flat[rows][:, : size // 2].mean(), flat[:, rows][: size // 2].mean()]
        peaks.append(flat[np.ix_(rows, rows)].max())
    level = mean[2:].mean()
    return np.concatenate([mean - level, [level], peaks])


@cache
def _rings(size: int) -> tuple[NDArray[np.int64], _Values]:
    """The ring of each frequency (size, size // 2 + 1) of a real transform, and for how many of
    the whole transform it stands.
    """
    steps = np.abs(np.fft.fftfreq(size))[:, None], np.fft.rfftfreq(size)[None]
    ring = np.minimum((np.hypot(*steps) / 0.5 * _RINGS).astype(np.int64), _RINGS)
    counts = np.full(ring.shape, 2.0)
    counts[:, [0, *([size // 2] if size % 2 == 0 else [])]] = 1
    return ring, counts


def _together(plane: _Values, step: float) -> _Values:
    """How often residuals of second order stand beside each other, both ways, both signs alike."""
    side = 2 * _LEVELS + 1
    found = np.zeros((side,) * 3)
    for turned in (plane, np.ascontiguousarray(plane.T)):
        residual = turned[:, 2:] - 2 * turned[:, 1:-1] + turned[:, :-2]
        residual /= 2 * step
        np.clip(np.rint(residual, residual), -_LEVELS, _LEVELS, residual)
        residual += _LEVELS
        whole = residual.astype(np.uint8)
        index = (whole[:, :-2] * np.uint8(side) + whole[:, 1:-1]) * np.uint8(side) + whole[:, 2:]
        counted: _Values = cv2.calcHist([index], [0], None, [side**3], [0, side**3])
        found += counted.reshape(found.shape)
    found = found + found[::-1, ::-1, ::-1]
    found = found + found.transpose(2, 1, 0)
    return np.asarray(np.sqrt(found.ravel()[_KEPT] / found.sum()))


def _colours(red: _Values, green: _Values, blue: _Values) -> _Values:
    """How residuals of colours go together, near and at one remove, and how strong they are."""
    fine: list[_Values] = [
        plane - cv2.GaussianBlur(plane, (0, 0), 1.0) for plane in (red, green, blue)
    ]
    spread = [float(each.std()) for each in fine]
    found = [np.log(each + 0.1) for each in spread]
    fine = [plane / max(each, 1e-2) for plane, each in zip(fine, spread, strict=True)]
    for one, other in ((0, 1), (1, 2), (0, 2)):
        found.append(_alike(fine[one], fine[other]))
        found.append(_alike(fine[one][:, 1:], fine[other][:, :-1]))
        found.append(_alike(fine[one][1:], fine[other][:-1]))
    for each in fine:
        found += [_alike(each[:, 1:], each[:, :-1]), _alike(each[1:], each[:-1])]
        found += [_alike(each[:, 2:], each[:, :-2]), _alike(each[2:], each[:-2])]
        found.append(_alike(each[1:, 1:], each[:-1, :-1]))
    return np.array(found)


def _noise(luma: _Values) -> _Values:
    """The calmest patches' noise by brightness: photons make more of it where it is bright."""
    fine = luma - cv2.medianBlur(luma, 3)
    shade, mean, square = (_means(plane).ravel() for plane in (luma, fine, fine * fine))
    rough = np.sqrt(np.maximum(square - mean**2, 0))
    levels = [np.log(np.quantile(rough, share) + 0.05) for share in (0.02, 0.1, 0.25, 0.5, 0.9)]
    shades = []
    for i in range(_SHADES):
        inside = rough[(shade >= 256 * i / _SHADES) & (shade < 256 * (i + 1) / _SHADES)]
        calm = np.log(np.quantile(inside, 0.1) + 0.05) if len(inside) > 20 else levels[1]
        shades.append(calm - levels[1])
    return np.array([*levels, *shades])


def _means(plane: _Values) -> _Values:
    """Means of blocks of 8 px, what is left at the lower and right rim aside."""
    down, across = (side // 8 for side in plane.shape)
    shown = plane[: down * 8, : across * 8]
    return np.asarray(cv2.resize(shown, (across, down), interpolation=cv2.INTER_AREA), np.float64)


def _alike(one: _Values, other: _Values) -> float:
    """How far two residuals, whose means are nothing, rise and fall together."""
    return float(np.einsum("ij,ij->", one, other)) / one.size


def _same() -> NDArray[np.int64]:
    """The first of the cells that mirroring and changing signs make one."""
    side = 2 * _LEVELS + 1
    cells = np.arange(side**3).reshape((side,) * 3)
    turned = cells[::-1, ::-1, ::-1]
    swapped = (cells.transpose(2, 1, 0), turned.transpose(2, 1, 0))
    return np.asarray(np.minimum.reduce([cells, turned, *swapped])).ravel()


_KEPT = np.unique(_same(), return_index=True)[1]
