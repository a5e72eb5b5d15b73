"""What a tag's confidence is worth: is the object anywhere on the photo, by COCO's annotations?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml import tagging
from ml.evaluate.coco import Photos
from ml.evaluate.report import Metric
from ml.results import Tag

RESAMPLES = 1000
BINS = 10
SHOWN = 0.25  # of the detector's own confidence: what the pipeline keeps


@dataclass(frozen=True)
class Answers:
    """For each class found on a photo: its best detection's confidence, and whether it is there."""

    photos: NDArray[np.int64]
    raw: NDArray[np.float64]
    calibrated: NDArray[np.float64]
    unreviewed: NDArray[np.bool_]
    right: NDArray[np.bool_]


def collect(photos: Photos, found: dict[int, tuple[Tag, ...]]) -> Answers:
    """Hold the best detection of each class on each photo against the annotations."""
    gates, rows = tagging.thresholds(), []
    for number, tags in found.items():
        ids = photos.annotations.getAnnIds(imgIds=[number])
        present = {each["category_id"] for each in photos.annotations.loadAnns(ids)}
        best: dict[str, float] = {}
        for tag in tags:
            if tag.confidence >= SHOWN and tag.name in photos.category_ids:
                best[tag.name] = max(tag.confidence, best.get(tag.name, 0.0))
        for name, raw in best.items():
            likely = tagging.calibrate(name, raw)
            sure = likely >= gates.get(name, 2.0)
            rows.append((number, raw, likely, sure, photos.category_ids[name] in present))
    columns = list(zip(*rows, strict=True)) or [()] * 5
    return Answers(
        np.array(columns[0], np.int64),
        np.array(columns[1], np.float64),
        np.array(columns[2], np.float64),
        np.array(columns[3], np.bool_),
        np.array(columns[4], np.bool_),
    )


def metrics(
    photos: Photos, found: dict[int, tuple[Tag, ...]], seed: int
) -> dict[str, Metric | None]:
    """Precision of all tags and of those written unreviewed, and the calibration error before and
    after; intervals by bootstrap over photos.

    COCO leaves objects out, so the precision is a lower bound.
    """
    answers = collect(photos, found)
    numbers = np.array(sorted(found))
    draws = np.random.default_rng(seed).multinomial(
        len(numbers), np.full(len(numbers), 1 / len(numbers)), RESAMPLES
    )
    weights = draws[:, np.searchsorted(numbers, answers.photos)].astype(np.float64)
    everything = np.ones(len(answers.right), np.bool_)
    return {
        "tags_precision": _precision(answers, everything, weights),
        "tags_precision_unreviewed": _precision(answers, answers.unreviewed, weights),
        "tags_ece_raw": _error(answers.raw, answers.right),
        "tags_ece_calibrated": _error(answers.calibrated, answers.right),
    }


def _precision(
    answers: Answers, chosen: NDArray[np.bool_], weights: NDArray[np.float64]
) -> Metric | None:
    if not chosen.any():
        return None
    kept = weights[:, chosen]
    shares = kept @ answers.right[chosen] / np.maximum(kept.sum(1), 1)
    lo, hi = np.percentile(shares, [2.5, 97.5])
    return Metric(float(answers.right[chosen].mean()), float(lo), float(hi), int(chosen.sum()))


def _error(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> Metric | None:
    if not len(right):
        return None
    bin_of = np.minimum((confidences * BINS).astype(int), BINS - 1)
    gaps = [abs(float((confidences - right)[bin_of == b].sum())) for b in range(BINS)]
    error = sum(gaps) / len(right)
    return Metric(error, error, error, len(right))
