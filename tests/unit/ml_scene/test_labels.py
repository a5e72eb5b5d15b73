"""The labels are well formed, and no photo stands on both sides of the split."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from ml.image import Picture
from ml.scene import NAMES
from ml.train import labels

SIDE = 128  # px; the hash sees 9 by 8 cells, so a small view does


@pytest.mark.parametrize("path", [labels.TRAINING, labels.EVALUATION], ids=lambda path: path.name)
def test_labels_are_known_categories_in_order(path: Path) -> None:
    photos = labels.read(path)
    assert [photo.path for photo in photos] == sorted({photo.path for photo in photos})
    assert all(photo.labels <= set(NAMES) for photo in photos)


def test_evaluation_has_enough_photos_and_every_category() -> None:
    photos = labels.read(labels.EVALUATION)
    assert len(photos) >= 300
    assert labels.targets(photos, NAMES).sum(0).min() >= 1


def test_no_path_is_on_both_sides() -> None:
    training, evaluation = labels.read(labels.TRAINING), labels.read(labels.EVALUATION)
    assert not {photo.path for photo in training} & {photo.path for photo in evaluation}


@pytest.mark.shared
def test_no_near_copy_and_no_origin_is_on_both_sides(shared: Path) -> None:
    training = [photo.path for photo in labels.read(labels.TRAINING)]
    evaluation = [photo.path for photo in labels.read(labels.EVALUATION)]
    named = labels.origins(shared / "INDEX.tsv")
    assert not {named.get(path, path) for path in training} & {
        named.get(path, path) for path in evaluation
    }
    hashes = {
        path: labels.dhash(Picture.open(shared / path).view(SIDE)) for path in training + evaluation
    }
    near = labels.near_pairs([hashes[p] for p in training], [hashes[p] for p in evaluation])
    assert [(training[i], evaluation[j]) for i, j in near] == []


def test_judged_detections_are_on_no_evaluation_photo() -> None:
    from ml.train.tag_calibration import JUDGEMENTS, Judgements

    held = {photo.path for photo in labels.read(labels.EVALUATION)}
    assert not held & set(Judgements.read(JUDGEMENTS).photos)


def test_hash_survives_resizing_and_recompression_but_tells_photos_apart() -> None:
    rng = np.random.default_rng(3)
    rough = rng.integers(0, 255, (12, 16, 3), dtype=np.uint8)
    photo = cv2.resize(rough, (640, 480), interpolation=cv2.INTER_CUBIC)
    small = cv2.resize(photo, (200, 150), interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 60])
    copy = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
    other = np.ascontiguousarray(photo[:, ::-1])
    hashes = [labels.dhash(image) for image in (photo, copy, other)]
    assert labels.near_pairs(hashes[:1], hashes[1:]) == [(0, 0)]
