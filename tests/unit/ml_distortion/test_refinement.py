"""Analysis by synthesis with networks that are right: it comes nearer, and never farther."""

import numpy as np
import pytest

from ml.estimators.diagnosis import diagnose, parts
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
    strict = Gate(
        1.0, 0.5, 1.1, 1.1, ""
    )  # to this network, a part of the picture is not the picture
    assert diagnose(Networks(network), photo(), strict) == []
    assert network.runs == 2  # the whole, and its parts in one batch


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


def test_a_swirl_in_a_part_of_the_photo_is_told_with_its_region():
    boxes = list(parts(photo()))
    box, clean = boxes[3]
    inside = FAMILIES["swirl"]((100.0, 70.0), 200.0, 50.0)
    there = FAMILIES["swirl"]((100.0 + box[0], 70.0 + box[1]), 200.0, 50.0)
    bent = distort(photo(), there)
    pictures = [picture for _, picture in parts(bent)]
    others = [(picture, None) for picture in pictures[:3]]
    network = KnowsSome((clean, None), (pictures[3], inside), (bent, None), *others)
    [found] = diagnose(Networks(network), bent, OPEN)
    assert found.kind == "swirl"
    assert found.part == box
    assert np.allclose(found.warp.center, there.center, atol=2)
    x, y, width, height = found.region(SIZE)
    assert (x, y) == pytest.approx((there.center[0] - 50, there.center[1] - 50), abs=4)
    assert width == pytest.approx(100, abs=8)
    assert height == pytest.approx(100, abs=8)
