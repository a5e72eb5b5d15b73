"""Whether the map of authenticity shows what the score goes by: what it points to is blurred away
(deletion) or is all that is left sharp (insertion), beside the same places moved by chance, which
are as many and as scattered: rims of a blur count by themselves.

Petsiuk et al., RISE (BMVC 2018).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml.authenticity.frozen import features
from ml.authenticity.head import head
from ml.authenticity.patches import VIEW, prepared
from ml.errors import MLError
from ml.evaluate.authenticity import interval, listed
from ml.evaluate.report import Metric, Report
from ml.image import Picture
from ml.train.authenticity_sources import trained_on

_SHARE = 0.2  # of the places
_BLUR, _RIM = 12.0, 6.0  # px
_MOST = 40  # pictures of a class
Places = NDArray[np.bool_]
Pixels = NDArray[np.uint8]


def evaluate(places: Sequence[Path], seed: int = 0) -> Report:
    """Differences of the head's score, in its own units: above 0, the map beats the places moved.

    Raises MLError where there is no picture.
    """
    cv2.setNumThreads(1)
    rng = np.random.default_rng(seed)
    chosen = _drawn(listed(places), rng)
    if not chosen:
        raise MLError("nothing to measure: DIR/{real,generated,edited}/COLLECTION, or a .tsv list")
    rows = [_row(prepared(Picture.open(path).view(VIEW)), rng) for path in chosen]
    values = np.array(rows)
    report = Report("authenticity-maps", len(rows), sum(trained_on(path) for path in chosen), {})
    names = ("deletion_gain", "insertion_gain")
    report.metrics = {
        name: _mean(values[:, i] - values[:, i + 2], seed) for i, name in enumerate(names)
    }
    report.baselines = {
        "moved_places": {
            name: _mean(values[:, i + 2], seed) for i, name in enumerate(("deletion", "insertion"))
        }
    }
    return report


def _drawn(found: list[tuple[Path, str, str]], rng: np.random.Generator) -> list[Path]:
    chosen = list[Path]()
    for kind in sorted({kind for _, kind, _ in found}):
        paths = [path for path, other, _ in found if other == kind]
        chosen += [paths[i] for i in rng.permutation(len(paths))[:_MOST]]
    return chosen


def _row(picture: Pixels, rng: np.random.Generator) -> tuple[float, float, float, float]:
    """How far the score falls when places are blurred, and rises when they alone are sharp: of the
    places that the map points to, then of the same places moved.
    """
    judged_by, seen = head(), features(picture)
    spoken = judged_by.places(seen)
    count = max(1, round(_SHARE * spoken.size))
    pointed = np.zeros(spoken.shape, bool)
    pointed.flat[np.argsort(spoken.ravel())[-count:]] = True
    moved = np.roll(pointed, tuple(rng.integers(side // 4, side) for side in spoken.shape), (0, 1))
    soft = np.asarray(cv2.GaussianBlur(picture, (0, 0), _BLUR), np.uint8)
    start, least = _score(picture), _score(soft)
    mixed = [_mixed(picture, soft, each) for each in (pointed, moved)]
    falls = [start - _score(blurred) for blurred, _ in mixed]
    rises = [_score(sharp) - least for _, sharp in mixed]
    return falls[0], rises[0], falls[1], rises[1]


def _mixed(picture: Pixels, soft: Pixels, places: Places) -> tuple[Pixels, Pixels]:
    """The picture blurred in some places, and blurred everywhere else."""
    size = picture.shape[1], picture.shape[0]
    mask: NDArray[Any] = cv2.resize(
        places.astype(np.float32), size, interpolation=cv2.INTER_NEAREST
    )
    mask = cv2.GaussianBlur(mask, (0, 0), _RIM)[..., None]  # no rim that would be a trace itself
    both = soft * mask + picture * (1 - mask), picture * mask + soft * (1 - mask)
    blurred, sharp = (np.rint(each).astype(np.uint8) for each in both)
    return blurred, sharp


def _score(picture: Pixels) -> float:
    judged_by = head()
    return sum(judged_by.speaks(features(picture).parts).values()) + judged_by.base


def _mean(values: NDArray[np.float64], seed: int) -> Metric | None:
    return interval(len(values), lambda rows: float(values[rows].mean()), seed)
