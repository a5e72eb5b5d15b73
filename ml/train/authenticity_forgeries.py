"""Edits that the patch network learns from beside those it is measured on: blended seamlessly,
blended with itself, filled, and parts with a history of their own.
"""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.train.authenticity_splices import Mask, Pixels, Random, blob, edited, saved

Floats = NDArray[np.float32]

_PLAIN, _SEAMLESS, _SELF = 0.56, 0.68, 0.84  # up to which draw: as measured, cloned, self-blended


def forged(host: Pixels, donor: Pixels, rng: Random) -> tuple[Pixels, Mask]:
    """An edit (H, W, 3) of a host by one way or another, and where it is (H, W), 0 or 1."""
    kind = rng.random()
    if kind < _PLAIN:
        return edited(host, donor, rng)
    mask = blob(host.shape[0], host.shape[1], rng)
    if kind < _SEAMLESS:
        return _cloned(host, donor, mask, rng), mask
    if kind < _SELF:
        return _blended(host, _moved(_other_look(host, rng), rng), _soft(mask, rng), rng), mask
    return _blended(host, _other_history(host, rng), _soft(mask, rng), rng), mask


def _cloned(host: Pixels, donor: Pixels, mask: Mask, rng: Random) -> Pixels:
    """A piece of a donor whose gradients are put in (Perez, Gangnet and Blake 2003)."""
    height, width = host.shape[:2]
    if rng.random() < 0.6:
        donor = saved(np.ascontiguousarray(donor), int(rng.integers(50, 95)))
    top = int(rng.integers(donor.shape[0] - height + 1))
    left = int(rng.integers(donor.shape[1] - width + 1))
    piece = np.ascontiguousarray(donor[top : top + height, left : left + width])
    inside = np.zeros((height, width), np.uint8)
    inside[3:-3, 3:-3] = mask[3:-3, 3:-3] > 0.5
    left, top, across, down = cv2.boundingRect(inside)
    if min(across, down) < 8:  # too little to solve for
        return _blended(host, piece.astype(np.float32), mask, rng)
    centre = (left + across // 2, top + down // 2)
    way = cv2.MIXED_CLONE if rng.random() < 0.2 else cv2.NORMAL_CLONE
    return np.asarray(cv2.seamlessClone(piece, host, 255 * inside, centre, way), np.uint8)


def _other_look(host: Pixels, rng: Random) -> Floats:
    """Other colours, and sharper, softer or resampled: as another picture's part has."""
    values: NDArray[Any] = host.astype(np.float32) + rng.uniform(-18, 18, 3).astype(np.float32)
    values = (values - 128) * np.float32(rng.uniform(0.8, 1.2)) + 128
    kind = rng.random()
    if kind < 0.35:
        soft = cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.8, 1.8)))
        return np.asarray(values + rng.uniform(0.3, 1.2) * (values - soft), np.float32)
    if kind < 0.55:
        return np.asarray(cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.5, 1.5))))
    return _resampled(values, float(rng.uniform(1.3, 4.0)))


def _resampled(values: Floats, factor: float) -> Floats:
    size = values.shape[1::-1]
    small = cv2.resize(values, None, fx=1 / factor, fy=1 / factor, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _moved(values: Floats, rng: Random) -> Floats:
    """Moved and scaled a little, as a face that is put over another."""
    height, width = values.shape[:2]
    centre = (width / 2, height / 2)
    turn: Any = cv2.getRotationMatrix2D(
        centre, float(rng.uniform(-3, 3)), float(rng.uniform(0.94, 1.06))
    )
    turn[:, 2] += rng.uniform(-6, 6, 2)
    moved = cv2.warpAffine(values, turn, (width, height), borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.float32)


def _other_history(host: Pixels, rng: Random) -> Floats:
    """Compressed on another grid, without noise, with more of it, sharpened or resampled."""
    values: Floats = host.astype(np.float32)
    kind = int(rng.integers(5))
    if kind == 0:
        down, across = (int(each) for each in rng.integers(8, size=2))
        wider = cv2.copyMakeBorder(host, down, 0, across, 0, cv2.BORDER_REFLECT_101)
        quality, fine = int(rng.integers(30, 85)), bool(rng.random() < 0.4)
        worse = saved(np.asarray(wider, np.uint8), quality, fine=fine)
        return worse[down:, across:].astype(np.float32)
    if kind == 1:
        size, sigma = int(rng.integers(1, 4)) * 2 + 3, float(rng.uniform(15, 50))
        return np.asarray(cv2.bilateralFilter(host, size, sigma, 4), np.float32)
    if kind == 2:
        return np.asarray(values + rng.normal(0, rng.uniform(2, 8), values.shape), np.float32)
    if kind == 3:
        soft = cv2.GaussianBlur(values, (0, 0), float(rng.uniform(0.6, 1.5)))
        return np.asarray(values + rng.uniform(0.5, 1.5) * (values - soft), np.float32)
    return _resampled(values, float(rng.uniform(1.2, 3.0)))


def _soft(mask: Mask, rng: Random) -> Mask:
    """A mask with a rim of one pixel or of many."""
    sigma = float(np.exp(rng.uniform(np.log(0.5), np.log(12))))
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), sigma), np.float32)


def _blended(host: Pixels, other: Floats, mask: Mask, rng: Random) -> Pixels:
    share = float(rng.uniform(0.6, 1.0)) if rng.random() < 0.3 else 1.0
    mixed = host + share * mask[..., None] * (other - host)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
