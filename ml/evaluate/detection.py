"""Finding faces: recall and precision on group photos labelled by looking and on collages."""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from ml.errors import ImageError, MLError
from ml.evaluate.face_collage import FACES, PORTRAIT_SIDE, collage
from ml.evaluate.face_tree import read
from ml.evaluate.labelled_faces import Boxes, LabelledPhoto, labelled
from ml.evaluate.report import Metric, Report
from ml.faces.detect import best, detect_at
from ml.faces.find import find
from ml.faces.second_look import overlap
from ml.image import Picture
from ml.stages.table import VIEW_SIDE

MIN_IOU = 0.5
_APART_IOU = 0.3
_COLLAGES = 24
_RESAMPLES = 1000
_BANDS_PX = ((12, 16), (16, 24), (24, 48), (48, 1000))
# OpenCV's own wrapper of the network: one look at full size, this score, this overlap.
_OPENCV_SCORE = 0.9

Finder = Callable[[Picture], Boxes]


def ours(picture: Picture) -> Boxes:
    """Return the boxes that the app finds, best first, as x1, y1, x2, y2 (N, 4)."""
    found = [face.corners for face in find(picture, VIEW_SIDE)]
    return np.array(found, np.float64).reshape(-1, 4)


def plain(picture: Picture) -> Boxes:
    """Return what the network finds by itself, as OpenCV runs it."""
    view = picture.full()
    seen = detect_at(view, max(picture.size), _OPENCV_SCORE)
    found = [face.corners for face in best(view, *seen)]
    return np.array(found, np.float64).reshape(-1, 4)


@dataclass
class Tally:
    """What was found in each photo: faces wanted and found, detections counted and wrong."""

    wanted: list[int] = field(default_factory=list)
    found: list[int] = field(default_factory=list)
    false: list[int] = field(default_factory=list)
    tiny: list[int] = field(default_factory=list)
    tiny_found: list[int] = field(default_factory=list)
    widths: list[tuple[float, bool]] = field(default_factory=list)

    def add(self, photo: LabelledPhoto, boxes: Boxes) -> None:
        """Match detections, best first, with the faces of a photo, and count."""
        hits, used = matches(photo.faces, boxes)
        tiny, used_by_tiny = matches(photo.tiny, boxes[~used])
        rest = boxes[~used][~used_by_tiny]
        excused = [near(box, photo.apart) or near(box, photo.tiny) for box in rest]
        self.wanted.append(len(photo.faces))
        self.found.append(int(hits.sum()))
        self.false.append(len(rest) - sum(excused))
        self.tiny.append(len(photo.tiny))
        self.tiny_found.append(int(tiny.sum()))
        widths = photo.faces[:, 2] - photo.faces[:, 0]
        self.widths += zip(widths.tolist(), hits.tolist(), strict=True)


def matches(faces: Boxes, boxes: Boxes) -> tuple[np.ndarray, np.ndarray]:
    """Return which faces (N,) were found and which boxes (M,) found one, each at most once."""
    hits, used = np.zeros(len(faces), np.bool_), np.zeros(len(boxes), np.bool_)
    for number, box in enumerate(boxes):
        alike = np.where(hits, 0, overlap(box, faces)) if len(faces) else np.zeros(1)
        if alike.max() >= MIN_IOU:
            hits[alike.argmax()] = used[number] = True
    return hits, used


def near(box: Boxes, others: Boxes) -> bool:
    """Tell whether a box (4,) lies on one of those that are counted apart (N, 4)."""
    return bool(len(others) and overlap(box, others).max() >= _APART_IOU)


def evaluate(folders: Sequence[Path], seed: int = 0) -> Report:
    """Measure on the labelled photos below these folders and on collages of the portraits of 250 ×
    250 pixels there. Raises MLError where there are neither.
    """
    paths = read(folders).paths
    photos, portraits = labelled(paths), [path for path in paths if _is_portrait(path)]
    if not photos and len(portraits) < FACES:
        raise MLError(
            f"these folders have none of the photos whose faces are labelled and {len(portraits)} "
            f"portraits of {PORTRAIT_SIDE} × {PORTRAIT_SIDE} pixels; {FACES} make a collage"
        )
    report = Report("detection", 0, 0, {}, {"yunet_alone": {}})
    _add(report, "", photos, seed)
    if len(portraits) >= FACES:
        with tempfile.TemporaryDirectory() as folder:
            _add(report, "collage_", _collages(portraits, seed, Path(folder)), seed)
    return report


def _is_portrait(path: Path) -> bool:
    try:
        return Picture.open(path).size == (PORTRAIT_SIDE, PORTRAIT_SIDE)
    except ImageError:
        return False


def _collages(portraits: Sequence[Path], seed: int, folder: Path) -> Iterator[LabelledPhoto]:
    rng = np.random.default_rng(seed)
    for number in range(_COLLAGES):
        chosen = [portraits[i] for i in rng.permutation(len(portraits))[:FACES]]
        yield collage(chosen, number, rng, folder / f"{number}.jpg")


def _add(
    report: Report,
    prefix: str,
    photos: Sequence[LabelledPhoto] | Iterator[LabelledPhoto],
    seed: int,
) -> None:
    """Add recall and precision of ours, and of the network alone as a baseline."""
    tally, alone = Tally(), Tally()
    for photo in photos:
        picture = Picture.open(photo.path)
        tally.add(photo, ours(picture))
        alone.add(photo, plain(picture))
        sys.stderr.write(
            f"{photo.path.name}: {tally.found[-1]} of {tally.wanted[-1]} faces, "
            f"{tally.false[-1]} false\n"
        )
    if not tally.wanted:
        return
    report.n += len(tally.wanted)
    report.metrics |= {prefix + key: value for key, value in figures(tally, seed).items()}
    report.baselines["yunet_alone"] |= {
        prefix + key: asdict(value) for key, value in figures(alone, seed).items()
    }


def figures(tally: Tally, seed: int) -> dict[str, Metric]:
    """Return recall and precision with intervals over photos drawn anew, and recall by width."""
    wanted, found, false = (
        np.array(column, float) for column in (tally.wanted, tally.found, tally.false)
    )
    draws = np.random.default_rng(seed).integers(len(wanted), size=(_RESAMPLES, len(wanted)))
    result = {
        "recall": _share(found, wanted, draws),
        "precision": _share(found, found + false, draws),
    }
    if sum(tally.tiny):
        counts = np.array(tally.tiny_found, float), np.array(tally.tiny, float)
        result["tiny_recall"] = _share(*counts, draws)
    for low, high in _BANDS_PX:
        hits = np.array([hit for width, hit in tally.widths if low <= width < high], float)
        if len(hits):
            again = np.random.default_rng(seed).integers(len(hits), size=(_RESAMPLES, len(hits)))
            name = f"recall_from_{low}px"
            result[name] = _share(hits, np.ones(len(hits)), again)
    return result


def _share(part: np.ndarray, whole: np.ndarray, draws: np.ndarray) -> Metric:
    """Return the share of a part in the whole, summed over photos; n is the whole."""
    totals = whole[draws].sum(axis=1)
    shares = part[draws].sum(axis=1)[totals > 0] / totals[totals > 0]
    low, high = np.percentile(shares, [2.5, 97.5]) if len(shares) else (0.0, 1.0)
    value = float(part.sum() / whole.sum()) if whole.sum() else 0.0
    return Metric(value, float(low), float(high), int(whole.sum()))
