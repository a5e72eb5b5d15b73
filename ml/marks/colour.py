"""Colour given back beneath stains and creases, through which the picture is still seen."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.marks import stained

Mask = NDArray[np.bool_]
Floats = NDArray[np.float32]
Values = NDArray[Any]

_SEEN = 640  # long side at which the loss of light is estimated
_FAINTEST = 0.02
_OUTSIDE, _INSIDE = 3, 16  # pixels from the rim between which light is followed
_WIDE = _OUTSIDE + 3  # pixels beside a mark that are looked at
_TURNS = 100  # pixels of one depth that count as one, so alike are neighbours
_FEWEST = 12  # pixels of a mark
_MOST = 1000  # marks that are followed, the largest


def corrected(pixels: Values, marked: Mask) -> Floats:
    """(H, W, C) with the loss of light inside the mask taken back, every value else as it is.

    What a mark took of the logarithm of light is told by a network, as far as it sees. What is left
    is told by how deep a pixel lies inside: at every depth the light changes inwards by the
    picture's own, which evens out along the rim, and by what the mark does. The sum of these
    changes from just outside is taken back, too. Raises WeightsError without the network.
    """
    peak = float(np.iinfo(pixels.dtype).max)
    factor = min(1.0, _SEEN / max(marked.shape))
    size = (max(1, round(marked.shape[1] * factor)), max(1, round(marked.shape[0] * factor)))
    if min(size) < 2:  # nothing beside it to follow
        return pixels.astype(np.float32)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
    inner = cv2.resize(marked.astype(np.uint8), size, interpolation=cv2.INTER_AREA)
    light = np.log(np.maximum(small.astype(np.float32) / np.float32(peak), _FAINTEST))
    lost = stained.lost(small, inner > 0)
    light -= lost
    _, parts, stats, _ = cv2.connectedComponentsWithStats(inner)
    deep = _depth(inner > 0)
    largest = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:_MOST]
    for number in largest:
        if stats[number, cv2.CC_STAT_AREA] >= _FEWEST:
            inside = _beside(stats[number])
            mine = parts[inside] == number
            _follow(light[inside], deep[inside], mine, lost[inside])
    done = pixels.astype(np.float32)
    for channel in range(done.shape[2]):  # one at a time: a whole photo may be marked
        plane = cv2.resize(np.ascontiguousarray(lost[..., channel]), marked.shape[::-1])
        told = done[..., channel][marked] * np.exp(-plane[marked])
        done[..., channel][marked] = np.clip(told, 0, peak)
    return done


def _beside(stats: NDArray[Any]) -> tuple[slice, slice]:
    """Rows and columns of a mark, told by its box, with what lies beside it."""
    x, y, width, height = (int(each) for each in stats[:4])
    return (
        slice(max(0, y - _WIDE), y + height + _WIDE),
        slice(max(0, x - _WIDE), x + width + _WIDE),
    )


def _depth(inner: Mask) -> Floats:
    """How deep pixels lie inside, in pixels, outside below 0; a mark does not end at an edge."""
    planes = [np.asarray(each, np.uint8) for each in (inner, ~inner)]
    rim = [cv2.copyMakeBorder(each, 1, 1, 1, 1, cv2.BORDER_REPLICATE) for each in planes]
    within, without = (cv2.distanceTransform(each, cv2.DIST_L2, 5)[1:-1, 1:-1] for each in rim)
    return np.asarray(np.where(inner, within - 0.5, 0.5 - without), np.float32)


def _follow(light: Floats, depth: Floats, mine: Mask, lost: Floats) -> None:
    """Add what one mark took to `lost`."""
    beside = cv2.dilate(mine.astype(np.uint8), np.ones((2 * _WIDE + 1,) * 2)) > 0
    told = beside & (depth > -_OUTSIDE) & (depth < _INSIDE) & (mine | (depth < 0))
    inwards = np.gradient(depth)
    norm = np.hypot(*inwards) + 1e-6
    bins = np.floor(depth[told]).astype(int) + _OUTSIDE
    for channel in range(light.shape[2]):
        soft = cv2.GaussianBlur(light[..., channel], (0, 0), 0.8)
        slopes = np.gradient(soft)
        change = sum(a * b for a, b in zip(slopes, inwards, strict=True)) / norm
        profile = np.cumsum(_evened(np.asarray(change)[told], bins))
        steps = np.arange(len(profile)) - _OUTSIDE + 1.0
        lost[..., channel][mine] += np.interp(depth[mine], steps, profile)


def _evened(change: Floats, bins: NDArray[np.int_]) -> Floats:
    """The mean change at every depth, held back by how uncertain it is."""
    found = np.zeros(_OUTSIDE + _INSIDE, np.float32)
    for number in range(len(found)):
        here = change[bins == number]
        if len(here) < _FEWEST:
            continue
        low, high = np.quantile(here, (0.15, 0.85))
        kept = here[(here >= low) & (here <= high)]
        mean = float(kept.mean())
        doubt = float(here.var()) * _TURNS / len(here)
        found[number] = mean * mean**2 / (mean**2 + doubt + 1e-9)
    return found
