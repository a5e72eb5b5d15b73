"""Objects against COCO annotations: our path, and ultralytics' own run of the same weights."""

import json
import sys
from pathlib import Path

from ml.evaluate import categories, confidence, full_environment
from ml.evaluate.coco import Photos, mean_average_precision, records
from ml.evaluate.report import Metric, Report
from ml.image import Picture
from ml.results import Tag
from ml.stages import yolo_weights
from ml.stages.tags import SIDE, find_tags

_MIN_CONFIDENCE = 0.001  # the whole curve counts for average precision, not only what is shown
_REFERENCE_TIMEOUT_S = 1800


def evaluate(folder: Path, seed: int = 0) -> Report:
    """Measure tags on DIR/images with DIR/instances.json.

    Raises MLError without annotations or pycocotools, ImageError for a photo that cannot be read.
    """
    photos = Photos.load(folder)
    found = _ours(photos)
    metrics: dict[str, Metric | None] = {
        "map": mean_average_precision(photos, records(photos, found), seed),
        "reference_map": None,
        "categories_macro_f1": None,
        **confidence.metrics(photos, found, seed),
    }
    report = Report("tags", len(photos.paths), 0, metrics)
    reference = _reference(photos)
    if reference is not None:
        metrics["reference_map"] = mean_average_precision(photos, records(photos, reference), seed)
    _add_categories(report, folder, seed)
    return report


def _add_categories(report: Report, folder: Path, seed: int) -> None:
    """Add the figures of the categories, whose labelled photos lie in a folder above this one."""
    above = folder.resolve().parents
    root = next((parent for parent in above if categories.available(parent) is None), None)
    if root is None:
        sys.stderr.write("categories_macro_f1 is null: the labelled photos are not here\n")
        return
    found = categories.evaluate(root, seed)
    report.metrics |= {f"categories_{name}": metric for name, metric in found.metrics.items()}
    report.baselines |= {f"categories_{name}": value for name, value in found.baselines.items()}


def _ours(photos: Photos) -> dict[int, tuple[Tag, ...]]:
    found = {}
    for number, path in photos.paths.items():
        picture = Picture.open(path)
        found[number] = find_tags(picture.view(SIDE), picture.size, _MIN_CONFIDENCE)
    return found


def _reference(photos: Photos) -> dict[int, tuple[Tag, ...]] | None:
    """Run ultralytics on the same weights and photos; None where it is not installed."""
    program = full_environment.python("ultralytics")
    if program is None:
        sys.stderr.write("reference_map is null: ultralytics is not installed\n")
        return None
    lines = "\n".join(str(path.resolve()) for path in photos.paths.values())
    arguments = (str(yolo_weights.locate().resolve()), str(_MIN_CONFIDENCE))
    answer = full_environment.run(
        program,
        "ml.evaluate.reference_yolo",
        *arguments,
        stdin=lines,
        timeout_s=_REFERENCE_TIMEOUT_S,
    )
    return {
        number: tuple(Tag(name, score, tuple(box)) for name, score, box in tags)
        for number, tags in zip(photos.paths, json.loads(answer), strict=True)
    }
