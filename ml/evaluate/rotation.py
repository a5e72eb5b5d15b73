"""Photos turned by quarters and by a few degrees from a seed: how well both are told."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import cv2
import numpy as np

from ml.degradations.degradation import Pixels
from ml.evaluate.distortion import photos
from ml.evaluate.report import Report
from ml.evaluate.restoration import Table, table
from ml.evaluate.restoration_trials import Outcome
from ml.image import Picture
from ml.rotation.level import turned
from ml.rotation.lines import hough, lined
from ml.rotation.orientation import HEAD, orientation
from ml.rotation.tilt import tilt
from ml.train.restoration_sources import trained_on

WANTED = ("orientation_accuracy", "orientation_coverage", "tilt_mae_deg")
SIDE = 768
MOST = 15.0
TILTS = 2  # a photo, and once as it is
AGREED = 0.3  # share of lines that agree, from which they are believed without trees
ANSWERED = 0.35  # of the trees' confidence, from which the angle is measured


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure on every photo of the folders, or on those that a list (.txt) names below them.

    Photos count as upright and level. Figures of orientation are missing where its head is.
    Raises MLError without photos.
    """
    cv2.setNumThreads(1)
    paths = photos(places)
    found: dict[str, list[Outcome]] = {}
    for number, path in enumerate(paths):
        photo = Picture.open(path).view(SIDE)
        for angle in angles(number, seed):
            image = turned(photo, angle) if angle else photo
            for name, outcome in _told(str(path), image, angle):
                found.setdefault(name, []).append(outcome)
        quarters = int(np.random.default_rng((seed, zlib.crc32(b"turn"), number)).integers(4))
        if HEAD.is_file():
            found.setdefault("orientation", []).append(_stands(str(path), photo, quarters))
    figures = {name: _figures(table(outcomes, seed)) for name, outcomes in found.items()}
    report = Report("rotation", len(paths), sum(trained_on(path) for path in paths), {})
    own = figures.pop("own") | figures.pop("orientation", {})
    report.metrics = dict.fromkeys(WANTED) | own
    for name, told in figures.items():
        report.baselines[name] = {key: asdict(value) for key, value in told.items() if value}
    report.baselines["as_stored"] = {"orientation_accuracy": 0.25, "orientation_coverage": 1.0}
    return report


def angles(number: int, seed: int) -> list[float]:
    """By how many degrees the numbered photo is turned, and 0: as it is."""
    rng = np.random.default_rng((seed, zlib.crc32(b"tilt"), number))
    return [0.0, *rng.uniform(-MOST, MOST, TILTS).tolist()]


def _told(source: str, image: Pixels, angle: float) -> Iterator[tuple[str, Outcome]]:
    """What each way says, held against the truth; a level photo is only asked whether it stays."""
    lines = lined(image)
    said = {"nothing": 0.0, "hough": hough(image), "lines": lines.angle if lines else 0.0}
    for name, degrees in said.items():
        yield name, _outcome(source, degrees, angle)
    agreed = lines is not None and lines.agreement >= AGREED
    yield "lines_that_agree", _outcome(source, said["lines"] if agreed else None, angle)
    leans = tilt(image)
    answered = leans is not None and leans.confidence >= ANSWERED
    yield "own", _outcome(source, leans.angle if leans and answered else None, angle)
    if angle == 0:
        turned_it = float(leans is not None and leans.proposed)
        yield "own", Outcome(source, "deg", {"level_proposed_rate": turned_it})
    elif abs(angle) >= 1:
        proposed = leans is not None and leans.proposed
        values = {"tilt_proposed_rate": float(proposed)}
        if leans and proposed:
            values["tilt_proposed_mae"] = abs(leans.angle - angle)
        yield "own", Outcome(source, "deg", values)


def _stands(source: str, photo: Pixels, quarters: int) -> Outcome:
    """Turn a photo clockwise by quarters and ask which way it stands."""
    said = orientation(np.ascontiguousarray(np.rot90(photo, -quarters)))
    right = float(said.turned == 90 * quarters)
    values = {"orientation_coverage": float(said.sure), "orientation_accuracy_of_all": right}
    if said.sure:
        values["orientation_accuracy"] = right
    if quarters == 0:
        values["upright_turned_rate"] = float(said.proposed)
    else:
        values["turned_proposed_rate"] = float(said.proposed and bool(right))
    return Outcome(source, "deg", values)


def _outcome(source: str, degrees: float | None, angle: float) -> Outcome:
    if angle == 0:
        wrong = degrees is not None and abs(degrees) >= 1
        return Outcome(source, "deg", {"level_turned_rate": float(wrong)})
    values = {"tilt_coverage": float(degrees is not None)}
    if degrees is not None:
        values["tilt_mae"] = abs(degrees - angle)
    return Outcome(source, "deg", values)


def _figures(told: Table) -> Table:
    """Degrees are named; rates and coverages have no unit."""
    return {
        key if "_mae" in key else key.removesuffix("_deg"): value for key, value in told.items()
    }
