"""Several kinds of damage at once, undone as the product does, by the committed networks."""

from dataclasses import replace

import numpy as np
import pytest
from skimage import data

from ml.degradations.light import Fading
from ml.degradations.marks import Scratches
from ml.degradations.noise import GaussianNoise
from ml.degradations.table import Composition
from ml.evaluate import restoration_mixed as mixed
from ml.evaluate.restoration_ours import ours
from ml.evaluate.restoration_trials import Trial, measure


def trial_of(*steps):
    clean = np.ascontiguousarray(data.astronaut()[:256, 60:380])
    damage = Composition(steps)
    damaged = damage.apply(clean)
    return Trial("a", "mixed", "noise", clean, damaged.image, damaged.mask, damage)


@pytest.fixture(scope="module")
def scratched():
    return trial_of(Fading(0.5, 2), Scratches(0.6, 3), GaussianNoise.of(20, 4))


def gained(trial, image):
    return measure(trial, image).values["gain"]


def test_what_is_painted_is_filled_and_nothing_else(scratched):
    done = mixed.painted(scratched)
    masks = scratched.damage.traced(scratched.clean)[1]
    assert set(masks) == {"scratch"}
    assert np.array_equal(done[~masks["scratch"]], scratched.image[~masks["scratch"]])
    assert not np.array_equal(done, scratched.image)


def test_without_marks_nothing_is_painted():
    noisy = trial_of(GaussianNoise.of(20, 4))
    assert np.array_equal(mixed.painted(noisy), noisy.image)


def test_the_more_is_told_the_more_is_gained(scratched):
    own = ours()
    blind = gained(scratched, mixed.proposed(own, scratched.image))
    told = gained(scratched, mixed.told(own, scratched))
    assert told > blind > 0
    assert told > 8


def test_a_person_has_a_hand_in_it_in_four_ways(scratched):
    own = ours()
    done = {name: method(scratched) for name, method in mixed.methods(own)}
    assert set(done) == {"marks_found", "painted_oracle", "kinds_oracle", "told_oracle"}
    assert all(each.shape == scratched.clean.shape for each in done.values())
    assert gained(scratched, done["kinds_oracle"]) > gained(scratched, done["painted_oracle"]) + 1


def test_nothing_is_noted_of_what_is_proposed_by_the_way(scratched):
    own = ours()
    mixed.proposed(own, scratched.image)
    assert own.said == []
    own.blind(replace(scratched, damage=None))
    assert len(own.said) == 1
