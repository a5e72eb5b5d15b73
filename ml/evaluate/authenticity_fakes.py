"""Fakes, edits and repairs of the same photographs, a row each: how well they are told from the
photographs that they were made of, and what is said of them.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from ml.authenticity.verdict import OUTCOMES
from ml.evaluate.authenticity import area, interval, photographs
from ml.evaluate.authenticity_makers import MAKERS
from ml.evaluate.report import Metric, Report
from ml.image import Picture
from ml.results import Authenticity
from ml.stages.authenticity import judge_authenticity
from ml.train.authenticity_edits import law
from ml.train.authenticity_sources import Pixels, trained_on
from ml.train.authenticity_splices import Random, write

_MOST = 120  # photographs of a row

Pair = tuple[Authenticity, Authenticity]
"""What is told of a photograph, and of what was made of it."""


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Measure on the photographs of lists or folders: whatever is made of one is as large and saved
    like itself. AUC: how often it is less likely a photograph than they are.

    Raises MLError where there are fewer than four photographs, WeightsError without MI-GAN.
    """
    cv2.setNumThreads(1)
    paths, photos = photographs(places)
    order = np.random.default_rng(seed).permutation(len(photos))
    plain = dict[int, Authenticity]()
    report = Report("authenticity-fakes", len(paths), sum(map(trained_on, paths)), {})
    with TemporaryDirectory() as folder:
        scratch = Path(folder) / "a.jpg"
        for name, maker in MAKERS.items():
            pairs = list[Pair]()
            for i in map(int, order):
                made = maker(photos[i], np.random.default_rng((seed, i)))
                if made is None:
                    continue
                if i not in plain:
                    plain[i] = _told(scratch, photos[i], np.random.default_rng((seed, i, 1)))
                saved = _told(scratch, made, np.random.default_rng((seed, i, 1)))
                pairs.append((plain[i], saved))
                if len(pairs) == _MOST:
                    break
            report.metrics |= {f"{name}_{key}": each for key, each in _row(pairs, seed).items()}
    return report


def _row(pairs: list[Pair], seed: int) -> dict[str, Metric | None]:
    """Figures of what was made; `person_auc` is of the largest person, judged alone."""
    persons = [
        (plain.people[0].verdict, made.people[0].verdict)
        for plain, made in pairs
        if plain.people and made.people
    ]
    found = {"auc": _auc(pairs, seed), "person_auc": _auc(persons, seed)}
    for outcome in OUTCOMES:
        found[f"told_{outcome}"] = _share([made.outcome == outcome for _, made in pairs], seed)
    return found


def _share(told: list[bool], seed: int) -> Metric | None:
    values = np.array(told, float)
    return interval(len(values), lambda rows: float(values[rows].mean()), seed)


def _auc(pairs: list[Pair], seed: int) -> Metric | None:
    doubts = np.array([[1 - each.probabilities["photograph"] for each in pair] for pair in pairs])
    true = np.repeat([True, False], len(pairs))
    return interval(
        len(pairs),
        lambda rows: area(true, np.concatenate([doubts[rows, 1], doubts[rows, 0]])),
        seed,
    )


def _told(scratch: Path, shown: Pixels, rng: Random) -> Authenticity:
    """The verdict on a picture that is saved under the law of all."""
    quality, fine = law(rng)
    write(scratch, shown, quality, fine=fine)
    return judge_authenticity(Picture.open(scratch))
