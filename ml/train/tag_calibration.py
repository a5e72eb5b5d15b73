"""Calibration of object tags: how likely a photo has the object, given the detector's confidence.

A beta calibration (Kull, Silva Filho and Flach, AISTATS 2017) for all classes together, with an
offset for each class that is shrunk towards none; fitted on detections that people judged by
looking.
"""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

DATA = Path(__file__).parents[1] / "data"
JUDGEMENTS, CALIBRATION = DATA / "tag_judgements.tsv", DATA / "tag_calibration.json"
STRENGTHS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # of the offsets' prior, its variance
FREE = 30.0  # the shared curve is fitted without noticeable shrinkage
POOLED = 12.0  # judged detections that the pooled distribution of confidences counts for
GRID = np.round(np.arange(0.10, 0.96, 0.025), 3)

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Judgements:
    """The most confident detection of a class on a photo each, and whether the photo has the
    object.
    """

    photos: list[str]
    names: list[str]
    confidences: Vector
    right: NDArray[np.int64]

    @staticmethod
    def read(path: Path) -> "Judgements":
        """Read path, name, confidence, box, right; raises OSError where the file is missing."""
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        return Judgements(
            [row["path"] for row in rows],
            [row["name"] for row in rows],
            np.array([float(row["confidence"]) for row in rows]),
            np.array([int(row["right"]) for row in rows]),
        )


@dataclass(frozen=True)
class Curve:
    """log-odds = rise · log(c) − fall · log(1 − c) + base + the class's offset."""

    rise: float
    fall: float
    base: float
    offsets: dict[str, float]

    def __call__(self, names: list[str], confidences: Vector) -> Vector:
        """Probabilities (detections,)."""
        offsets = np.array([self.offsets.get(name, 0.0) for name in names])
        shape = features(confidences) @ np.array([self.rise, self.fall])
        return cast(Vector, 1 / (1 + np.exp(-(shape + self.base + offsets))))


def features(confidences: Vector) -> Vector:
    """What the beta calibration is linear in: (detections, 2)."""
    c = np.clip(confidences, 1e-4, 1 - 1e-4)
    return np.stack([np.log(c), -np.log1p(-c)], 1)


def fit(names: list[str], confidences: Vector, right: NDArray[np.int64], strength: float) -> Curve:
    """Fit the shared curve and the classes' offsets, whose prior has the variance `strength`."""
    classes = sorted(set(names))
    own = np.array([[name == each for each in classes] for name in names], np.float64)
    values = np.hstack([features(confidences) * FREE, own * strength**0.5])
    model = LogisticRegression(C=1.0, max_iter=5000).fit(values, right)
    weights = model.coef_[0]
    offsets = {
        each: round(float(weight * strength**0.5), 4)
        for each, weight in zip(classes, weights[2:], strict=True)
    }
    rise, fall = (max(0.0, float(weight * FREE)) for weight in weights[:2])
    return Curve(round(rise, 5), round(fall, 5), round(float(model.intercept_[0]), 5), offsets)


def held_out(judged: Judgements, strength: float) -> Vector:
    """Probabilities from curves that have not seen the photo."""
    result = np.zeros(len(judged.right))
    for rest, held in GroupKFold(5).split(result, groups=judged.photos):
        curve = fit(
            [judged.names[i] for i in rest], judged.confidences[rest], judged.right[rest], strength
        )
        result[held] = curve([judged.names[i] for i in held], judged.confidences[held])
    return result


def log_loss(probabilities: Vector, right: NDArray[np.int64]) -> float:
    """Mean negative log-likelihood."""
    return float(-np.mean(np.log(np.where(right == 1, probabilities, 1 - probabilities))))


def calibration_error(probabilities: Vector, right: NDArray[np.int64], bins: int = 10) -> float:
    """Expected calibration error over bins of equal width."""
    bin_of = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [
        abs(float(np.sum(probabilities[bin_of == b] - right[bin_of == b]))) for b in range(bins)
    ]
    return sum(gaps) / len(right)


def precision_curve(judged: Judgements, curve: Curve, name: str) -> list[tuple[float, float]]:
    """Calibrated confidence, and the expected precision of the class's tags from there on.

    The mean is over the class's own confidences and, with little weight, those of all classes.
    """
    own = np.array([each == name for each in judged.names])
    weight = own + POOLED / len(own)
    likely = curve([name] * len(own), judged.confidences)
    points = []
    for raw in GRID:
        above = judged.confidences >= raw
        reached = float(np.average(likely[above], weights=weight[above]))
        points.append((float(curve([name], np.array([raw]))[0]), reached))
    return points


def main(data: Path) -> None:
    """Fit and write the calibration; `data` holds the judged photos, which only the check reads."""
    judged = Judgements.read(JUDGEMENTS)
    missing = sorted({path for path in judged.photos if not (data / path).is_file()})
    if missing:
        print(f"{len(missing)} of the judged photos are not under {data}")
    tried = {strength: held_out(judged, strength) for strength in STRENGTHS}
    strength = min(STRENGTHS, key=lambda s: log_loss(tried[s], judged.right))
    curve = fit(judged.names, judged.confidences, judged.right, strength)
    for label, values in (("raw", judged.confidences), ("calibrated, held out", tried[strength])):
        print(
            f"{label}: log loss {log_loss(values, judged.right):.4f}, "
            f"calibration error {calibration_error(values, judged.right):.4f}"
        )
    stored = {
        "judged": len(judged.right),
        "network": "yolo11n",
        "rise": curve.rise,
        "fall": curve.fall,
        "base": curve.base,
        "offsets": curve.offsets,
        "curves": {
            name: [[round(c, 4), round(p, 4)] for c, p in precision_curve(judged, curve, name)]
            for name in sorted(set(judged.names))
        },
    }
    CALIBRATION.write_text(json.dumps(stored) + "\n", "utf-8")
    print(f"{CALIBRATION.name}: {len(curve.offsets)} classes, offsets' variance {strength}")
