"""Telling people apart and stacking faces, on vectors made by hand."""

import numpy as np
import pytest

from ml.people.calibration import Calibration, features
from ml.people.classifier import PeopleClassifier
from ml.people.stacks import by_size, grown, stacks
from ml.people.whitening import Whitening, shipped_whitening, unit

SIZE = 128
PLAIN = Whitening.fit(np.eye(SIZE), np.zeros(SIZE))
CALIBRATION = Calibration((20.0, 0.0, 0.0, 0.0, 0.0), -10.0)


def crowd(people: int, each: int, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(SIZE, SIZE)))
    who = np.repeat(np.arange(people), each)
    return unit(axes.T[who] + rng.normal(0, noise, (len(who), SIZE))), who


def fit(vectors: np.ndarray, who: np.ndarray, **more: object) -> PeopleClassifier:
    return PeopleClassifier.fit(
        vectors,
        who,
        whitening=PLAIN,
        calibration=CALIBRATION,
        **more,  # type: ignore[arg-type]
    )


def test_people_are_named_by_their_ids_and_strangers_are_unlikely():
    vectors, who = crowd(5, 6, 0.03)
    ids = who * 10 + 7
    taught = np.arange(len(who)) % 6 < 2
    model = fit(vectors[taught & (who < 4)], ids[taught & (who < 4)])
    guess = model.guess(vectors, np.ones(len(vectors)))
    assert (guess.person[who < 4] == ids[who < 4]).all()
    assert guess.probability[who < 4].min() > 0.9
    assert guess.probability[who == 4].max() < 0.1
    assert (model.labels == 2).all()


def test_who_a_face_is_not_is_never_guessed():
    vectors, who = crowd(3, 4, 0.03)
    model = fit(vectors, who)
    barred = [{int(person)} for person in who]
    guess = model.guess(vectors, np.ones(len(vectors)), barred)
    assert (guess.person != who).all()
    assert guess.probability.max() < 0.1


def test_a_poor_face_teaches_only_where_there_is_no_better():
    vectors, _who = crowd(2, 2, 0.0)
    wrong = np.stack([vectors[0], vectors[2]])  # the second is of the other person, and poor
    with_better = fit(wrong, np.array([0, 0]), quality=np.array([0.9, 0.1]))
    alone = fit(wrong[1:], np.array([0]), quality=np.array([0.1]))
    assert with_better.of(vectors[:1], 0)[0] == pytest.approx(1, abs=1e-5)
    assert alone.of(vectors[2:3], 0)[0] == pytest.approx(1, abs=1e-5)
    with pytest.raises(KeyError):
        alone.of(vectors, 5)


def test_no_faces_and_one_person_are_no_trouble():
    vectors, who = crowd(1, 3, 0.0)
    model = fit(vectors, who)
    assert len(model.guess(vectors[:0], np.zeros(0)).person) == 0
    assert model.guess(vectors, np.ones(3)).margin.min() > 0.9


def test_whitening_weighs_down_what_varies_within_people():
    within = np.diag(np.r_[np.full(4, 25.0), np.ones(SIZE - 4)])
    whitening = Whitening.fit(within, np.zeros(SIZE), shrinkage=0.1)
    loud, quiet = whitening.apply(np.eye(SIZE)), np.eye(SIZE) @ whitening.matrix
    assert np.allclose(np.linalg.norm(loud, axis=1), 1, atol=1e-5)
    assert np.linalg.norm(quiet[0]) < 0.3 * np.linalg.norm(quiet[-1])


def test_the_shipped_statistics_are_of_nobody():
    """A covariance and a mean of many; no row is a direction of length 1, as an embedding is."""
    shipped = shipped_whitening()
    assert shipped.matrix.shape == (SIZE, SIZE)
    assert np.allclose(shipped.matrix, shipped.matrix.T, atol=1e-4)
    assert np.linalg.norm(shipped.mean) < 0.6


def test_a_fitted_probability_is_the_share_that_is_right():
    rng = np.random.default_rng(0)
    score = rng.uniform(0, 1, 20_000)
    right = rng.random(20_000) < 1 / (1 + np.exp(-(12 * score - 6)))
    plain = np.ones(20_000)
    fitted = Calibration.fit(features(score, score, plain.astype(int), plain), right)
    told = fitted.probability(score, score, plain.astype(int), plain)
    for low in np.arange(0, 1, 0.1):
        among = (told >= low) & (told < low + 0.1)
        assert abs(told[among].mean() - right[among].mean()) < 0.05


@pytest.mark.parametrize("seed", [0, 1])
def test_stacks_are_the_people_the_largest_first(seed: int):
    vectors, who = crowd(60, 30, 0.06, seed)
    extra, _ = crowd(1, 17, 0.05, seed)
    labels = stacks(np.concatenate([vectors, extra]))
    assert (labels[:30] == 0).all()
    assert (labels[len(vectors) :] == 0).all(), "the extra faces are the first person's"
    assert len(set(labels.tolist())) == 60
    for person in range(60):
        assert len(set(labels[:-17][who == person].tolist())) == 1


def test_faces_like_no_other_stay_alone():
    assert sorted(stacks(np.eye(40, SIZE, dtype=np.float32)).tolist()) == list(range(40))
    assert stacks(np.zeros((0, SIZE), np.float32)).tolist() == []


def test_fresh_faces_join_the_stacks_that_stand():
    vectors, who = crowd(4, 20, 0.05)
    old = who < 3
    labels = stacks(vectors[old][::2])
    more = grown(vectors[old][::2], labels, np.concatenate([vectors[old][1::2], vectors[~old]]))
    assert (more[: len(labels)] == labels).all()
    assert set(more[len(labels) :].tolist()) == {3}


def test_stacks_are_numbered_by_size():
    assert by_size(np.array([7, 7, 3, 9, 9, 9])).tolist() == [1, 1, 2, 0, 0, 0]
