"""What tags are worth, by hand."""

from pathlib import Path
from typing import Any

import pytest

from ml import tagging
from ml.evaluate import confidence
from ml.evaluate.coco import Photos
from ml.results import Tag

BOX = (0.0, 0.0, 10.0, 10.0)


class Annotations:
    """Photo 1 has a person (1) and a cup (2), photo 2 has nothing."""

    def getAnnIds(self, imgIds: list[int]) -> list[int]:  # noqa: N802, N803 - pycocotools' names
        return [10, 11] if imgIds == [1] else []

    def loadAnns(self, ids: list[int]) -> list[dict[str, Any]]:  # noqa: N802 - pycocotools' name
        return [{"category_id": number - 9} for number in ids]


@pytest.fixture
def photos() -> Photos:
    paths = {1: Path("one.jpg"), 2: Path("two.jpg")}
    return Photos(Annotations(), paths, {"person": 1, "cup": 2})


def test_only_the_best_detection_of_a_class_counts_for_its_photo(photos: Photos) -> None:
    found = {
        1: (Tag("person", 0.4, BOX), Tag("person", 0.9, BOX), Tag("cup", 0.1, BOX)),
        2: (Tag("person", 0.3, BOX), Tag("kite", 0.9, BOX)),
    }
    answers = confidence.collect(photos, found)
    assert answers.raw.tolist() == [0.9, 0.3]
    assert answers.right.tolist() == [True, False]
    assert answers.calibrated[0] == tagging.calibrate("person", 0.9)
    figures = confidence.metrics(photos, found, seed=0)
    assert figures["tags_precision"] is not None
    assert figures["tags_precision"].value == 0.5
    assert figures["tags_ece_raw"] is not None
    assert figures["tags_ece_raw"].value == pytest.approx((0.1 + 0.3) / 2)


def test_no_tags_give_no_figures(photos: Photos) -> None:
    assert set(confidence.metrics(photos, {1: (), 2: ()}, seed=0).values()) == {None}
