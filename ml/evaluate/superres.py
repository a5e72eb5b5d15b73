"""Super-resolution by the protocol of the papers: clean photos shrunk by MATLAB's antialiased
bicubic, enlarged again by the code that users run, PSNR and SSIM of luma without the rim.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml import engine, weights
from ml.engine import Engine
from ml.errors import MLError, WeightsError
from ml.evaluate.distortion import photos
from ml.evaluate.report import Metric, Report
from ml.image import Picture
from ml.repair.quality import psnr, ssim
from ml.superres import bicubic
from ml.superres.upscale import FACTORS, METHODS, network, upscale
from ml.train.superres_photos import trained_on

Pixels = NDArray[np.uint8]
Method = Callable[[Pixels], Pixels]

BORDER = 4  # pixels that papers cut off
RESAMPLES = 1000
_KEYS = ("psnr_y", "ssim_y", "steps")
UNFINISHED = Path("build/superres")
_SMALLEST = 32  # pixels of a side: below, nothing is left to measure
_LUMA = np.array([65.481, 128.553, 24.966]) / 255  # MATLAB's: BT.601, 16 to 235, not rounded
_SPEED_SIZE, _SPEED_RUNS = (480, 270), 7  # to Full HD


def evaluate(places: Sequence[Path], seed: int = 0, teachers: Path | None = None) -> Report:
    """Measure on every photo; `teachers` is a folder with the published networks' checkpoints,
    which then have their rows (×4, torch needed).

    Raises MLError without photos, or where a photo is smaller than 32 pixels.
    """
    paths = photos(places)
    networks = {name: found for name in METHODS if (found := _network(name))}
    report = Report("superres", len(paths), sum(trained_on(path) for path in paths), {})
    for factor in FACTORS:
        methods: dict[str, Method] = {"bicubic": partial(_bicubic, factor=factor)}
        for name, each in networks.items():
            methods[name] = partial(upscale, factor=factor, network=each)
        others = _teachers(teachers) if teachers and factor == 4 else {}
        figures = _figures(paths, factor, methods | others, seed)
        for name in ("bicubic", *METHODS):
            for key in _KEYS:
                report.metrics[f"{key}_x{factor}_{name}"] = figures.get((key, name))
        for name in others:
            rows = {key: figures[key, name] for key in _KEYS}
            report.baselines[name] = {f"{k}_x{factor}": asdict(v) for k, v in rows.items()}
    for name, each in networks.items():
        report.metrics[f"fps_full_hd_x4_{name}"] = _speed(each)
    return report


def _figures(
    paths: Sequence[Path], factor: int, methods: Mapping[str, Method], seed: int
) -> dict[tuple[str, str], Metric]:
    values: dict[tuple[str, str], list[float]] = {}
    for path in paths:
        true = _whole(path, factor)
        small = _rounded(bicubic.shrink(true.astype(np.float32), factor))
        wanted = _luma(true)
        for name, method in methods.items():
            found = _luma(method(small))
            values.setdefault(("psnr_y", name), []).append(psnr(found, wanted))
            values.setdefault(("ssim_y", name), []).append(ssim(found, wanted))
            values.setdefault(("steps", name), []).append(_steps(found) / _steps(wanted))
    return {key: _mean(each, seed) for key, each in values.items()}


def _whole(path: Path, factor: int) -> Pixels:
    """A photo whose sides are cut to multiples of the factor."""
    photo = Picture.open(path).full()
    height, width = (side // factor * factor for side in photo.shape[:2])
    if min(height, width) < _SMALLEST:
        raise MLError(f"{path}: {width} × {height} pixels are too few to measure on")
    return photo[:height, :width]


def _luma(image: Pixels) -> Pixels:
    inside = image[BORDER:-BORDER, BORDER:-BORDER]
    return np.asarray(16 + inside.astype(np.float64) @ _LUMA)


def _steps(luma: Pixels) -> float:
    """How strong steps between neighbouring pixels are: 1 beside the true photo's is as sharp."""
    return float(np.mean([np.abs(np.diff(luma, axis=axis)).mean() for axis in (0, 1)]))


def _bicubic(small: Pixels, factor: int) -> Pixels:
    return _rounded(bicubic.enlarge(small.astype(np.float32), factor))


def _rounded(values: NDArray[np.float32]) -> Pixels:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _teachers(folder: Path) -> dict[str, Method]:
    try:
        from ml.train import superres_teachers
    except ModuleNotFoundError as error:
        raise MLError(f"--teachers needs {error.name}; make setup FULL=1 brings it") from error

    def method(small: Pixels, network: object) -> Pixels:
        return _rounded(superres_teachers.enlarged([network], small))

    found = superres_teachers.teachers(folder)
    return {name: partial(method, network=each) for name, each in found.items()}


def _mean(values: Sequence[float], seed: int) -> Metric:
    """The mean over photos with its interval, by bootstrap."""
    drawn = np.random.default_rng(seed).choice(values, (RESAMPLES, len(values))).mean(1)
    lo, hi = np.percentile(drawn, [2.5, 97.5])
    return Metric(float(np.mean(values)), float(lo), float(hi), len(values))


def _speed(network: Engine) -> Metric:
    """Pictures of 480 × 270 a second made Full HD, pixels to pixels: median, slowest, quickest."""
    width, height = _SPEED_SIZE
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    rates = []
    for _ in range(_SPEED_RUNS + 1):
        began = time.perf_counter()
        upscale(image, 4, network)
        rates.append(1 / (time.perf_counter() - began))
    rates = rates[1:]  # the first sets the runtime up
    return Metric(float(np.median(rates)), min(rates), max(rates), len(rates))


def _network(method: str) -> Engine | None:
    """The committed network, else what training has written so far, else None."""
    unfinished = UNFINISHED / method / f"superres_{method}.onnx"
    try:
        return network(method)
    except WeightsError as error:
        if f"superres_{method}" in weights.manifest():
            raise
        if not unfinished.is_file():
            sys.stderr.write(f"{error}\n")
            return None
        sys.stderr.write(f"measuring the unfinished network {unfinished}\n")
        return engine.load_file(unfinished)
