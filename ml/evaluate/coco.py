"""COCO's mean average precision (Lin et al., 2014), with a bootstrap over photos."""

import contextlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.errors import MLError
from ml.evaluate.report import Metric
from ml.results import Tag

_REPLICATES = 200
_MAX_DETECTIONS = 100


@dataclass(frozen=True, slots=True)
class Photos:
    """The annotated photos of a folder DIR/images with DIR/instances.json that are really there."""

    annotations: Any  # pycocotools.coco.COCO
    paths: dict[int, Path]
    category_ids: dict[str, int]

    @classmethod
    def load(cls, folder: Path) -> "Photos":
        """Read the annotations; raises MLError when they or the photos are missing or malformed."""
        try:
            from pycocotools.coco import COCO
        except ImportError as error:
            raise MLError("evaluating tags needs requirements-dev.txt (pycocotools)") from error
        file = folder / "instances.json"
        try:
            with contextlib.redirect_stdout(sys.stderr):  # it reports on stdout, which is for JSON
                annotations = COCO(str(file))
            images = annotations.loadImgs(annotations.getImgIds())
            paths = {image["id"]: folder / "images" / image["file_name"] for image in images}
            categories = annotations.loadCats(annotations.getCatIds())
        except (OSError, json.JSONDecodeError, KeyError, AssertionError) as error:
            raise MLError(f"{file} cannot be read as COCO annotations: {error}") from error
        present = {number: path for number, path in paths.items() if path.is_file()}
        if not present:
            raise MLError(f"none of the {len(paths)} annotated photos is in {folder / 'images'}")
        return cls(annotations, present, {entry["name"]: entry["id"] for entry in categories})


def records(photos: Photos, found: dict[int, tuple[Tag, ...]]) -> list[dict[str, Any]]:
    """Return tags by image id as COCO result records; names without a category are left out."""
    return [
        {
            "image_id": image,
            "category_id": photos.category_ids[tag.name],
            "bbox": list(tag.box),
            "score": tag.confidence,
        }
        for image, tags in found.items()
        for tag in tags
        if tag.name in photos.category_ids
    ]


def mean_average_precision(photos: Photos, results: list[dict[str, Any]], seed: int = 0) -> Metric:
    """Return mAP at IoU .50:.95, all areas, with a 95 % interval by resampling photos.

    Categories without an annotation in the photos do not count, as in COCO's own evaluation.
    """
    from pycocotools.cocoeval import COCOeval

    if not results:
        return Metric(0.0, 0.0, 0.0, len(photos.paths))
    with contextlib.redirect_stdout(sys.stderr):
        evaluation = COCOeval(photos.annotations, photos.annotations.loadRes(results), "bbox")
        evaluation.params.imgIds = sorted(photos.paths)
        evaluation.params.areaRng = evaluation.params.areaRng[:1]
        evaluation.params.areaRngLbl = evaluation.params.areaRngLbl[:1]
        evaluation.params.maxDets = [_MAX_DETECTIONS]
        evaluation.evaluate()
        value = _accumulate(evaluation)
        replicates = _bootstrap(evaluation, seed)
    low, high = np.percentile(replicates, [2.5, 97.5])
    return Metric(value, float(low), float(high), len(photos.paths))


def _accumulate(evaluation: Any) -> float:
    evaluation.accumulate()
    precision = evaluation.eval["precision"]
    return float(precision[precision > -1].mean())


def _bootstrap(evaluation: Any, seed: int) -> NDArray[np.float64]:
    """Draw photos with replacement and put their matches together anew; no matching is repeated."""
    count = len(evaluation.params.imgIds)
    by_category = np.array(evaluation.evalImgs, dtype=object).reshape(-1, count)
    ids = list(range(count))  # a photo drawn twice counts as two
    evaluation.params.imgIds = evaluation._paramsEval.imgIds = ids
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(_REPLICATES):
        drawn = rng.integers(0, count, count)
        evaluation.evalImgs = by_category[:, drawn].ravel().tolist()
        values.append(_accumulate(evaluation))
    return np.array(values)
