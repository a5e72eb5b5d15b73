"""Restoration of photos damaged from a seed: what is gained, what is left alone, row by row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from ml.errors import MLError
from ml.evaluate import light_ours, restoration_mixed
from ml.evaluate.distortion import figure, photos
from ml.evaluate.report import Metric, Report
from ml.evaluate.restoration_baselines import (
    METHODS,
    ORACLES,
    Method,
    migan_oracle,
    nothing,
    sigma,
)
from ml.evaluate.restoration_ours import Ours, ours
from ml.evaluate.restoration_trials import NOISES, Outcome, Trial, measure, trials
from ml.train import distortion_sources  # light is learned on its photos, too
from ml.train.restoration_sources import trained_on

BLIND = "blind"
Table = dict[str, Metric | None]
WANTED = (*(f"psnr_noise{n}" for n in NOISES), "gain_mixed_db", "clean_changed_rate")
_UNITS = {"gain": "_db", "ssim_gain": "", "inside": "_db"}


def evaluate(
    places: Sequence[Path],
    seed: int = 0,
    teachers: Path | None = None,
    rows: Sequence[str] = (),
) -> Report:
    """Measure on every photo of the folders, or on those that a list (.txt) names below them.

    `teachers` is a folder with published networks, which then have their rows (torch needed);
    `rows` restricts what is measured. Raises MLError without photos.
    """
    cv2.setNumThreads(1)
    paths = photos(places)
    rivals = _teachers(teachers) if teachers else {}
    own = ours()
    found: dict[str, list[Outcome]] = {}
    noise = list[tuple[str, str, float, float]]()
    for number, path in enumerate(paths):
        for trial in trials(path, number, seed):
            if rows and trial.row not in rows:
                continue
            for name, method in _methods(trial, rivals, own):
                found.setdefault(name, []).append(measure(trial, method(trial)))
            noise += _noise(trial)
    seen = sum(trained_on(path) or distortion_sources.trained_on(path) for path in paths)
    report = Report("restoration", len(paths), seen, {})
    report.metrics = dict.fromkeys((*WANTED, "diagnosis_macro_f1"))
    report.metrics |= table(found.pop(BLIND, []), seed) | table(own.measured, seed)
    report.metrics["diagnosis_macro_f1"] = own.macro_f1(seed)
    for name, outcomes in found.items():
        told = _plain(table(outcomes, seed))
        (report.oracle if name.endswith("_oracle") else report.baselines)[name] = told
    report.baselines["immerkaer_sigma"] = _plain(_sigma_error(noise, seed))
    return report


def table(outcomes: Sequence[Outcome], seed: int) -> Table:
    """The figures of one method, `WHAT_ROW`, of every row that has them."""
    told: Table = {}
    for row in dict.fromkeys(each.row for each in outcomes):
        mine = [each for each in outcomes if each.row == row]
        if row == "clean":
            told["clean_changed_rate"] = _mean(mine, "alarm", seed)
            continue
        for name in dict.fromkeys(key for each in mine for key in each.values):
            unit = _UNITS.get(name, "")
            told[f"{name}_{row}{unit}"] = _mean(mine, name, seed)
    return told


def _mean(outcomes: Iterable[Outcome], name: str, seed: int) -> Metric | None:
    valued = [
        SimpleNamespace(source=each.source, **{name: each.values.get(name, float("nan"))})
        for each in outcomes
    ]
    return figure(valued, name, np.mean, seed)


def _methods(trial: Trial, rivals: Mapping[str, Method], own: Ours) -> Iterable[tuple[str, Method]]:
    yield "nothing", nothing
    if own.restoration:
        yield BLIND, lambda each: light_ours.lit(own.blind(each))
    if own.restoration and trial.row == "mixed":
        yield from restoration_mixed.methods(own)
    elif own.restoration and trial.about in ("noise", "jpeg", "blur") and trial.damage:
        yield "told_oracle", own.told
    if trial.about == "light":
        yield "told_kind_oracle", light_ours.told_kind
    yield from METHODS.get(trial.about, {}).items()
    yield from ORACLES.get(trial.about, {}).items()
    if trial.about in ("noise", "jpeg", "blur", "clean"):
        yield from rivals.items()
    if rivals and trial.about == "marks":
        yield "migan_oracle", migan_oracle


def _noise(trial: Trial) -> Iterable[tuple[str, str, float, float]]:
    """Source, row, true deviation of Gaussian noise in grey levels, and that estimated."""
    if trial.row.startswith("noise"):
        whole = trial.image.dtype == np.uint8
        told = sigma(np.asarray(trial.image, np.float32)) * (1 if whole else 255)
        yield trial.source, trial.row, float(trial.row[5:7]), told


def _sigma_error(noise: Sequence[tuple[str, str, float, float]], seed: int) -> Table:
    """How far the deviation is missed, as a share of it."""
    found = [
        Outcome(source, row, {"sigma_error": abs(told - true) / true})
        for source, row, true, told in noise
    ]
    return table(found, seed)


def _plain(told: Table) -> dict[str, Any]:
    return {key: asdict(value) if value else None for key, value in told.items()}


def _teachers(folder: Path) -> dict[str, Method]:
    try:
        from ml.train import restoration_teachers
    except ModuleNotFoundError as error:
        raise MLError(f"--teachers needs {error.name}; make setup FULL=1 brings it") from error
    return restoration_teachers.methods(folder)
