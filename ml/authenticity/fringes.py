"""Colour fringes towards the edges: a lens draws red and blue a little larger or smaller than green
(lateral chromatic aberration; Johnson and Farid, Exposing digital forgeries through chromatic
aberration, ACM MM&Sec 2006). How far both are moved is measured by least squares on gradients
(Lucas and Kanade 1981), block by block, then fitted by a line over the distance from the centre.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Values = NDArray[np.float64]

_BLOCK = 32  # px
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_FEW = 10  # blocks of detail
_RED, _GREEN, _BLUE = range(3)
_DETAIL = 4.0  # grey levels squared: of blocks that tell anything
_NOISE = 0.5  # the same, of noise
_ALIKE = (0.3, 3.0)  # times the contrast of green, between which a colour shows the same
_ROUGH = 0.02  # px that blocks are off by in any case
_ROUNDS = 5  # of weighing blocks anew
_FROM, _MOST = 4.0, 2.5  # deviations that count nothing yet; doublings of them that count


def fringes(picture: Pixels) -> float:
    """How clearly colours part with the distance from the centre of a picture (H, W, 3), from 0 (no
    more than chance) to 2.5: doublings of four deviations of chance, of the clearer colour.
    """
    smooth = cv2.GaussianBlur(picture.astype(np.float32), (0, 0), 0.8)
    parted = cv2.split(smooth - cv2.GaussianBlur(smooth, (0, 0), 3))
    fine = [np.asarray(each, np.float32) for each in parted]
    green = _Green(fine[_GREEN])
    clearest = max(_clearness(*green.moved(fine[colour])) for colour in (_RED, _BLUE))
    return float(np.clip(np.log2(max(clearest, _FROM) / _FROM), 0, _MOST))


def _clearness(moved: Values, spread: Values, places: Values) -> float:
    """In deviations, how sure it is that a colour is larger or smaller than green."""
    if len(moved) < _FEW:
        return 0.0
    count = len(places)
    design = np.zeros((2 * count, 3))
    design[:, 0] = places.T.ravel()
    design[:count, 1] = design[count:, 2] = 1
    wanted, variance = moved.T.ravel(), spread.T.ravel() + _ROUGH**2
    weights = 1 / variance
    for _ in range(_ROUNDS):
        inverse = np.linalg.pinv((design * weights[:, None]).T @ design)
        rest = wanted - design @ (fitted := inverse @ (design * weights[:, None]).T @ wanted)
        far = np.abs(rest) / np.sqrt(variance)
        weights = 1 / variance / (1 + (far / (3 * np.median(far) + 1e-6)) ** 2)
    # The variance by what is left, which says what blocks are off by (White 1980).
    left = (design * (weights * rest)[:, None]) @ inverse
    return float(abs(fitted[0]) / np.sqrt((left[:, 0] ** 2).sum() + 1e-12))


class _Green:
    """Green and its slopes, to which other colours are compared by blocks of detail."""

    def __init__(self, green: NDArray[np.float32]) -> None:
        slopes = [cv2.Sobel(green, -1, *way, ksize=3, scale=1 / 8) for way in ((1, 0), (0, 1))]
        self._planes = [green, *(np.asarray(slope, np.float32) for slope in slopes)]
        pairs = {(i, j): _sums(self._planes[i] * self._planes[j]) for i, j in _PAIRS}
        rows = [np.stack([pairs[min(i, j), max(i, j)] for j in range(3)], -1) for i in range(3)]
        matrix = np.stack(rows, -2)
        self._detailed = matrix[..., 0, 0] > _DETAIL * _BLOCK**2
        matrix = matrix[self._detailed] + np.eye(3) * _NOISE * _BLOCK**2
        self._inverse = np.linalg.inv(matrix)
        self._centres = _places(self._detailed, green.shape)

    def moved(self, other: NDArray[np.float32]) -> tuple[Values, Values, Values]:
        """Of each block that shows the same in another colour (blocks, 2), across and down: how far
        that lies from green, in pixels, the variance of that, and its place, from the centre in
        half diagonals.
        """
        target = np.stack([_sums(other * each)[self._detailed] for each in self._planes], -1)
        energy = _sums(other * other)[self._detailed]
        solved = np.einsum("nij,nj->ni", self._inverse, target)
        alike = (solved[:, 0] > _ALIKE[0]) & (solved[:, 0] < _ALIKE[1])
        noise = np.maximum(energy - (solved * target).sum(1), 1) / _BLOCK**2
        contrast = solved[alike, :1]
        spread = self._inverse[:, (1, 2), (1, 2)][alike] * noise[alike, None] / contrast**2
        return solved[alike, 1:] / contrast, spread, self._centres[alike]


def _places(chosen: NDArray[np.bool_], size: tuple[int, ...]) -> Values:
    down, across = np.nonzero(chosen)
    centres = np.stack([across, down], 1) * _BLOCK + _BLOCK / 2
    half = float(np.hypot(size[0], size[1])) / 2
    return np.asarray((centres - np.array(size[1::-1]) / 2) / half)


def _sums(plane: NDArray[np.float32]) -> Values:
    """Sums over blocks, what is left at the lower and right rim aside."""
    down, across = (side // _BLOCK for side in plane.shape)
    means = cv2.resize(
        plane[: down * _BLOCK, : across * _BLOCK], (across, down), interpolation=cv2.INTER_AREA
    )
    return np.asarray(means, np.float64) * _BLOCK**2
