"""How near a repaired photo is to a clean one."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.image import Picture
from ml.repair.unwarp import Box

_WINDOW, _SIGMA = (11, 11), 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_SAME_DB = 99.0  # told where not one bit differs


def compare(repaired: Path, reference: Path, box: Box | None = None) -> dict[str, float]:
    """PSNR in dB and SSIM of two files as 8-bit sRGB.

    `box` (left, top, width, height) is what the repaired one shows of the reference. One of
    another size is resized to it. Raises ImageError where a file cannot be read.
    """
    wanted, got = Picture.open(reference).full(), Picture.open(repaired).full()
    if box:
        left, top, width, height = box
        wanted = wanted[top : top + height, left : left + width]
    if got.shape != wanted.shape:
        size = (wanted.shape[1], wanted.shape[0])
        got = np.asarray(cv2.resize(got, size, interpolation=cv2.INTER_AREA), np.uint8)
    return {"psnr": round(psnr(got, wanted), 3), "ssim": round(ssim(got, wanted), 5)}


def psnr(image: NDArray[Any], clean: NDArray[Any]) -> float:
    """Peak signal to noise of (H, W, 3), 0..255, in dB; 99 where both are equal."""
    error = float(np.mean((image.astype(np.float32) - clean) ** 2, dtype=np.float64))
    return float(10 * np.log10(255**2 / error)) if error else _SAME_DB


def ssim(image: NDArray[Any], clean: NDArray[Any]) -> float:
    """Structural similarity (Wang et al. 2004), mean of the channels of (H, W, 3); 0 to 1."""
    one, other = image.astype(np.float64), clean.astype(np.float64)
    mean_one, mean_other = _blurred(one), _blurred(other)
    spread_one = _blurred(one * one) - mean_one**2
    spread_other = _blurred(other * other) - mean_other**2
    together = _blurred(one * other) - mean_one * mean_other
    score = (2 * mean_one * mean_other + _C1) * (2 * together + _C2)
    score /= (mean_one**2 + mean_other**2 + _C1) * (spread_one + spread_other + _C2)
    return float(score.mean())


def _blurred(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean about each pixel, only where all of the window lies in the picture."""
    rim = _WINDOW[0] // 2
    whole = np.asarray(cv2.GaussianBlur(values, _WINDOW, _SIGMA))
    return np.asarray(whole[rim:-rim, rim:-rim] if min(values.shape[:2]) > 2 * rim else whole)
