"""The evaluation told by judges whose answers are known."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.errors import MLError
from ml.estimators.diagnosis import Found
from ml.estimators.distortion import estimate, fit, seen_size
from ml.estimators.encodings import WIDTH, encode, kind_of
from ml.estimators.kinds import CHOICES, GROUPS, KINDS
from ml.evaluate import distortion
from ml.evaluate.distortion_trials import Trial, given, measure, trials
from ml.warps import distort
from ml.warps.draw import default

NONE: list[Found] = []
PHOTO = np.ascontiguousarray(data.astronaut()[:360:2, ::2])


def told(trial: Trial) -> list[Found]:
    """What a judge says who knows."""
    size = trial.image.shape[1::-1]
    return [Found(kind_of(warp, size), 1.0, warp) for warp in reversed(trial.warps)]


@pytest.fixture(scope="module")
def made() -> list[Trial]:
    return [trial for number in range(3) for trial in trials("a", PHOTO, number, 1)]


def test_who_knows_has_no_error_and_the_oracles_gain(made):
    for trial in made:
        outcome = measure(trial, told(trial))
        assert outcome.right
        assert outcome.alarm == bool(trial.warps)
        if trial.warps:
            assert outcome.epe == pytest.approx(0, abs=1e-9)
            assert outcome.epe_nothing > 0.3
            assert outcome.gain == pytest.approx(outcome.gain_oracle)


def test_who_says_none_has_the_error_and_gain_of_doing_nothing(made):
    for trial in made:
        outcome = measure(trial, NONE)
        assert outcome.right == (not trial.warps)
        assert not outcome.alarm
        if trial.warps:
            assert outcome.epe == outcome.epe_nothing
            assert outcome.gain == 0


def test_a_report_has_the_keys_rows_and_bounds(tmp_path):
    for number in range(3):
        Image.fromarray(np.roll(PHOTO, 40 * number, 1)).save(tmp_path / f"{number}.png")
    paths = distortion.photos([tmp_path])
    report = distortion.report(paths, lambda _image: NONE, 0).as_json()
    metrics = report["metrics"]
    for key in ("type_accuracy", "false_alarm_rate", "epe_median_px", "epe_mean_px", "gain_db"):
        assert metrics[key]["lo"] <= metrics[key]["value"] <= metrics[key]["hi"]
    assert metrics["type_accuracy"]["value"] == metrics["gain_db"]["value"] == 0
    assert metrics["false_alarm_rate"] == {"value": 0.0, "lo": 0.0, "hi": 1.0, "n": 12}
    assert metrics["epe_mean_px"] == report["baselines"]["nothing"]["epe_mean_px"]
    assert report["oracle"]["gain_db"]["value"] > 5
    assert report["seen_in_training"] == 0


def test_a_photo_with_the_json_of_distort_counts_as_bent(tmp_path):
    warp = default("swirl", (256, 180))
    path = tmp_path / "bent.png"
    bent = distort(PHOTO, warp)
    Image.fromarray(bent).save(path)
    beside = {"effect": "swirl", "parameters": warp.as_json(), "width": 256}
    (tmp_path / "bent.png.json").write_text(json.dumps(beside))
    trial = given("bent", path, bent)
    assert trial is not None
    assert trial.warps == (warp,)
    assert measure(trial, told(trial)).epe == pytest.approx(0)
    assert given("other", tmp_path / "other.png", bent) is None
    (tmp_path / "bent.png.json").write_text('{"effect": "bend"}')
    with pytest.raises(MLError, match=r"bent\.png\.json"):
        given("bent", path, bent)


def test_a_list_names_photos_below_the_folder(tmp_path):
    for name in ("a.png", "b.png"):
        Image.fromarray(PHOTO).save(tmp_path / name)
    listed = tmp_path / "list.txt"
    listed.write_text("b.png\nmissing.png\n")
    assert distortion.photos([tmp_path, listed]) == [tmp_path / "b.png"]
    with pytest.raises(MLError, match="no photo"):
        distortion.photos([tmp_path / "list.txt"])


class Says:
    """An engine that always gives the same answer."""

    outputs = ("kinds", "choices", "mean", "log_variance")

    def __init__(self, kind: str, vector: np.ndarray, choice: str):
        self.inputs, self.metadata = {}, {}
        self.kinds = np.where(np.array(KINDS) == kind, 5.0, 0.0)
        self.choices = np.array([choice == name and kind == owner for owner, name in CHOICES])
        self.mean = np.zeros((len(KINDS) - 1, WIDTH))
        self.mean[KINDS.index(kind) - 1] = vector

    def run(self, batch):
        assert batch.dtype == np.float32
        assert all(side % 32 == 0 for side in batch.shape[2:])
        answers = (self.kinds, self.choices, self.mean, np.zeros_like(self.mean))
        return {
            name: np.repeat(each[None].astype(np.float32), len(batch), 0)
            for name, each in zip(self.outputs, answers, strict=True)
        }


def test_what_the_network_says_becomes_a_warp_of_the_photo():
    size = (1200, 800)
    warp = default("swirl", size, profile="cubic")
    engine = Says("swirl", encode(warp, size), "cubic")
    photo = np.zeros((800, 1200, 3), np.uint8)
    found, again = estimate(engine, [photo, photo])
    assert found.kind == found.group == again.kind == "swirl"
    assert found.confidence > 0.8
    assert sum(found.probabilities.values()) == pytest.approx(1)
    assert set(found.probabilities) == set(GROUPS)
    assert found.warp.profile == "cubic"
    assert found.warp.angle == pytest.approx(warp.angle, rel=1e-4)
    assert found.warp.radius == pytest.approx(warp.radius, rel=1e-4)
    assert estimate(Says("none", np.zeros(WIDTH), ""), [photo])[0].warp is None


@pytest.mark.parametrize("size", [(4000, 3000), (300, 9000), (9000, 100), (7, 5)])
def test_the_network_sees_any_shape_in_about_the_same_area(size):
    seen = seen_size(size)
    assert all(side % 32 == 0 and 32 <= side <= 384 for side in seen)
    assert seen[0] * seen[1] <= 1.3 * 192**2
    assert fit(np.zeros((size[1], size[0], 3), np.uint8)).shape == (seen[1], seen[0], 3)
