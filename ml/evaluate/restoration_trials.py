"""Photos damaged from a seed for measuring restoration, and how near a repair comes to them."""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from ml.degradations.blur import DefocusBlur, GaussianBlur, Jpeg, MotionBlur
from ml.degradations.degradation import Degradation, Floats, Mask, Pixels, as_uint8
from ml.degradations.noise import GaussianNoise
from ml.degradations.table import DEGRADATIONS, Composition, draw
from ml.image import Picture
from ml.repair.quality import psnr, ssim

NOISES, QUALITIES, BLURS = (15, 25, 50), (10, 20, 30, 40), (1, 2, 3)
MIXED = (
    "scratches",
    "dust",
    "stains",
    "creases",
    "fading",
    "camera_noise",
    "gaussian_blur",
    "jpeg",
)
_LOCAL = ("scratches", "dust", "creases", "tears", "stains", "losses", "craquelure")
_LIGHT = ("fading", "varnish", "low_light", "haze")
_NEUTRAL = 6.0  # chroma of Lab below which a colour counts as neutral

Damage = Degradation | Composition


@dataclass(frozen=True)
class Row:
    """One row of the figures: how its damage is made from a seed; `floats`: added to float pixels
    and not clipped; `about` says which simple methods know it: noise, jpeg, blur, marks or light.
    """

    make: Callable[[int], Damage]
    about: str
    floats: bool = False


@dataclass(frozen=True)
class Trial:
    """A damaged picture: uint8, or float32 of 0..1 that is not clipped; its clean one is uint8."""

    source: str
    row: str
    about: str
    clean: Pixels
    image: Pixels
    mask: Mask
    damage: Damage | None = None


@dataclass(frozen=True)
class Outcome:
    """What a method made of a trial, by name: `psnr`, `ssim`, and `gain`, `ssim_gain` over the
    input's, and `accuracy`, 1 less the mean absolute error as a share of the range; of marks
    `inside` (gain in the mask), `outside` (share of untouched pixels there), `texture` (fine detail
    that is left there); of light `delta_e`, CIEDE2000's mean; of clean photos `alarm`, whether they
    were changed.
    """

    source: str
    row: str
    values: dict[str, float]


def _of(name: str, severity: float, seed: int) -> Damage:
    return DEGRADATIONS[name](severity, seed)


def _mixed(seed: int) -> Damage:
    return draw(np.random.default_rng(seed), MIXED, 3, (0.15, 0.6))


ROWS: dict[str, Row] = {
    **{f"noise{n}": Row(partial(GaussianNoise.of, n), "noise", floats=True) for n in NOISES},
    "noise25_clipped": Row(partial(GaussianNoise.of, 25), "noise"),
    "poisson_noise": Row(partial(_of, "poisson_noise", 0.3), "noise"),
    "camera_noise": Row(partial(_of, "camera_noise", 0.4), "noise"),
    **{f"jpeg{q}": Row(partial(Jpeg.of, q), "jpeg") for q in QUALITIES},
    **{f"blur{s}": Row(partial(GaussianBlur.of, s), "blur") for s in BLURS},
    "defocus_blur": Row(partial(DefocusBlur, 0.4), "blur"),
    "motion_blur": Row(partial(MotionBlur, 0.4), "blur"),
    **{name: Row(partial(_of, name, 0.5), "marks") for name in _LOCAL},
    **{name: Row(partial(_of, name, 0.5), "light") for name in _LIGHT},
    "mixed": Row(_mixed, "noise"),
}


def trials(path: Path, number: int, seed: int) -> Iterator[Trial]:
    """A photo with every row's damage, and clean; a pair of real and mean of many is one row."""
    mean = path.with_name(path.name.replace("_real", "_mean"))
    if mean != path and mean.is_file():
        clean, image = (Picture.open(each).full() for each in (mean, path))
        yield Trial(str(path), "real_noise", "noise", clean, image, _everywhere(image))
        return
    if (
        path.stem.endswith("_mean")
        and path.with_name(path.name.replace("_mean", "_real")).is_file()
    ):
        return
    photo = Picture.open(path).full()
    for name, row in ROWS.items():
        damage = row.make(zlib.crc32(f"{seed} {number} {name}".encode()))
        before = photo.astype(np.float32) / 255 if row.floats else photo
        damaged = damage.apply(before)
        yield Trial(str(path), name, row.about, photo, damaged.image, damaged.mask, damage)
    yield Trial(str(path), "clean", "clean", photo, photo, np.zeros(photo.shape[:2], np.bool_))


def measure(trial: Trial, result: Pixels) -> Outcome:
    """Hold a result, uint8 or float32 of 0..1, against the clean photo."""
    if trial.row == "clean":
        changed = not np.array_equal(result, trial.image)
        return Outcome(trial.source, trial.row, {"alarm": float(changed)})
    clean = trial.clean.astype(np.float32)
    before, after = _scaled(trial.image), _scaled(result)
    shown, seen = np.clip(after, 0, 255), np.clip(before, 0, 255)
    values = {"psnr": psnr(shown, clean), "ssim": ssim(shown, clean)}
    # Papers tell the PSNR of noise that is not clipped.
    values["gain"] = values["psnr"] - psnr(before, clean)
    values["ssim_gain"] = values["ssim"] - ssim(seen, clean)
    values["accuracy"] = 1 - float(np.abs(shown - clean).mean()) / 255
    if trial.about == "light":
        values |= _colours(trial, result)
    if trial.about == "marks":
        values |= _marks(before, after, clean, trial.mask)
    return Outcome(trial.source, trial.row, values)


def _marks(before: Floats, after: Floats, clean: Floats, mask: Mask) -> dict[str, float]:
    beyond = ~mask
    told = {"inside": _within(after, clean, mask) - _within(before, clean, mask)}
    if beyond.any():
        told["outside"] = float((after == before).all(axis=2)[beyond].mean())
        told["texture"] = _detail(after, beyond) / max(_detail(clean, beyond), 1e-6)
    return told


def _scaled(image: Pixels) -> Floats:
    return np.asarray(image, np.float32) * np.float32(1 if image.dtype == np.uint8 else 255)


def _everywhere(image: Pixels) -> Mask:
    return np.ones(image.shape[:2], np.bool_)


def _within(image: Floats, clean: Floats, mask: Mask) -> float:
    error = float(np.mean((image[mask] - clean[mask]) ** 2))
    return float(10 * np.log10(255**2 / max(error, 1e-2)))


def _detail(image: Floats, mask: Mask) -> float:
    """Deviation of the Laplacian of lightness."""
    grey = np.asarray(image.mean(2), np.float32)
    return float(cv2.Laplacian(grey, cv2.CV_32F)[mask].std())


def _colours(trial: Trial, result: Pixels) -> dict[str, float]:
    """ΔE2000 before and after, of all, of skin and of neutrals."""
    from skimage import color  # of the development set

    clean = color.rgb2lab(trial.clean)
    told = dict[str, float]()
    masks = {"": _everywhere(clean), "_skin": _skin(trial.clean), "_neutral": _neutral(clean)}
    for key, image in (("delta_e_nothing", trial.image), ("delta_e", result)):
        lab = color.rgb2lab(image if image.dtype == np.uint8 else as_uint8(image))
        away = color.deltaE_ciede2000(clean, lab)  # type: ignore[no-untyped-call]
        told |= {key + name: float(away[m].mean()) for name, m in masks.items() if m.sum() > 99}
    return told


def _neutral(lab: Floats) -> Mask:
    return np.asarray(np.hypot(lab[..., 1], lab[..., 2]) < _NEUTRAL)


def _skin(photo: Pixels) -> Mask:
    """Colours of skin by the usual window of chroma (Chai and Ngan 1999)."""
    planes = np.moveaxis(cv2.cvtColor(np.asarray(photo, np.uint8), cv2.COLOR_RGB2YCrCb), 2, 0)
    light, red, blue = planes
    return np.asarray((light > 60) & (red > 133) & (red < 173) & (blue > 77) & (blue < 127))
