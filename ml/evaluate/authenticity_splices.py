"""Edits made on purpose of photographs: how well they are told from the photographs, how well
their region is found, and how often copy-move is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity import copies
from ml.authenticity.patches import CELL, Pixels, judge, network
from ml.evaluate.authenticity import area, interval, photographs
from ml.evaluate.report import Metric, Report
from ml.train.authenticity_edits import as_file
from ml.train.authenticity_sources import trained_on
from ml.train.authenticity_splices import Random, blob, copied, edited

_STEPS = 41  # thresholds that are tried
_LEAST = 0.5  # of a patch: edited

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Spliced:
    """Suspicion of the photograph and of its edit; logits of the edit's patches, and which of them
    are edited; whether a copy within the photograph, and in the untouched photograph, was found.
    """

    plain: float
    edit: float
    logits: NDArray[np.float32]
    true: NDArray[np.bool_]
    copy: bool
    false_copy: bool


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure on an edit of each photograph of the lists or folders; the threshold of each half of
    the photographs is chosen on the other half.

    Raises MLError where there are fewer than four photographs.
    """
    cv2.setNumThreads(1)
    paths, photos = photographs(places)
    rng = np.random.default_rng(seed)
    found = [
        _spliced(photo, photos[(i + len(photos) // 2) % len(photos)], rng)
        for i, photo in enumerate(photos)
    ]
    report = Report("authenticity-splices", len(found), sum(trained_on(path) for path in paths), {})
    report.metrics = _metrics(found, rng.permutation(len(found)) % 2 == 0, seed)
    every = [np.ones_like(each.true) for each in found]
    report.baselines = {"every_pixel": {"pixel_f1": _f1(found, every, seed)}}
    return report


def _spliced(photo: Pixels, donor: Pixels, rng: Random) -> Spliced:
    changed, mask = edited(photo, donor, rng)
    plain = judge(network(), as_file(photo, rng))
    look = judge(network(), as_file(changed, rng))
    size = look.edited.shape[1] * CELL, look.edited.shape[0] * CELL
    covered = mask[: round(look.covered[0] * len(mask)), : round(look.covered[1] * mask.shape[1])]
    small = cv2.resize(covered, size, interpolation=cv2.INTER_AREA)
    cells = small.reshape(look.edited.shape[0], CELL, look.edited.shape[1], CELL).mean((1, 3))
    moved = copied(photo, blob(photo.shape[0], photo.shape[1], rng), rng)
    return Spliced(
        plain.edit,
        look.edit,
        look.edited,
        np.asarray(cells > _LEAST),
        copies.find_in(as_file(moved, rng)) is not None,
        copies.find_in(as_file(photo, rng)) is not None,
    )


def _metrics(found: list[Spliced], first: NDArray[np.bool_], seed: int) -> dict[str, Metric | None]:
    masks = [np.zeros_like(each.true) for each in found]
    for half in (first, ~first):
        threshold = _threshold([found[i] for i in np.flatnonzero(~half)])
        for i in np.flatnonzero(half):
            masks[i] = _soft(found[i]) >= threshold
    true = np.repeat([True, False], len(found))

    def auc(rows: NDArray[np.int64]) -> float:
        values = [*(found[i].edit for i in rows), *(found[i].plain for i in rows)]
        return area(true, np.array(values))

    def share(name: str) -> Metric | None:
        values = np.array([getattr(each, name) for each in found], float)
        return interval(len(found), lambda rows: float(values[rows].mean()), seed)

    return {
        "auc_edited": interval(len(found), auc, seed),
        "pixel_f1": _f1(found, masks, seed),
        "copy_found_rate": share("copy"),
        "copy_false_rate": share("false_copy"),
    }


def _soft(one: Spliced) -> NDArray[Any]:
    return np.asarray(cv2.blur(one.logits, (3, 3)))


def _threshold(found: list[Spliced]) -> float:
    """The logit from which on patches are best called edited."""
    tried = np.linspace(-6, 4, _STEPS)
    means = [np.mean([_of_one(_soft(one) >= least, one.true) for one in found]) for least in tried]
    return float(tried[int(np.argmax(means))])


def _of_one(mask: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    return float(2 * (mask & true).sum() / max(1, mask.sum() + true.sum()))


def _f1(found: list[Spliced], masks: list[NDArray[np.bool_]], seed: int) -> Metric | None:
    """The mean over edits of F1 by patches."""
    values: Values = np.array(
        [_of_one(mask, one.true) for mask, one in zip(masks, found, strict=True)]
    )
    return interval(len(values), lambda rows: float(values[rows].mean()), seed)
