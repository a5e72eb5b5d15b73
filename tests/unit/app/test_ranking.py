"""Learning person by person ranks as learning everybody anew does."""

import numpy as np
import pytest

from app.services.people.gallery import Known
from app.services.people.ranking import Ranking
from ml.people.whitening import unit

FACES, PEOPLE = 600, 12


@pytest.fixture
def known() -> Known:
    """Faces of twelve people, eight of each named, and of many strangers."""
    rng = np.random.default_rng(3)
    centres = rng.normal(size=(PEOPLE * 4, 128))
    owner = rng.integers(0, PEOPLE * 4, FACES)
    owner[: PEOPLE * 8] = np.repeat(np.arange(PEOPLE), 8)
    named = np.arange(FACES) < PEOPLE * 8
    return Known(
        np.arange(1, FACES + 1),
        unit(centres[owner] + rng.normal(0, 0.7, (FACES, 128))),
        rng.uniform(0.4, 0.9, FACES),
        np.where(named, owner + 1, 0),
        named,
        np.full(FACES, np.nan),
        np.full(FACES, -1),
        np.where(rng.random(FACES) < 0.2, np.nan, 24_000 + rng.integers(0, 150, FACES)),
    )


def test_an_answer_ranks_as_if_all_were_learned_anew(known: Known) -> None:
    refused = {100: {3}, 200: {1, 2}}
    ranking = Ranking(known, refused)
    rng = np.random.default_rng(4)
    for step in range(25):
        rows = rng.integers(0, FACES, 2)
        before = {int(p) for p in known.person[rows]}
        known.named[rows] = step % 3 > 0
        known.person[rows] = rng.integers(1, PEOPLE + 1, 2) * known.named[rows]
        moved = (before | {int(p) for p in known.person[rows]}) - {0}
        refused = refused | {int(known.ids[rows[0]]): {int(rng.integers(1, PEOPLE))}}
        ranking.update(known, moved, rows, refused)
    fresh = Ranking(known, refused)
    fresh.model = ranking.model
    fresh._white = ranking.model.whitening.apply(known.vectors)
    fresh._judge(known, np.arange(FACES), refused)
    assert len(ranking.model.stretches.people), "somebody's labels span years"
    assert (ranking.person == fresh.person).all()
    assert np.allclose(ranking.probability, fresh.probability, atol=1e-4)
