"""Edits made on purpose: something pasted, copied within the picture, smoothed or filled."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.float32]
Random = np.random.Generator


def blob(height: int, width: int, rng: Random, least: float = 0.04, most: float = 0.4) -> Mask:
    """A rounded region (H, W) of 0 to 1 that takes a share of the picture's area."""
    share = float(rng.uniform(least, most))
    radius = np.sqrt(share * height * width / np.pi)
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    waves = sum(
        rng.uniform(0, 0.5 / k) * np.sin(k * angles + rng.uniform(0, 2 * np.pi)) for k in (1, 2, 3)
    )
    stretch = np.exp(rng.uniform(-0.4, 0.4))
    reach = radius * (1 + 0.6 * np.asarray(waves))
    centre = rng.uniform(0.2, 0.8, 2) * (width, height)
    corners = centre + np.stack(
        [reach * np.cos(angles) * stretch, reach * np.sin(angles) / stretch], 1
    )
    mask = np.zeros((height, width), np.float32)
    cv2.fillPoly(mask, [np.rint(corners).astype(np.int32)], (1.0,))
    return mask


def pasted(host: Pixels, donor: Pixels, mask: Mask, rng: Random) -> Pixels:
    """A piece of another picture of any size put in, with a history of its own."""
    height, width = host.shape[:2]
    factor = float(np.exp(rng.uniform(np.log(0.6), np.log(1.7))))
    factor = max(factor, height / donor.shape[0] + 0.01, width / donor.shape[1] + 0.01)
    size = (int(np.ceil(donor.shape[1] * factor)), int(np.ceil(donor.shape[0] * factor)))
    if rng.random() < 0.6:
        donor = saved(donor, int(rng.integers(50, 95)))
    method = cv2.INTER_AREA if factor < 1 else (cv2.INTER_LINEAR, cv2.INTER_CUBIC)[rng.integers(2)]
    large = np.asarray(cv2.resize(donor, size, interpolation=method))
    top = int(rng.integers(large.shape[0] - height + 1))
    left = int(rng.integers(large.shape[1] - width + 1))
    piece = large[top : top + height, left : left + width].astype(np.float32)
    if rng.random() < 0.5:
        inside = mask > 0.5
        gap = host[inside].mean(0) - piece[inside].mean(0) if inside.any() else 0.0
        piece = piece + rng.uniform(0.2, 0.8) * np.asarray(gap, np.float32)
    return _mixed(host, piece, mask, rng)


def copied(host: Pixels, mask: Mask, rng: Random) -> Pixels:
    """A piece of the same picture put elsewhere, sometimes mirrored, turned or larger."""
    height, width = host.shape[:2]
    angle = float(rng.uniform(-20, 20)) if rng.random() < 0.4 else 0.0
    scale = float(rng.uniform(0.8, 1.25)) if rng.random() < 0.4 else 1.0
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), angle, scale)
    shift = rng.uniform(0.2, 0.45, 2) * rng.choice((-1, 1), 2)
    matrix[:, 2] += np.rint(shift * (width, height))
    source = host[:, ::-1] if rng.random() < 0.2 else host
    moved = cv2.warpAffine(
        np.ascontiguousarray(source), matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101
    )
    return _mixed(host, np.asarray(moved, np.float32), mask, rng)


def retouched(host: Pixels, mask: Mask, rng: Random) -> Pixels:
    """A region smoothed as a healing brush or a blur does."""
    size = int(rng.integers(2, 6)) * 2 + 1
    ways: tuple[Callable[[], NDArray[np.uint8]], ...] = (
        lambda: np.asarray(cv2.medianBlur(host, size), np.uint8),
        lambda: np.asarray(cv2.bilateralFilter(host, size, 40, 5), np.uint8),
        lambda: np.asarray(cv2.GaussianBlur(host, (0, 0), size / 4), np.uint8),
        lambda: np.asarray(
            cv2.inpaint(host, (mask > 0.5).astype(np.uint8), 4, cv2.INPAINT_TELEA), np.uint8
        ),
    )
    return _mixed(host, ways[rng.integers(len(ways))]().astype(np.float32), mask, rng)


def edited(host: Pixels, donor: Pixels, rng: Random) -> tuple[Pixels, Mask]:
    """One edit of any kind, and where it is."""
    mask = blob(host.shape[0], host.shape[1], rng)
    kind = rng.random()
    if kind < 0.55:
        return pasted(host, donor, mask, rng), mask
    if kind < 0.8:
        return copied(host, mask, rng), mask
    return retouched(host, mask, rng), mask


def saved(picture: Pixels, quality: int, *, fine: bool = True) -> Pixels:
    """A picture after JPEG, with full or halved colour."""
    _, data = cv2.imencode(".jpg", picture, _settings(quality, fine=fine))
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def write(path: Path, picture: Pixels, quality: int, *, fine: bool = True) -> None:
    """Save a picture as JPEG into a file, with full or halved colour."""
    shown = np.ascontiguousarray(picture[..., ::-1])
    cv2.imwrite(str(path), shown, _settings(quality, fine=fine))


def _settings(quality: int, *, fine: bool) -> list[int]:
    full, halved = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    sampling = full if fine else halved
    return [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]


def _mixed(host: Pixels, piece: NDArray[np.float32], mask: Mask, rng: Random) -> Pixels:
    soft = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(0.4, 2.5)))[..., None]
    mixed: Pixels = np.clip(host + soft * (piece - host) + 0.5, 0, 255).astype(np.uint8)
    return mixed
