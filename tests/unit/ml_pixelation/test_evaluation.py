"""Trials from a seed, and figures that say what they count."""

import json

import numpy as np
import pytest

from ml.evaluate.pixelation_figures import Outcome, found_at, mean, rates
from ml.evaluate.pixelation_trials import ALIKE, DRAWS, FACTORS, QUALITIES, trials
from ml.pixelation.score import BOTH, NETWORK, TREES, Score
from ml.train import pixelation_score
from ml.train.pixelation_examples import HARD, MOSAICS, USUAL, example
from ml.train.pixelation_score import Seen, fit
from tests.unit.ml_pixelation.scenes import scene


def outcome(source, true, said, chance=0.5, weight=1, **more):
    return Outcome(source, "r", "c", true, weight, {"m": chance}, {"m": said}, **more)


def test_trials_are_the_same_for_the_same_seed_and_know_their_truth():
    photo = scene(200, 240)
    made = [list(trials(photo, 3, 1)) for _ in range(2)]
    assert all((a.image == b.image).all() for a, b in zip(*made, strict=True))
    rows = [each.row for each in made[0]]
    assert rows.count("published") == DRAWS + 1
    assert rows.count("honest") == 2 * len(QUALITIES) * len(FACTORS)
    assert rows.count("lookalike") == ALIKE
    for each in made[0]:
        if each.mask is not None:
            assert each.mask.shape == each.image.shape[:2]
            assert each.mask.any()
            assert each.block >= 1.5 * 0.7
    different = list(trials(photo, 3, 2))
    assert any(
        (a.image != b.image).any() for a, b in zip(made[0][1:6], different[1:6], strict=True)
    )


def test_hard_examples_are_parts_more_often_and_whole_photos_less_often():
    photo, kinds = scene(160, 200), {}
    for mix in (USUAL, HARD):
        draws = (np.random.default_rng(number) for number in range(150))
        kinds[mix] = [example(photo, rng, 160, mix).kind for rng in draws]
    whole, parts = (
        [sum(kind in some for kind in kinds[mix]) for mix in (USUAL, HARD)]
        for some in (MOSAICS[:1], MOSAICS[1:])
    )
    assert whole[0] > whole[1] > 0
    assert parts[1] > parts[0] > 0


def test_rates_count_by_weight():
    told = [
        outcome("a", True, True),
        outcome("a", True, False),
        outcome("b", False, True, weight=2),
        outcome("b", False, False, weight=6),
    ]
    found = rates(told, "m", 0)
    assert found["recall"].value == 0.5
    assert found["precision"].value == pytest.approx(1 / 3)
    assert found["false_positive_rate"].value == 0.25
    assert found["f1"].value == pytest.approx(2 / (2 + 2 + 1))
    assert found["accuracy"].n == 10


def test_no_alarm_seen_is_bounded_by_the_number_of_photos():
    told = [outcome(str(i), False, False) for i in range(60)]
    assert rates(told, "m", 0)["false_positive_rate"].hi == pytest.approx(0.05)
    assert rates([], "m", 0) == {}


def test_intervals_go_by_photo():
    told = [outcome(str(i // 50), True, i < 50) for i in range(100)]
    recall = rates(told, "m", 0)["recall"]
    assert (recall.lo, recall.hi) == (0, 1)
    assert mean(told, [float("nan")] * 100, 0) is None
    assert mean(told, [1.0] * 99 + [float("nan")], 0).n == 99


def test_found_at_asks_one_percent_of_the_clean_ones():
    clean = [outcome(str(i), False, False, chance=i / 1000) for i in range(200)]
    covered = [outcome(str(i), True, True, chance=0.19 + i / 1e3) for i in range(200)]
    told = found_at(clean + covered, "m", 0)
    assert told.value == pytest.approx(0.96, abs=0.01)
    assert found_at(clean, "m", 0) is None


def test_examples_have_masks_of_their_size():
    photo = scene()
    kinds = set()
    for seed in range(40):
        made = example(photo, np.random.default_rng(seed))
        kinds.add(made.kind)
        assert made.mask.shape == made.unsure.shape == made.image.shape[:2]
        assert made.mask.any() == (made.kind in MOSAICS)
    assert len(kinds) > 8


def test_the_score_orders_pictures_and_is_held_to_few_alarms():
    rng = np.random.default_rng(0)
    seen = [
        Seen(i, "whole" if i % 2 else "photo", bool(i % 2), rng.normal(3.0 * (i % 2), 1, 9))
        for i in range(800)
    ]
    score, told = fit(seen, "hash")
    assert score.weights == "hash"
    assert told["mistaken"] < 0.01
    assert told["found"] > 0.95
    assert score.probability(np.full(9, 3.0)) > 0.9
    assert score.probability(np.zeros(9)) < 0.1


def test_a_score_of_both_goes_where_one_of_them_is_fitted_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(pixelation_score, "FILE", tmp_path / "scores.json")
    line = Score((0.5,), 0.0, "hash")
    for name, high in ((TREES, 0.9), (NETWORK, 0.99), (BOTH, 0.95)):
        told = {"gate": 0.8, "low": 0.1, "high": high}
        found = pixelation_score.merged(name, line, told)
        pixelation_score.FILE.write_text(json.dumps(found))
    assert set(found["by"]) == {TREES, NETWORK, BOTH}
    assert (found["low"], found["high"], found["sure"]) == (0.1, 0.9, 0.95)
    again = pixelation_score.merged(TREES, line, {"gate": 0.7, "low": 0.2, "high": 0.8})
    assert set(again["by"]) == set(again["gate"]) == {TREES, NETWORK}
    assert (again["low"], again["high"], again["sure"]) == (0.2, 0.8, 0.8)
