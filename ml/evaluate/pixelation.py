"""Pixelation on clean photos pixelated from a seed: found, mistaken, placed, measured."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml import weights
from ml.evaluate import pixelation_rival
from ml.evaluate.distortion import photos
from ml.evaluate.pixelation_figures import Outcome, found_at, mean, rates
from ml.evaluate.pixelation_restored import SAMPLES, restored
from ml.evaluate.pixelation_trials import FACTORS, QUALITIES, Pixels, Trial, band, trials
from ml.evaluate.report import Metric, Report
from ml.image import Picture
from ml.pixelation.detector import Judgement, both, judge, locate
from ml.pixelation.score import NETWORK, TREES, fitted
from ml.repair import policy
from ml.train.pixelation_sources import trained_on

CASCADE = "cascade"
SIMPLE = ("canny_network", "equal_neighbours")
_EQUAL = 0.2  # share of equal neighbours from which the trivial baseline calls a photo pixelated
_TO = 50  # JPEG quality down to which the honest protocol's figures are pooled
_RIGHT = 0.02  # of the block size

Table = dict[str, Metric | None]


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure on every photo of the folders, or on those that a list (.txt) names below them.

    Raises MLError without photos, WeightsError without trees.
    """
    paths = photos(places)
    judge(np.zeros((64, 64, 3), np.uint8), "trees")  # what is missing is told before hours of work
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as workers:
        numbered = list(enumerate(paths))
        parts = list(workers.map(partial(_outcomes, seed=seed), numbered, chunksize=4))
    return report([one for part in parts for one in part], paths, seed)


def report(outcomes: Sequence[Outcome], paths: Sequence[Path], seed: int) -> Report:
    """The figures of outcomes on photos."""
    seen = sum(trained_on(path) for path in paths)
    told = Report("pixelation", len(paths), seen, _metrics(outcomes, CASCADE, seed))
    for name in (TREES, NETWORK, *SIMPLE):
        if any(name in one.verdict for one in outcomes):
            told.baselines[name] = _plain(_metrics(outcomes, name, seed, placed=False))
    published = [one for one in outcomes if one.row == "published"]
    always = [_always(one) for one in published]
    told.baselines["always_yes"] = _plain(rates(always, "yes", seed))
    told.baselines["deepclarity_published"] = {
        "f1_div2k": 0.908,
        "accuracy_div2k": 0.905,
        "false_positive_rate_div2k": 0.095,
        "f1_flickr2k": 0.922,
        "note": "their figures, on other photos",
    }
    return told


def _plain(table: Table) -> dict[str, Any]:
    return {key: asdict(value) if value else None for key, value in table.items()}


def _always(one: Outcome) -> Outcome:
    return Outcome(one.source, one.row, one.condition, one.pixelated, one.weight, {}, {"yes": True})


def _metrics(outcomes: Sequence[Outcome], method: str, seed: int, *, placed: bool = True) -> Table:
    published = [one for one in outcomes if one.row == "published"]
    honest = [one for one in outcomes if one.row == "honest"]
    alike = [one for one in outcomes if one.row == "lookalike"]
    found = rates(published, method, seed)
    to_50 = [one for one in honest if _quality(one) >= _TO]
    found |= _named(rates(to_50, method, seed), "_partial")
    for quality in QUALITIES:
        for factor in FACTORS:
            condition = f"jpeg{quality or 'none'}_resize{factor:g}"
            part = [one for one in honest if one.condition == condition]
            found[f"f1_partial_{condition}"] = rates(part, method, seed).get("f1")
            found[f"tpr_at_1_percent_{condition}"] = found_at(part, method, seed)
    worst = [one for one in honest if _quality(one) == min(q for q in QUALITIES if q)]
    found["tpr_at_1_percent_jpeg30"] = found_at(worst, method, seed)
    for name in sorted({band(one.block) for one in honest if one.pixelated}):
        part = [one for one in to_50 if one.pixelated and band(one.block) == name]
        found[f"recall_partial_block_{name.replace(' ', '_')}"] = rates(part, method, seed).get(
            "recall"
        )
    found["false_positive_rate_lookalikes"] = _alarms(alike, method, seed)
    for kind in sorted({one.condition for one in alike}):
        part = [one for one in alike if one.condition == kind]
        found[f"false_positive_rate_{kind}"] = _alarms(part, method, seed)
    if not placed:
        return found
    return found | _placed(to_50, published, seed) | _repaired(outcomes, seed)


def _placed(honest: Sequence[Outcome], published: Sequence[Outcome], seed: int) -> Table:
    """How well mosaics were outlined and measured: a missed one has an IoU of 0."""
    mosaics = [one for one in honest if one.pixelated]
    hits = [one for one in mosaics if one.verdict[CASCADE]]
    whole = [one for one in published if one.verdict[CASCADE] and np.isfinite(one.block_error)]
    return {
        "mask_iou": mean(mosaics, [one.iou for one in mosaics], seed),
        "mask_iou_found": mean(hits, [one.iou for one in hits], seed),
        "block_error": mean(hits, [one.block_error for one in hits], seed),
        "block_within_2_percent": mean(hits, [_right(one) for one in hits], seed),
        "block_within_2_percent_published": mean(whole, [_right(one) for one in whole], seed),
    }


def _repaired(outcomes: Sequence[Outcome], seed: int) -> Table:
    """What undoing whole mosaics gains in dB, and how many clean photos are left as they are."""
    table: Table = {}
    for sample in SAMPLES:
        some = [one for one in outcomes if one.row == "restored" and one.condition == sample]
        table[f"gain_{sample}_db"] = mean(some, [one.gain for one in some], seed)
        over = [one.over_bicubic for one in some]
        table[f"gain_over_bicubic_{sample}_db"] = mean(some, over, seed)
    clean = [one for one in outcomes if one.row == "published" and not one.pixelated]
    table["clean_unchanged_rate"] = mean(clean, [float(not one.changed) for one in clean], seed)
    return table


def _right(one: Outcome) -> float:
    return float(one.block_error <= _RIGHT)


def _alarms(outcomes: Sequence[Outcome], method: str, seed: int) -> Metric | None:
    return rates(outcomes, method, seed).get("false_positive_rate")


def _named(table: Table, suffix: str) -> Table:
    return {f"{key}{suffix}": value for key, value in table.items()}


def _quality(one: Outcome) -> int:
    told = one.condition.removeprefix("jpeg").split("_")[0]
    return 100 if told == "none" else int(told)


def _outcomes(numbered: tuple[int, Path], seed: int) -> list[Outcome]:
    cv2.setNumThreads(1)
    number, path = numbered
    photo = Picture.open(path).full()
    told = [measured(str(path), trial) for trial in trials(photo, number, seed)]
    return [*told, *restored(str(path), photo, number, seed)]


def measured(source: str, trial: Trial) -> Outcome:
    """Hold what every method says of a trial against the truth."""
    said = list(_judged(trial.image))
    final = said[-1][1]
    simple = {"equal_neighbours": (_equal(trial.image), _EQUAL)}
    rival = pixelation_rival.network()
    if rival is not None:
        simple["canny_network"] = (pixelation_rival.probability(rival, trial.image), 0.5)
    iou, error = float("nan"), float("nan")
    if trial.mask is not None and trial.placed:
        found = locate(trial.image, final) if final.pixelated else []
        together = np.any([np.zeros_like(trial.mask), *(one.mask for one in found)], axis=0)
        iou = _overlap(together, trial.mask)
        grid = found[0].grid if found else None
        error = abs(grid.block - trial.block) / trial.block if grid else 1.0
    return Outcome(
        source,
        trial.row,
        trial.condition,
        trial.mask is not None,
        trial.weight,
        {name: each.probability for name, each in said}
        | {name: value for name, (value, _) in simple.items()},
        {name: each.pixelated for name, each in said}
        | {name: value >= least for name, (value, least) in simple.items()},
        iou,
        trial.block,
        error,
        trial.mask is None and final.probability >= policy.sure("pixelation"),
    )


def _judged(image: Pixels) -> Iterable[tuple[str, Judgement]]:
    """What trees and network say, and the cascade of both."""
    trees = judge(image, "trees")
    yield TREES, trees
    scores, last = fitted(), trees
    if NETWORK in weights.manifest():
        yield NETWORK, judge(image, "network")
        if scores.low <= trees.probability < scores.high:
            last = both(trees, image)
    yield CASCADE, last


def _equal(image: Pixels) -> float:
    """The smaller share of neighbours that are equal, across and down."""
    luma = np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    return float(min((luma[:, 1:] == luma[:, :-1]).mean(), (luma[1:] == luma[:-1]).mean()))


def _overlap(mask: NDArray[np.bool_], true: NDArray[np.bool_]) -> float:
    return float((mask & true).sum() / max(1, (mask | true).sum()))
