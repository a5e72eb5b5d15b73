"""Simple restorers out of installed libraries, blind unless they are called oracles."""

from collections.abc import Callable
from itertools import product

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import fft, signal

from ml.degradations.blur import DefocusBlur, GaussianBlur, MotionBlur
from ml.degradations.degradation import Floats, Pixels, as_uint8
from ml.evaluate import inpainting
from ml.evaluate.restoration_trials import Trial
from ml.marks import limits, undone
from ml.marks.kinds import OF
from ml.marks.mask import encoded
from ml.restoration import kernels

Method = Callable[[Trial], Pixels]

_OPPONENT = np.array([[1, 1, 1], [1, 0, -1], [1, -2, 1]]) / np.sqrt([[3], [2], [6]])
_BALANCE = 0.01  # of noise to signal, for Wiener


def nothing(trial: Trial) -> Pixels:
    """The input as it is."""
    return trial.image


def nlm(trial: Trial) -> Pixels:
    """Non-local means with an estimated deviation."""
    image = in_bytes(trial.image)
    strength = 0.9 * 255 * sigma(_floats(image))
    bgr = np.ascontiguousarray(image[..., ::-1])
    done = cv2.fastNlMeansDenoisingColored(bgr, None, strength, strength, 5, 17)
    return np.ascontiguousarray(done[..., ::-1])


def sliding_dct(trial: Trial) -> Pixels:
    """Thresholded cosines of overlapping blocks in decorrelated colours with an estimated
    deviation (Yu and Sapiro 2011): as near to BM3D as a few lines get.
    """
    values = _floats(trial.image) @ _OPPONENT.T
    limit = 3 * sigma(_floats(trial.image))
    padded = np.pad(values, ((8, 16), (8, 16), (0, 0)), "reflect")
    total, count = np.zeros_like(padded), 0
    high, wide = (n // 8 * 8 - 8 for n in padded.shape[:2])
    for top, left in product(range(0, 8, 2), repeat=2):
        part = padded[top : top + high, left : left + wide]
        blocks = part.reshape(high // 8, 8, wide // 8, 8, 3)
        cosines = fft.dctn(blocks, axes=(1, 3), norm="ortho")
        mean = cosines[:, :1, :, :1].copy()
        cosines[np.abs(cosines) < limit] = 0
        cosines[:, :1, :, :1] = mean
        done = fft.idctn(cosines, axes=(1, 3), norm="ortho").reshape(part.shape)
        total[top : top + high, left : left + wide] += done
        count += 1
    height, width = trial.image.shape[:2]
    return np.asarray((total / count)[8 : 8 + height, 8 : 8 + width] @ _OPPONENT, np.float32)


def wiener_oracle(trial: Trial) -> Pixels:
    """Wiener's filter that is told the true kernel."""
    from skimage import restoration  # of the development set

    damage = trial.damage
    if isinstance(damage, MotionBlur):
        kernel = damage.kernel()
    elif isinstance(damage, DefocusBlur):
        kernel = kernels.disc(damage.params["radius"])
    elif isinstance(damage, GaussianBlur):
        reach = int(4 * damage.params["sigma"]) + 1
        line = signal.windows.gaussian(2 * reach + 1, damage.params["sigma"])
        kernel = np.outer(line, line) / line.sum() ** 2
    else:
        return trial.image
    pad = 2 * max(kernel.shape)
    padded = np.pad(_floats(trial.image), ((pad, pad), (pad, pad), (0, 0)), "reflect")
    done = [
        restoration.wiener(padded[..., i], kernel, _BALANCE)  # type: ignore[no-untyped-call]
        for i in range(3)
    ]
    return np.asarray(np.stack(done, 2)[pad:-pad, pad:-pad], np.float32)


def telea_oracle(trial: Trial) -> Pixels:
    """Telea's inpainting that is told the true mask."""
    image = np.ascontiguousarray(in_bytes(trial.image))
    return np.asarray(cv2.inpaint(image, trial.mask.astype(np.uint8), 3, cv2.INPAINT_TELEA))


def migan_oracle(trial: Trial) -> Pixels:
    """MI-GAN's inpainting that is told the true mask, all outside it as it was."""
    image = np.ascontiguousarray(in_bytes(trial.image))
    return np.where(trial.mask[..., None], inpainting.filled(image, trial.mask), image)


def painted_oracle(trial: Trial) -> Pixels:
    """Our own repair of marks where a person has painted the true mask; of creases, none."""
    kind = OF.get(getattr(trial.damage, "kind", ""), "scratch")
    image = in_bytes(trial.image)
    if kind not in undone.REPAIRED:
        return image
    return np.asarray(undone.undo(image, "RGB", [(kind, {"mask": encoded(trial.mask)}, 1.0)]))


def found_uncorrected(trial: Trial) -> Pixels:
    """What the brush finds of the kind, filled as it is; nothing where it looks for none."""
    kind = OF.get(getattr(trial.damage, "kind", ""), "scratch")
    image = in_bytes(trial.image)
    if kind not in undone.REPAIRED or kind not in limits.sought():
        return image
    mask = limits.found(image, (kind,))[kind]
    return np.asarray(undone.undo(image, "RGB", [(kind, {"mask": encoded(mask)}, 1.0)]))


def grey_world_clahe(trial: Trial) -> Pixels:
    """Channels scaled to one mean, then contrast stretched locally."""
    return balanced(in_bytes(trial.image))


def balanced(image: Pixels) -> Pixels:
    """Grey world and CLAHE on a picture of uint8."""
    means = image.reshape(-1, 3).mean(0)
    even = np.clip(image * (means.mean() / np.maximum(means, 1)), 0, 255).astype(np.uint8)
    lab = cv2.cvtColor(even, cv2.COLOR_RGB2LAB)
    lab[..., 0] = cv2.createCLAHE(2.0, (8, 8)).apply(np.ascontiguousarray(lab[..., 0]))
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


METHODS: dict[str, dict[str, Method]] = {
    "noise": {"nlm": nlm, "sliding_dct": sliding_dct},
    "jpeg": {"nlm": nlm},
    "light": {"grey_world_clahe": grey_world_clahe},
    "marks": {"found_uncorrected": found_uncorrected},
    "clean": {"nlm": nlm, "grey_world_clahe": grey_world_clahe},
}
ORACLES: dict[str, dict[str, Method]] = {
    "blur": {"wiener_oracle": wiener_oracle},
    "marks": {"telea_oracle": telea_oracle, "painted_oracle": painted_oracle},
}


def sigma(image: Floats) -> float:
    """Deviation of noise (Immerkaer 1996, by the median): what differs from a plane around."""
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6
    return float(np.median(np.abs(cv2.filter2D(image, -1, mask))) / 0.6745)


def in_bytes(image: Pixels) -> NDArray[np.uint8]:
    """A picture (H, W, 3) as bytes, floats of 0..1 rounded and clipped."""
    return image if image.dtype == np.uint8 else as_uint8(image)


def _floats(image: Pixels) -> Floats:
    return image.astype(np.float32) / np.float32(255) if image.dtype == np.uint8 else image
