"""People who change over the years are recognised by labels of about the time of the photo."""

import numpy as np
import pytest

from ml.people.ages import SPAN, Stretches
from ml.people.classifier import PeopleClassifier
from ml.people.whitening import unit

YEARS = 12
Faces = tuple[np.ndarray, np.ndarray]


def growing(rng: np.random.Generator, count: int, turn: float) -> Faces:
    """Faces (n, 128) of somebody whose looks turn by `turn` radians in twelve years; months."""
    start, end = np.linalg.qr(rng.normal(size=(128, 2)))[0].T
    months = np.sort(rng.integers(0, YEARS * 12, count)).astype(float)
    angle = turn * months / (YEARS * 12)
    looks = np.outer(np.cos(angle), start) + np.outer(np.sin(angle), end)
    return unit(looks + rng.normal(0, 0.06, (count, 128))), months


@pytest.fixture
def people() -> tuple[PeopleClassifier, list[Faces]]:
    """Ten people who grow up, every fourth photo a label, and the photos that are tried."""
    rng = np.random.default_rng(7)
    every = [growing(rng, 80, 1.9) for _ in range(10)]
    labels = [(vectors[::4], months[::4]) for vectors, months in every]
    number = np.repeat(np.arange(1, 11), 20)
    model = PeopleClassifier.fit(
        np.concatenate([v for v, _ in labels]),
        number,
        months=np.concatenate([m for _, m in labels]),
    )
    return model, [(vectors[2::4], months[2::4]) for vectors, months in every]


def test_a_grown_child_is_nearer_to_labels_of_its_time(
    people: tuple[PeopleClassifier, list[Faces]],
) -> None:
    model, tried = people
    plain = np.concatenate([model.scores(v)[:, i] for i, (v, _) in enumerate(tried)])
    aware = np.concatenate([model.scores(v, m)[:, i] for i, (v, m) in enumerate(tried)])
    assert (aware >= plain - 1e-6).all()
    assert np.percentile(aware, 5) > np.percentile(plain, 5) + 0.1


def test_without_a_date_the_mean_of_all_counts(
    people: tuple[PeopleClassifier, list[Faces]],
) -> None:
    model, [(vectors, months), *_] = people
    nowhere = np.full(len(vectors), np.nan)
    assert np.array_equal(model.scores(vectors, nowhere), model.scores(vectors))
    far = months + 12 * 40
    assert np.array_equal(model.scores(vectors, far), model.scores(vectors))


def test_labels_of_a_few_years_are_taken_together() -> None:
    rng = np.random.default_rng(1)
    vectors, months = growing(rng, 20, 1.9)
    close = months * (SPAN - 1) / (YEARS * 12)
    assert not len(Stretches.of(vectors, np.ones(20, np.int64), close).people)
    assert not len(Stretches.of(vectors, np.ones(20, np.int64), np.full(20, np.nan)).people)
    assert len(Stretches.of(vectors, np.ones(20, np.int64), months).people) >= 3
