"""Photos taken in too little light beside the same in enough: PSNR and SSIM, nothing aligned."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ml import engine
from ml.degradations.degradation import Pixels, as_uint8
from ml.errors import MLError
from ml.evaluate import light_ours
from ml.evaluate.distortion import photos
from ml.evaluate.report import Report
from ml.evaluate.restoration import Table, table
from ml.evaluate.restoration_baselines import balanced
from ml.evaluate.restoration_trials import Outcome
from ml.image import Picture
from ml.light import brighten
from ml.repair.quality import psnr, ssim
from ml.train.restoration_sources import trained_on

WANTED = ("psnr", "ssim", "psnr_input")
_GREY = 0.45 * 255  # the mean that a plain gain brightens to

Method = Callable[[Pixels, Pixels], Pixels]


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure on every photo of a folder DIR/low that DIR/high has under the same name.

    Lists (.txt) restrict them to what they name below the folders. Raises MLError without pairs,
    or where the sizes of two differ.
    """
    cv2.setNumThreads(1)
    pairs = [
        (path, path.parent.parent / "high" / path.name)
        for path in photos(places)
        if path.parent.name == "low"
    ]
    pairs = [(low, high) for low, high in pairs if high.is_file()]
    if not pairs:
        raise MLError("there is no photo in DIR/low with one of its name in DIR/high")
    found: dict[str, list[Outcome]] = {}
    for low, high in pairs:
        dark, light = (Picture.open(path).full() for path in (low, high))
        if dark.shape != light.shape:
            raise MLError(f"{low} and {high} differ in size")
        for name, method in METHODS.items():
            found.setdefault(name, []).append(_measured(str(low), method(dark, light), light))
    report = Report("lowlight", len(pairs), sum(trained_on(low) for low, _ in pairs), {})
    report.metrics = dict.fromkeys(WANTED) | table_of(found.pop("blind"), seed)
    told = {name: _figures(outcomes, seed) for name, outcomes in found.items()}
    report.metrics["psnr_input"] = table_of(found["nothing"], seed)["psnr"]
    report.oracle["gain"] = told.pop("gain_oracle")
    report.oracle["asked"] = told.pop("asked_oracle")
    report.baselines = told
    return report


def _measured(source: str, image: Pixels, light: Pixels) -> Outcome:
    return Outcome(source, "low", {"psnr": psnr(image, light), "ssim": ssim(image, light)})


def table_of(outcomes: Sequence[Outcome], seed: int) -> Table:
    """The figures of one method, by name."""
    return {key.removesuffix("_low"): value for key, value in table(outcomes, seed).items()}


def _figures(outcomes: Sequence[Outcome], seed: int) -> dict[str, Any]:
    told = table_of(outcomes, seed)
    return {key: asdict(value) for key, value in told.items() if value}


def _nothing(dark: Pixels, light: Pixels) -> Pixels:
    del light
    return dark


def _gain(dark: Pixels, light: Pixels) -> Pixels:
    """One factor for all, to an ordinary mean."""
    del light
    return _brightened(dark, _GREY / max(float(dark.mean()), 1e-3))


def _gain_oracle(dark: Pixels, light: Pixels) -> Pixels:
    """One factor for all, to the true mean."""
    return _brightened(dark, float(light.mean()) / max(float(dark.mean()), 1e-3))


def _clahe(dark: Pixels, light: Pixels) -> Pixels:
    return balanced(_gain(dark, light))


def _brightened(image: Pixels, factor: float) -> Pixels:
    return np.asarray(np.clip(np.rint(image * np.float32(factor)), 0, 255), np.uint8)


def _blind(dark: Pixels, light: Pixels) -> Pixels:
    """What the stage proposes."""
    del light
    return light_ours.blind(dark)


def _asked(dark: Pixels, light: Pixels) -> Pixels:
    """The stage's repair, told that it is dark."""
    del light
    return light_ours.asked(dark, "dark")


def _published(dark: Pixels, light: Pixels) -> Pixels:
    """The published network on every pixel; it was taught on LOL's training pairs."""
    del light
    batch = np.ascontiguousarray(dark.transpose(2, 0, 1)[None], np.float32) / np.float32(255)
    done = engine.load(brighten.NETWORK).run(batch)["brightened"][0].transpose(1, 2, 0)
    return as_uint8(done)


METHODS: dict[str, Method] = {
    "blind": _blind,
    "asked_oracle": _asked,
    "iat_lol_v1": _published,
    "nothing": _nothing,
    "gain": _gain,
    "grey_world_clahe": _clahe,
    "gain_oracle": _gain_oracle,
}
