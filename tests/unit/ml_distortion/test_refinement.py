"""Analysis by synthesis with networks that are right: it comes nearer, and never farther."""

import numpy as np
import pytest

from ml.estimators.diagnosis import diagnose
from ml.estimators.distortion import estimate
from ml.estimators.gate import Gate
from ml.estimators.refinement import Networks, refine
from ml.evaluate.distortion_trials import endpoint_errors
from ml.warps import FAMILIES, distort
from ml.warps.draw import default
from tests.unit.ml_distortion.known_picture import KnowsOne, KnowsSome, KnowsTheWay, photo

SIZE = (320, 240)
OPEN = Gate(1.0, 0.5, 0.9, 0.95, "")


@pytest.mark.parametrize("name", ["swirl", "barrel", "bulge", "wave", "arc"])
def test_numbers_that_are_a_little_wrong_come_nearer(name):
    true = default(name, SIZE)
    bent = distort(photo(), true, border="mirror")
    guess = true.weakened(0.8)
    networks = Networks(KnowsOne(photo(), guess), KnowsTheWay(true, guess))
    first = estimate(networks.judge, [bent])[0]
    better = refine(networks, bent, first)
    before, _ = endpoint_errors((true,), (first.warp,), SIZE)
    after, _ = endpoint_errors((true,), (better.warp,), SIZE)
    assert better.kind == name
    assert after < 0.1 * before


@pytest.mark.parametrize("name", ["swirl", "wave", "ripple"])
def test_what_makes_the_photo_look_worse_is_not_taken(name):
    true, wrong = default(name, SIZE), default(name, SIZE).weakened(-1)
    bent = distort(photo(), true)
    networks = Networks(KnowsOne(photo(), true), KnowsTheWay(wrong, true))
    first = estimate(networks.judge, [bent])[0]
    assert refine(networks, bent, first) == first


def test_without_the_second_network_answers_stay():
    true = default("swirl", SIZE)
    bent = distort(photo(), true)
    networks = Networks(KnowsOne(photo(), true))
    first = estimate(networks.judge, [bent])[0]
    assert refine(networks, bent, first) is first


def test_a_clean_photo_is_left_alone():
    network = KnowsOne(photo(), default("swirl", SIZE))
    assert diagnose(Networks(network), photo(), OPEN) == []
    assert network.runs == 1


def test_what_is_found_is_told_in_the_photos_pixels():
    true = FAMILIES["bulge"]((180.0, 110.0), 0.8, 100.0)
    bent = distort(photo(), true, border="mirror")
    [found] = diagnose(Networks(KnowsOne(photo(), true)), bent, OPEN)
    large = found.scaled(4.0)
    assert found.kind == "bulge"
    assert np.allclose(large.region((1280, 960)), (321.5, 41.5, 800, 800), atol=2)
    assert large.region((1280, 960))[2] == pytest.approx(4 * found.region(SIZE)[2])


def test_two_effects_are_taken_off_one_after_the_other():
    first, last = default("wave", SIZE), default("swirl", SIZE)
    waved = distort(photo(), first, border="mirror")
    both = distort(waved, last, border="mirror")
    network = KnowsSome((both, last), (waved, first), (photo(), None))
    found = diagnose(Networks(network), both, OPEN)
    assert [each.kind for each in found] == ["swirl", "wave"]
    left, nothing = endpoint_errors((first, last), tuple(f.warp for f in reversed(found)), SIZE)
    assert left < 0.1 * nothing
