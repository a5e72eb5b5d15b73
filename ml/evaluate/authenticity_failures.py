"""Pictures that authenticity is wrong about, with its map, as files to look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError
from ml.evaluate.authenticity import CLASSES, interval, listed
from ml.evaluate.report import Report
from ml.image import Picture
from ml.stages.authenticity import judge_authenticity
from ml.train.authenticity_sources import trained_on

FOLDER = Path("build/authenticity/failures")
_SIDE = 360  # px of a picture in a sheet
_LINE = 34  # px of what stands below it
_ACROSS, _DOWN = 4, 5
Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Failure:
    """How unlikely the truth was held, and the picture with its map and words."""

    likely: float
    shown: Pixels


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Write sheets of the pictures whose outcome, or likeliest class, is wrong, the worst first.

    Raises MLError where there is no picture.
    """
    found = listed(places)
    if not found:
        raise MLError("nothing to show: DIR/{real,generated,edited}/COLLECTION, or a .tsv list")
    failures = {kind: list[Failure]() for kind in CLASSES}
    wrong = np.zeros(len(found))
    for i, (path, kind, collection) in enumerate(found):
        picture = Picture.open(path)
        told = judge_authenticity(picture)
        true = CLASSES[kind]
        if max(told.probabilities, key=lambda name: told.probabilities[name]) == true:
            continue
        wrong[i] = 1
        words = (
            f"{collection}: {told.outcome}",
            " ".join(f"{name[:5]} {value:.2f}" for name, value in told.probabilities.items()),
        )
        shown = _shown(picture.view(_SIDE), told.traces, words)
        failures[kind].append(Failure(told.probabilities[true], shown))
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind, rows in failures.items():
        for number, sheet in enumerate(_sheets(rows)):
            cv2.imwrite(str(FOLDER / f"{kind}_{number:02d}.jpg"), sheet[..., ::-1])
    report = Report(
        "authenticity-failures", len(found), sum(trained_on(path) for path, *_ in found), {}
    )
    report.metrics = {"wrong": interval(len(wrong), lambda rows: float(wrong[rows].mean()), seed)}
    return report


def _shown(view: Pixels, traces: Pixels | None, words: tuple[str, str]) -> Pixels:
    """A square with a picture, half as red as its map is strong, and two lines of words."""
    factor = _SIDE / max(view.shape[:2])
    size = (round(view.shape[1] * factor), round(view.shape[0] * factor))
    small = cv2.resize(view, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    if traces is not None:
        strength = cv2.resize(traces, size)[..., None] / 510.0
        small = small * (1 - strength) + np.array([230.0, 60.0, 40.0]) * strength
    square = np.full((_SIDE + _LINE, _SIDE, 3), 255, np.uint8)
    square[: size[1], : size[0]] = small.astype(np.uint8)
    for row, line in enumerate(words):
        place = (4, _SIDE + 13 + 15 * row)
        cv2.putText(square, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
    return square


def _sheets(failures: list[Failure]) -> list[Pixels]:
    ordered = [each.shown for each in sorted(failures, key=lambda each: each.likely)]
    sheets = []
    for start in range(0, len(ordered), _ACROSS * _DOWN):
        part = ordered[start : start + _ACROSS * _DOWN]
        part += [np.full_like(part[0], 255)] * (-len(part) % _ACROSS)
        rows = [np.hstack(part[i : i + _ACROSS]) for i in range(0, len(part), _ACROSS)]
        sheets.append(np.vstack(rows))
    return sheets
