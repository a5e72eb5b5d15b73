"""The grid of a mosaic: block size and phase, out of the steps inside a region."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.degradations.mosaic import LARGEST, SMALLEST
from ml.pixelation.profiles import CLIP, Pixels

Curve = NDArray[np.float64]

_CANDIDATES = 24
_HARMONICS = 8
_FINER = 16  # times the resolution of a plain transform
_SMALL = 3.0  # px
_RESIZED = 2.0  # px; of smaller blocks a resize leaves no single lines
_WHOLE = 0.02  # of correlation: a whole number is the likelier block size
_JPEG = 8
_BAND = 512  # rows whose steps are added at a time
_HIDDEN = 0.6  # of JPEG's own correlation that another grid beside it must reach
_SOFT = 0.5  # grey levels; steps are compared on a logarithmic scale from about there


@dataclass(frozen=True)
class Grid:
    """Squares of `block` px; `phase` is where the first line of each direction lies, from 0 up to
    `block`, counted from the photo's left and upper edge. `fit`, up to 1, is how well lines and
    steps correlate.
    """

    block: float
    phase: tuple[float, float]
    fit: float

    def lines(self, length: int, axis: int) -> NDArray[np.int64]:
        """The columns (axis 0) or rows (axis 1) before which a line lies, within `length`."""
        first = self.phase[axis] - 0.5
        count = int((length - first) / self.block) + 1
        places = np.ceil(first + self.block * np.arange(count)).astype(np.int64)
        return np.asarray(places[(places > 0) & (places < length)], np.int64)


def find(luma: Pixels, mask: NDArray[np.bool_]) -> Grid | None:
    """The grid that fits best inside a mask (H, W) of a photo's luma (H, W), None without steps."""
    x, y, width, height = cv2.boundingRect(mask.astype(np.uint8))
    if min(width, height) < 3 * SMALLEST:
        return None
    part, inside = luma[y : y + height, x : x + width], mask[y : y + height, x : x + width]
    curves = (_profile(part, inside), _profile(part.T, inside.T))
    if any(curve is None for curve in curves):
        return None
    both = [curve for curve in curves if curve is not None]
    best = _best(both, [np.ones(len(curve), bool) for curve in both])
    if _is_jpeg(best, (x, y)):
        # JPEG's own grid may hide another one: look again without its lines.
        pairs = zip(both, (x, y), strict=True)
        off = [(np.arange(len(curve)) + 1 + at) % _JPEG != 0 for curve, at in pairs]
        other = _best(both, off)
        best = other if other.fit > _HIDDEN * best.fit else best
    phase = (best.phase[0] + x) % best.block, (best.phase[1] + y) % best.block
    return Grid(best.block, phase, best.fit)


def _is_jpeg(grid: Grid, corner: tuple[int, int]) -> bool:
    """Whether the lines are those along which JPEG cuts a photo."""
    if abs(grid.block - _JPEG) > 0.01 * _JPEG:
        return False
    away = [(grid.phase[i] + corner[i] + _JPEG / 2) % _JPEG - _JPEG / 2 for i in (0, 1)]
    return max(abs(each) for each in away) < 1


def _best(curves: list[Curve], known: list[NDArray[np.bool_]]) -> Grid:
    looked = [np.where(use, curve, 0) for curve, use in zip(curves, known, strict=True)]
    blocks = _candidates(*looked)
    best = max((_fitted(curves, known, block) for block in blocks), key=lambda grid: grid.fit)
    return _refined(curves, known, best)


def _profile(part: Pixels, inside: NDArray[np.bool_]) -> Curve | None:
    """Mean log step from each column to the next, less its own trend; None without any step."""
    count, total = np.zeros(part.shape[1] - 1), np.zeros(part.shape[1] - 1)
    for top in range(0, len(part), _BAND):
        rows, known = part[top : top + _BAND], inside[top : top + _BAND]
        step = np.minimum(cv2.absdiff(rows[:, 1:], rows[:, :-1]), CLIP)
        both = known[:, 1:] & known[:, :-1]
        count += both.sum(0)
        total += (step * both).sum(0)
    mean = total / np.maximum(count, 1)
    curve = np.log(mean + _SOFT)
    known = count >= 0.2 * max(1.0, float(count.max()))
    if not known.any() or float(np.ptp(curve[known])) < 0.05:
        return None
    curve = np.where(known, curve, curve[known].mean()).astype(np.float64)
    return np.asarray((curve - curve.mean()) / curve.std())


def _candidates(across: Curve, down: Curve) -> list[float]:
    """Block sizes whose combs both spectra share, likeliest first."""
    size = _FINER * max(len(across), len(down))
    power = [np.abs(np.fft.fft(curve, size)) / len(curve) for curve in (across, down)]
    joint = np.sqrt(power[0] * power[1])
    shortest = min(len(across), len(down)) + 1
    low = max(1 / LARGEST, 2 / shortest) / 1.1
    tried = np.arange(math.ceil(low * size), int(size / SMALLEST * 1.05))
    score = np.zeros(len(tried))
    for k in range(1, _HARMONICS + 1):
        score += joint[(tried * k) % size]
    peaks = np.flatnonzero((score[1:-1] >= score[:-2]) & (score[1:-1] > score[2:])) + 1
    first = peaks[np.argsort(-score[peaks])][:_CANDIDATES]
    lowest = peaks[np.argsort(-joint[tried[peaks]])][: _CANDIDATES // 2]
    sizes = {float(size / tried[i]) for i in (*first, *lowest)}
    whole = {float(round(one)) for one in sizes if abs(one - round(one)) < 0.02 * one}
    # A comb of n lines and one of n gaps between pixels have the same spectrum.
    whole |= {one / (one - 1) for one in sizes if SMALLEST <= one < _SMALL}
    return sorted(one for one in sizes | whole if SMALLEST * 0.97 <= one <= LARGEST * 1.02)


def _fitted(curves: list[Curve], known: list[NDArray[np.bool_]], block: float) -> Grid:
    (x, across), (y, down) = (
        _best_phase(curve, use, block) for curve, use in zip(curves, known, strict=True)
    )
    return Grid(block, (x, y), (across + down) / 2)


def _best_phase(curve: Curve, known: NDArray[np.bool_], block: float) -> tuple[float, float]:
    """The phase of the lines that correlate best with the known steps, and that correlation."""
    phases = np.arange(0, block, 0.125 if block < _SMALL else 0.5 if block < 12 else 1.0)
    steps = curve[known] - curve[known].mean()
    kinds = [_hard(len(curve), block, phases)] if block < _SMALL else []
    if block >= _RESIZED:
        kinds.append(_soft(len(curve), block, phases))
    fits = np.concatenate([_correlations(lines[:, known], steps) for lines in kinds])
    best = int(fits.argmax())
    return float(phases[best % len(phases)]), float(fits[best])


def _correlations(lines: Curve, steps: Curve) -> Curve:
    """How well each row of lines (phases, steps) correlates with steps, their mean taken away."""
    lines = lines - lines.mean(1, keepdims=True)
    norm = np.sqrt((lines**2).sum(1) * (steps**2).sum())
    return np.asarray(lines @ steps / np.maximum(norm, 1e-9))


def _hard(length: int, block: float, phases: Curve) -> Curve:
    """(phases, length): 1 at the steps that lie on a line, rounded as a mosaic of small blocks has
    them: between whole pixels 1.97 and 2.03 differ in nothing else.

    Step i lies between the pixels i and i + 1.
    """
    at = np.arange(length)[None] + 1 - phases[:, None]
    return np.asarray(np.floor((at + 0.5) / block) > np.floor((at - 0.5) / block), np.float64)


def _soft(length: int, block: float, phases: Curve) -> Curve:
    """The same with less beside a line, as large blocks have it, and small ones after a resize."""
    at = np.arange(length)[None] + 1 - phases[:, None]
    away = np.mod(at + block / 2, block) - block / 2
    return np.asarray(np.maximum(0, 1 - np.abs(away)))


def _refined(curves: list[Curve], known: list[NDArray[np.bool_]], grid: Grid) -> Grid:
    """The best grid among those whose last line lies at most a pixel away from this one's."""
    span = grid.block / max(len(curve) for curve in curves) * grid.block
    for reach in (span, span / 4):
        blocks = [*(grid.block + np.linspace(-reach, reach, 9)).tolist()]
        whole = float(max(2, round(grid.block)))
        if abs(whole - grid.block) <= reach:
            blocks.append(whole)
        tried = [_fitted(curves, known, max(SMALLEST, block)) for block in blocks]
        grid = max([grid, *tried], key=lambda one: one.fit + _WHOLE * (one.block % 1 == 0))
    return grid
