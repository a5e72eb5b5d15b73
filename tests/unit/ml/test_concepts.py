"""Laws of the heads that own tags are learned by."""

import numpy as np
import pytest

from ml.concepts import SAMPLE, Background, Head, calibration, fit, line
from ml.train import concepts as labelled
from ml.train.labels import read

WIDTH = 32


def library(count: int = 800, bearing: int = 40, seed: int = 0) -> np.ndarray:
    """Embeddings of length 1, correlated as photos' are, the first of which bear a concept."""
    rng = np.random.default_rng(seed)
    common = rng.normal(0, 1, (count, 4)) @ rng.normal(0, 1.5, (4, WIDTH))
    found = common + rng.normal(0, 1, (count, WIDTH))
    found[:bearing, 5:8] += 4
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return library()


def test_the_head_ranks_what_resembles_the_examples_first(vectors: np.ndarray) -> None:
    head = fit(Background.of(vectors), vectors[:10], vectors[-10:])
    order = np.argsort(-head.probabilities(vectors[10:-10]))
    assert np.mean(order[:20] < 30) >= 0.9


def test_the_library_tells_what_is_common(vectors: np.ndarray) -> None:
    """Decorrelated by the library, the head beats the mean of the examples alone."""
    head = fit(Background.of(vectors), vectors[:5], vectors[-5:])
    learned = np.argsort(-head.probabilities(vectors[5:-5]))[:20] < 35
    plain = np.argsort(-(vectors[5:-5] @ vectors[:5].mean(0)))[:20] < 35
    assert learned.mean() > plain.mean() + 0.2


def test_probabilities_rise_with_the_score_and_stay_within_0_and_1(vectors: np.ndarray) -> None:
    background = Background.of(vectors)
    for count in (1, 2, 10, 40):
        head = fit(background, vectors[:count], vectors[-3:])
        found = line(background, vectors[:count], vectors[-3:])
        sure = head.probabilities(vectors)
        assert sure.shape == (len(vectors),)
        assert (sure > 0).all()
        assert (sure < 1).all()
        ranked = np.argsort(vectors @ found.direction)
        assert (np.diff(sure[ranked]) >= -1e-6).all()


def test_one_yes_alone_is_enough_and_certain_of_little(vectors: np.ndarray) -> None:
    none = np.empty((0, WIDTH), np.float32)
    background = Background.of(vectors)
    one = fit(background, vectors[:1], none).probabilities(vectors[1:])
    many = fit(background, vectors[:30], vectors[-30:]).probabilities(vectors[30:-30])
    assert np.isfinite(one).all()
    assert one.sum() < 200
    assert many.max() > 0.5


def test_a_no_takes_away(vectors: np.ndarray) -> None:
    background, none = Background.of(vectors), np.empty((0, WIDTH), np.float32)
    without = line(background, vectors[:5], none)
    refused = line(background, vectors[:5], vectors[20:21])

    def score(found: object) -> float:
        return float((vectors[20] - background.mean) @ found.direction / found.spread)  # type: ignore[attr-defined]

    assert score(refused) < score(without)


def test_stored_heads_say_the_same(vectors: np.ndarray) -> None:
    head = fit(Background.of(vectors), vectors[:10], vectors[-10:])
    again = Head.from_bytes(head.to_bytes())
    np.testing.assert_array_equal(again.probabilities(vectors), head.probabilities(vectors))
    half = vectors.astype(np.float16)
    np.testing.assert_allclose(head.probabilities(half), head.probabilities(vectors), atol=0.02)


def test_inputs_stay_as_they_are(vectors: np.ndarray) -> None:
    before = vectors.copy()
    fit(Background.of(vectors), vectors[:4], vectors[-4:]).probabilities(vectors)
    np.testing.assert_array_equal(vectors, before)


def test_libraries_too_small_are_refused_in_words(vectors: np.ndarray) -> None:
    with pytest.raises(ValueError, match="two photos"):
        Background.of(vectors[:1])
    with pytest.raises(ValueError, match="yes example"):
        line(Background.of(vectors), vectors[:0], vectors[:3])
    same = np.repeat(vectors[:1], 5, axis=0)
    assert np.isfinite(fit(Background.of(same), same[:2], same[2:]).probabilities(same)).all()


def test_the_calibration_is_for_this_code() -> None:
    assert len(calibration().terms) == 6
    assert SAMPLE >= 2 * 1280


def test_the_labels_hold_ten_concepts_of_25_photos_and_more() -> None:
    photos = read(labelled.LABELS)
    assert len({photo.path for photo in photos}) == len(photos)
    counts = {name: sum(name in p.labels for p in photos) for name in labelled.NAMES}
    assert len(counts) == 10
    assert min(counts.values()) >= 25
    assert {label for p in photos for label in p.labels} == set(labelled.NAMES)
