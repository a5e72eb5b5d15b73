"""The threshold of "distorted": fitted on clean photos, and kept to its network."""

import json

import numpy as np
import pytest

from ml.errors import WeightsError
from ml.estimators import gate
from ml.estimators.kinds import KINDS
from ml.train.distortion_gate import ALARMS, Seen, fit


def looks(rng: np.random.Generator, sharpness: float) -> list[Seen]:
    """What a network that says what it knows, times `sharpness`, would make of 300 photos."""
    seen = []
    for photo in range(300):
        for kind in ("none", "swirl"):
            logits = np.full(len(KINDS), -8.0)
            towards = rng.normal(2.0 if kind == "swirl" else -2.0, 2.0)
            logits[KINDS.index("swirl")], logits[0] = towards / 2, -towards / 2
            silent = np.zeros(len(KINDS))
            told = logits * sharpness
            seen.append(Seen(photo, 0, kind == "none", told, silent, kind, part=0.2))
    return seen


def test_clean_photos_are_left_alone_and_others_found():
    found, told = fit(looks(np.random.default_rng(1), 1.0), "abc")
    assert told["false_alarm_rate_other_half"] < 5 * ALARMS
    assert told["found_other_half"] > 0.1
    assert found.whole > 0.9
    assert found.sure >= found.part >= found.whole


def test_a_network_that_is_too_sure_is_cooled():
    cool, _ = fit(looks(np.random.default_rng(2), 3.0), "abc")
    warm, _ = fit(looks(np.random.default_rng(2), 1.0), "abc")
    assert cool.temperature == pytest.approx(3 * warm.temperature, rel=0.1)


def test_a_gate_of_other_weights_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "gate.json"
    monkeypatch.setattr(gate, "FILE", file)
    gate.fitted.cache_clear()
    with pytest.raises(WeightsError, match="distortion-gate"):
        gate.gate_of("abc")
    told = {
        "temperature": 1.0,
        "whole": 0.9,
        "part": 0.95,
        "sure": 0.99,
        "network": "abc",
        "photos": 3,
    }
    file.write_text(json.dumps(told))
    assert gate.gate_of("abc").whole == 0.9
    with pytest.raises(WeightsError, match="fits it anew"):
        gate.gate_of("abd")
    gate.fitted.cache_clear()
