"""Mosaics over whole photos, found and undone, against the true photo: what that gains."""

import cv2
import numpy as np

from ml import engine
from ml.degradations.mosaic import Mosaic
from ml.evaluate.pixelation_figures import Outcome
from ml.evaluate.pixelation_trials import Pixels
from ml.pixelation import sampling
from ml.pixelation.collapse import collapse
from ml.pixelation.covered import Covered
from ml.pixelation.detector import judge, locate
from ml.pixelation.restore import restore
from ml.repair.quality import psnr

SAMPLES = ("nearest", "area")  # the published way to pixelate, and what editors do
NETWORK = "superres_quality"
_DRAWS = 2  # of each a photo
_SCALES = (1.5, 4.0)
_SIDE = 512  # px of what is cut out of the photo's middle


def restored(source: str, photo: Pixels, number: int, seed: int) -> list[Outcome]:
    """Pixelate a clean photo by factors from 1.5 to 4 and undo it with what is found.

    An outcome's `gain` is PSNR in dB over doing nothing, 0 where nothing is found; `over_bicubic`
    that over OpenCV's bicubic enlargement of the collapsed picture.
    """
    rng = np.random.default_rng((seed, number, 7))
    height, width = (min(side, _SIDE) for side in photo.shape[:2])
    top, left = (photo.shape[0] - height) // 2, (photo.shape[1] - width) // 2
    true = np.ascontiguousarray(photo[top : top + height, left : left + width])
    found = []
    for sample in SAMPLES:
        for _ in range(_DRAWS):
            scale = float(rng.uniform(*_SCALES))
            image = _nearest(true, scale) if sample == "nearest" else Mosaic(scale).apply(true)
            gain, over_bicubic = _gains(image, true)
            found.append(
                Outcome(
                    source,
                    "restored",
                    sample,
                    True,
                    1,
                    block=scale,
                    gain=gain,
                    over_bicubic=over_bicubic,
                )
            )
    return found


def _nearest(photo: Pixels, scale: float) -> Pixels:
    height, width = photo.shape[:2]
    small = (max(1, int(width / scale)), max(1, int(height / scale)))
    down = cv2.resize(photo, small, interpolation=cv2.INTER_NEAREST)
    return np.asarray(cv2.resize(down, (width, height), interpolation=cv2.INTER_NEAREST), np.uint8)


def _gains(image: Pixels, true: Pixels) -> tuple[float, float]:
    judged = judge(image)
    grids = [one for one in locate(image, judged) if one.grid] if judged.pixelated else []
    if not grids or grids[0].grid is None:
        return 0.0, float("nan")
    covered = Covered.found(grids[0].grid, grids[0].mask)
    size = (image.shape[1], image.shape[0])
    mask = covered.mask(size)
    small = collapse(image, mask, *sampling.lines(image, covered))
    cubic = np.clip(np.rint(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)), 0, 255)
    plain = np.where(mask[..., None], cubic, image).astype(np.uint8)
    done = psnr(restore(image, covered, engine.load(NETWORK)), true)
    return done - psnr(image, true), done - psnr(plain, true)
