"""Calibrations, thresholds and the figures they are judged by."""

import json

import numpy as np
import pytest

from ml import tagging
from ml.evaluate import categories
from ml.scene import KINDS, NAMES
from ml.train import fusion, tag_calibration


def sample(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Evidence of which the first column decides, and answers drawn from it."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(1200, 6))
    truth = (rng.random(1200) < fusion.sigmoid(2 * values[:, 0] - 1)).astype(np.int64)
    return values, truth


def test_fused_probabilities_are_calibrated_out_of_fold() -> None:
    values, truth = sample()
    fitted = fusion.fit(values, truth, own=0)
    assert tag_calibration.calibration_error(fitted.out_of_fold, truth) < 0.04
    weights = np.abs(fitted.line.weights)
    assert weights[0] > 5 * weights[1:].max()
    assert fitted.positives == truth.sum()


def test_platt_takes_overconfidence_back() -> None:
    values, truth = sample(1)
    scale, offset = fusion.platt(6 * values[:, 0] - 3, truth)
    assert scale == pytest.approx(1 / 3, rel=0.2)
    assert offset == pytest.approx(0, abs=0.2)


def test_best_f1_lies_where_counting_finds_it() -> None:
    values, truth = sample(2)
    likely = fusion.sigmoid(2 * values[:, 0] - 1)
    threshold = fusion.best_f1(likely, truth)
    reached = [np.mean(truth[likely >= t]) for t in (threshold,)]
    assert 0.25 < threshold < 0.55
    assert reached[0] > truth.mean()


def test_a_handful_of_photos_proves_no_precision() -> None:
    few = fusion.precision_curve(np.array([0.9] * 4), np.ones(4, np.int64))
    many = fusion.precision_curve(np.array([0.9] * 60), np.ones(60, np.int64))
    assert max(reached for _, reached in few) < 0.95
    assert max(reached for _, reached in many) > 0.95


def test_calibration_rises_with_the_detectors_confidence() -> None:
    for name in ("person", "zebra", "a class nobody knows"):
        values = [tagging.calibrate(name, raw) for raw in np.linspace(0, 1, 50)]
        assert values == sorted(values)
        assert 0 <= values[0] < values[-1] <= 1


def test_stricter_precision_never_lowers_a_threshold() -> None:
    loose, strict = tagging.thresholds(0.8), tagging.thresholds(0.95)
    assert strict
    assert set(strict) <= set(loose)
    assert all(loose[name] <= value for name, value in strict.items())


@pytest.mark.parametrize("precision", [-0.1, 1.5])
def test_precision_out_of_range_is_refused(precision: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        tagging.thresholds(precision)


def test_committed_calibration_comes_from_the_committed_judgements() -> None:
    stored = json.loads(tag_calibration.CALIBRATION.read_text("utf-8"))
    judged = tag_calibration.Judgements.read(tag_calibration.JUDGEMENTS)
    assert stored["judged"] == len(judged.right) >= 1000
    curve = tag_calibration.Curve(stored["rise"], stored["fall"], stored["base"], stored["offsets"])
    likely = curve(judged.names, judged.confidences)
    assert float(np.mean(likely)) == pytest.approx(float(np.mean(judged.right)), abs=0.02)
    for i in range(0, len(judged.names), 97):
        expected = tagging.calibrate(judged.names[i], float(judged.confidences[i]))
        assert likely[i] == pytest.approx(expected, abs=1e-6)


def test_look_up_table_knows_every_kind_and_only_categories() -> None:
    assert set(categories.LOOK_UP) == set(KINDS)
    assert {name for said in categories.LOOK_UP.values() for name in said} <= set(NAMES)


def test_scores_of_categories_by_hand() -> None:
    truth = np.array([[1, 0], [1, 0], [0, 1], [0, 0]], bool)
    said = np.array([[1, 0], [0, 0], [1, 1], [0, 0]], bool)
    right, wrong, missed = categories.counts(truth, said)
    assert categories.f1(right, wrong, missed).tolist() == [[0.5, 1.0]]
    assert categories.macro(right, wrong, missed).tolist() == [0.75]
    assert categories.micro(right, wrong, missed)[0] == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))


def test_average_precision_by_hand() -> None:
    truth = np.array([True, False, True])
    assert categories.average_precision(truth, np.array([0.9, 0.8, 0.7])) == pytest.approx(5 / 6)


def test_perfect_probabilities_have_no_calibration_error() -> None:
    truth = np.array([[1, 0], [0, 1]], bool)
    assert categories.calibration_error(truth, truth.astype(np.float64)) == 0
    assert categories.calibration_error(truth, np.full((2, 2), 0.5)) == 0
    assert categories.calibration_error(truth, np.full((2, 2), 0.9)) == pytest.approx(0.4)
