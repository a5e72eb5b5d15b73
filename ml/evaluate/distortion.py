"""Geometric distortion on clean photos bent from a seed: kind, false alarms, error, gain."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml import engine, weights
from ml.errors import MLError, WeightsError
from ml.estimators.diagnosis import Found, diagnose
from ml.estimators.distortion import NETWORK
from ml.estimators.gate import Gate
from ml.estimators.kinds import GROUPS
from ml.estimators.refinement import REFINER, Networks
from ml.estimators.refinement import in_use as committed
from ml.evaluate.distortion_trials import HONEST, SIDE, Outcome, given, measure, trials
from ml.evaluate.report import Metric, Report
from ml.image import Picture
from ml.image.formats import is_taken
from ml.train.distortion_sources import trained_on

UNFINISHED = Path("build/distortion/distortion.onnx")
RESAMPLES = 1000
STRONG = 0.04
_LIKELIER = Gate(1.0, 0.5, 0.9, 1.0, "")

Judge = Callable[[NDArray[np.uint8]], Sequence[Found]]


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure on every photo of the folders, or on those that a list (.txt) names below them.

    Raises MLError without photos, WeightsError without a network.
    """
    paths = photos(places)
    found_by, gate = in_use()
    return report(paths, lambda image: diagnose(found_by, image, gate), seed)


def photos(places: Sequence[Path]) -> list[Path]:
    """The photos behind what --data names."""
    lists = [place for place in places if place.suffix == ".txt"]
    roots = [place for place in places if place.suffix != ".txt"]
    if not lists:
        found = [path for root in roots for path in _below(root)]
    else:
        names = [name for each in lists for name in each.read_text("utf-8").splitlines() if name]
        found = [root / name for root in roots for name in names if (root / name).is_file()]
    if not found:
        raise MLError(f"no photo in {', '.join(map(str, places))}")
    return found


def _below(root: Path) -> list[Path]:
    """The photos in a folder, links not followed; a file is itself."""
    if root.is_file():
        return [root]
    inside = (path for path in sorted(root.rglob("*")) if path.is_file() and not path.is_symlink())
    return [path for path in inside if is_taken(path)]


def report(paths: Sequence[Path], judge: Judge, seed: int) -> Report:
    """The figures of a judge on photos."""
    outcomes: list[Outcome] = []
    for number, path in enumerate(paths):
        photo = Picture.open(path).view(SIDE)
        bent = given(str(path), path, photo)
        chosen = [bent] if bent else trials(str(path), photo, number, seed)
        outcomes += [measure(trial, judge(trial.image)) for trial in chosen]
    told = Report(
        "distortion", len(paths), sum(trained_on(path) for path in paths), _metrics(outcomes, seed)
    )
    plain = [o for o in outcomes if o.condition == "plain" and o.row not in HONEST]
    nothing = {
        "epe_median_px": figure(plain, "epe_nothing", np.median, seed),
        "epe_mean_px": figure(plain, "epe_nothing", np.mean, seed),
        "psnr_db": figure(plain, "psnr_nothing", np.mean, seed),
    }
    told.baselines["nothing"] = {k: asdict(v) if v else None for k, v in nothing.items()}
    best = figure(plain, "gain_oracle", np.mean, seed)
    told.oracle["gain_db"] = asdict(best) if best else None
    return told


def _metrics(outcomes: list[Outcome], seed: int) -> dict[str, Metric | None]:
    bent = [o for o in outcomes if o.condition != "clean" and o.row not in HONEST]
    plain = [o for o in bent if o.condition == "plain"]
    clean = [o for o in outcomes if o.condition == "clean"]
    found = _row(plain, "", seed)
    found["false_alarm_rate"] = figure(clean, "alarm", np.mean, seed)
    found["kind_accuracy"] = figure(plain, "kind_right", np.mean, seed)
    found |= _row([o for o in plain if o.severity >= STRONG], "_from_4_percent", seed)
    for condition in ("jpeg75", "resized"):
        found |= _row([o for o in bent if o.condition == condition], f"_{condition}", seed)
    for group in GROUPS[1:]:
        found |= _row([o for o in plain if o.group == group], f"_{group}", seed)
    for row in HONEST:
        mine = [o for o in outcomes if o.row == row and o.condition == "plain"]
        found |= _row(mine, f"_{row}", seed)
    for view in ("whole", "cropped", "resized", "recompressed"):
        mine = [o for o in clean if o.row == view]
        found[f"false_alarm_rate_{view}"] = figure(mine, "alarm", np.mean, seed)
    return found


def _row(outcomes: list[Outcome], suffix: str, seed: int) -> dict[str, Metric | None]:
    if not outcomes and suffix:
        return {}
    return {
        f"type_accuracy{suffix}": figure(outcomes, "right", np.mean, seed),
        f"epe_median_px{suffix}": figure(outcomes, "epe", np.median, seed),
        f"epe_mean_px{suffix}": figure(outcomes, "epe", np.mean, seed),
        f"gain_db{suffix}": figure(outcomes, "gain", np.mean, seed),
    }


def figure(
    outcomes: Sequence[Any], name: str, of: Callable[[NDArray[np.float64]], np.floating], seed: int
) -> Metric | None:
    """A mean or median of a field of outcomes, which name their `source`, with its interval, by
    bootstrap over source photos.

    A rate of which no case was seen gets the bound 3 / sources (the rule of three).
    """
    values = np.array([float(getattr(o, name)) for o in outcomes])
    kept = np.isfinite(values)
    if not kept.any():
        return None
    sources = np.array([o.source for o in outcomes])[kept]
    values = values[kept]
    _, owner = np.unique(sources, return_inverse=True)
    members = [np.flatnonzero(owner == i) for i in range(owner.max() + 1)]
    rng = np.random.default_rng(seed)
    drawn = []
    for _ in range(RESAMPLES if len(members) > 1 else 1):
        chosen = rng.integers(len(members), size=len(members))
        drawn.append(of(values[np.concatenate([members[i] for i in chosen])]))
    lo, hi = np.percentile(drawn, [2.5, 97.5])
    if name == "alarm" and not values.any():
        hi = min(1.0, 3 / len(members))
    return Metric(float(of(values)), float(lo), float(hi), len(values))


def in_use() -> tuple[Networks, Gate]:
    """What this version has; without it, what is in training, by a gate that says the likelier."""
    try:
        return committed()
    except WeightsError:
        if NETWORK in weights.manifest() or not UNFINISHED.is_file():
            raise
    sys.stderr.write(f"measuring the unfinished network {UNFINISHED}\n")
    corrects = UNFINISHED.with_name(f"{REFINER}.onnx")
    refiner = engine.load_file(corrects) if corrects.is_file() else None
    return Networks(engine.load_file(UNFINISHED), refiner), _LIKELIER
