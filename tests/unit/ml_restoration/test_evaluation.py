"""The measure of restoration, low light and rotation on generated photos."""

import zlib

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.degradations.noise import GaussianNoise
from ml.errors import MLError
from ml.evaluate import inpainting, lowlight, restoration, rotation
from ml.evaluate.restoration_baselines import (
    migan_oracle,
    nlm,
    nothing,
    sliding_dct,
    telea_oracle,
    wiener_oracle,
)
from ml.evaluate.restoration_ours import Ours
from ml.evaluate.restoration_trials import ROWS, measure, trials
from ml.rotation import orientation
from ml.rotation.level import inner_size, turned
from ml.rotation.lines import lined
from ml.rotation.orientation import Head, Stands


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    path = tmp_path_factory.mktemp("photos") / "a.png"
    Image.fromarray(np.ascontiguousarray(data.astronaut()[:160, 80:272])).save(path)
    return path


@pytest.fixture(scope="module")
def made(photo):
    return {trial.row: trial for trial in trials(photo, 0, 1)}


def test_a_photo_has_every_row_and_is_there_clean(made):
    assert set(made) == {*ROWS, "clean"}


def test_equal_seeds_make_equal_trials(photo, made):
    again = {trial.row: trial for trial in trials(photo, 0, 1)}
    assert all(np.array_equal(again[row].image, made[row].image) for row in made)


def test_noise_is_as_the_papers_add_it(made):
    trial = made["noise25"]
    assert trial.image.dtype == np.float32
    assert trial.image.min() < 0
    error = trial.image * 255 - trial.clean
    assert error.std() == pytest.approx(25, rel=0.03)
    assert measure(trial, nothing(trial)).values["psnr"] == pytest.approx(20.4, abs=0.4)


@pytest.mark.parametrize(
    ("row", "method", "least"),
    [
        ("noise25", nlm, 4),
        ("noise25", sliding_dct, 6),
        ("blur2", wiener_oracle, 1),
        ("motion_blur", wiener_oracle, 1),
        ("tears", telea_oracle, 3),
    ],
)
def test_simple_methods_gain_what_they_ought_to(made, row, method, least):
    assert measure(made[row], method(made[row])).values["gain"] > least


def test_the_truth_is_worth_everything(made):
    for row in ("jpeg10", "stains", "fading"):
        values = measure(made[row], made[row].clean).values
        assert values["ssim"] == pytest.approx(1)
        assert values["gain"] > 20
    assert measure(made["stains"], made["stains"].clean).values["outside"] == 1
    assert measure(made["fading"], made["fading"].clean).values["delta_e"] == 0


def test_a_clean_photo_that_is_changed_is_an_alarm(made):
    clean = made["clean"]
    assert measure(clean, clean.image).values == {"alarm": 0}
    assert measure(clean, clean.image ^ 1).values == {"alarm": 1}


def test_the_report_has_the_keys_of_the_contract(photo, monkeypatch):
    monkeypatch.setattr(restoration, "ours", lambda: Ours(None))
    rows = ("noise15", "mixed", "scratches", "clean")
    told = restoration.evaluate([photo], rows=rows).as_json()
    assert set(restoration.WANTED) | {"diagnosis_macro_f1"} == set(told["metrics"])
    assert told["baselines"]["nothing"]["clean_changed_rate"]["hi"] == 1  # of one photo: 3 / n
    assert told["baselines"]["nlm"]["gain_noise15_db"]["value"] > 1
    assert "inside_scratches_db" in told["oracle"]["telea_oracle"]


def test_macro_f1_counts_kinds():
    said = [
        ("a", frozenset({"noise"}), frozenset({"noise"})),
        ("a", frozenset({"blur"}), frozenset()),
        ("b", frozenset(), frozenset({"noise"})),
    ]
    found = Ours(None, said).macro_f1(0)
    assert found.value == pytest.approx((2 / 3 + 0) / 2)
    assert found.lo <= found.value <= found.hi


def test_real_noise_is_a_pair(tmp_path):
    clean = np.ascontiguousarray(data.coffee()[:64, :64])
    noisy = GaussianNoise.of(10, 1).apply(clean).image
    for name, image in (("b_real", noisy), ("b_mean", clean)):
        Image.fromarray(image).save(tmp_path / f"{name}.png")
    found = [trial for path in sorted(tmp_path.iterdir()) for trial in trials(path, 0, 0)]
    assert [trial.row for trial in found] == ["real_noise"]
    assert np.array_equal(found[0].clean, clean)


def test_low_light_is_measured_on_pairs(tmp_path):
    light = np.ascontiguousarray(data.coffee()[200:280, 200:296])
    for name, image in (("low", light // 5), ("high", light)):
        (tmp_path / name).mkdir()
        Image.fromarray(image).save(tmp_path / name / "a.png")
    told = lowlight.evaluate([tmp_path]).as_json()
    assert told["n"] == 1
    rows = {name: row["psnr"]["value"] for name, row in told["baselines"].items()}
    by_truth = told["oracle"]["gain"]["psnr"]["value"]
    assert by_truth > rows["nothing"] + 1
    with pytest.raises(MLError, match="DIR/low"):
        lowlight.evaluate([tmp_path / "high"])


def chequered(angle):
    y, x = np.mgrid[0:420, 0:560]
    board = (((x // 47) + (y // 41)) % 2 * 150 + 50).astype(np.uint8)
    return turned(np.repeat(board[..., None], 3, 2), angle)


@pytest.mark.parametrize("angle", [-13.0, -2.5, 0.0, 4.0, 14.0])
def test_lines_tell_the_turn(angle):
    found = lined(chequered(angle))
    assert found.angle == pytest.approx(angle, abs=0.4)
    assert found.agreement > 0.7


def test_without_lines_there_is_nothing_to_tell():
    assert lined(np.full((200, 300, 3), 90, np.uint8)) is None


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (300, 300), (900, 40)])
@pytest.mark.parametrize("angle", [0.5, -7.0, 15.0])
def test_what_is_cropped_shows_nothing_from_beyond(size, angle):
    width, height = size
    across, down = inner_size(size, angle)
    corners = np.array([[x, y] for x in (-1, 1) for y in (-1, 1)]) * (across / 2, down / 2)
    turn = np.radians(-angle)
    rotation_matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    inside = np.abs(corners @ rotation_matrix.T)
    assert (inside <= (width / 2 + 1e-6, height / 2 + 1e-6)).all()
    assert across * down > 0.2 * width * height or min(size) == 40


def test_rotation_is_measured(tmp_path, monkeypatch):
    # Upright, whatever it is shown: right where the photo was not turned.
    upright = Stands(0, 0.9, sure=True, proposed=False)
    monkeypatch.setattr(rotation, "orientation", lambda photo: upright)
    monkeypatch.setattr(rotation, "HEAD", tmp_path / "a.png")
    Image.fromarray(chequered(0)).save(tmp_path / "a.png")
    told = rotation.evaluate([tmp_path]).as_json()
    assert set(rotation.WANTED) <= set(told["metrics"])
    assert told["metrics"]["orientation_coverage"]["value"] == 1
    turned_by = int(np.random.default_rng((0, zlib.crc32(b"turn"), 0)).integers(4))
    assert told["metrics"]["orientation_accuracy"]["value"] == (turned_by == 0)
    assert told["metrics"]["tilt_mae_deg"]["value"] < 0.5
    assert told["metrics"]["tilt_coverage"]["value"] == 1
    assert told["metrics"]["level_turned_rate"]["value"] == 0
    assert told["baselines"]["nothing"]["tilt_mae_deg"]["value"] > 1
    monkeypatch.setattr(rotation, "HEAD", tmp_path / "missing.npz")
    assert rotation.evaluate([tmp_path]).metrics["orientation_accuracy"] is None


def test_a_head_says_what_looks_most_upright():
    scene = np.array([[0.1, 5], [0.2, 1], [1.7, 0], [0.0, 9]], np.float32)
    objects = np.array([[3.0], [1.0], [1.0], [1.0]], np.float32)
    judge = Head((np.array([2.0, 0.0]), np.array([0.0])), 0.4, 0.6, 0.95)
    likely = judge.probabilities((scene, objects))
    assert likely.sum() == pytest.approx(1)
    assert likely.argmax() == 2
    assert judge.probabilities((scene[[2, 3, 0, 1]], objects)).argmax() == 0
    assert judge.probabilities((np.zeros((4, 2)), objects)).max() == pytest.approx(0.25)
    other = Head((np.array([2.0, 0.0]), np.array([9.0])), 0.4, 0.6, 0.95)
    both = other.probabilities((scene, objects))
    assert both[2] < likely[2], "the other sees something else"
    assert both[[0, 2]].sum() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize(("upright", "turns", "proposed"), [(0, 0.8, 0), (1, 0.8, 1), (2, 0.9, 0)])
def test_a_turn_is_proposed_where_it_is_sure_enough(monkeypatch, upright, turns, proposed):
    scene = np.zeros((4, 1), np.float32)
    scene[upright] = 1
    monkeypatch.setattr(orientation, "looks", lambda _: (scene, scene))
    judge = Head((np.array([3.0]), np.array([3.0])), 0.5, turns, 0.95)
    stands = orientation.orientation(np.zeros((8, 8, 3), np.uint8), judge)
    assert 0.8 < stands.confidence < 0.9
    assert (stands.turned, stands.sure, stands.proposed) == (90 * upright, True, bool(proposed))


def test_a_photo_is_looked_at_in_four_turns():
    photo = np.ascontiguousarray(data.astronaut()[:160, 80:272])
    seen, again = orientation.looks(photo), orientation.looks(np.rot90(photo).copy())
    for one, other in zip(seen, again, strict=True):
        assert one.shape == other.shape
        assert np.allclose(one[[1, 2, 3, 0]], other, atol=0.05 * np.abs(one).max())


def test_accuracy_hides_what_psnr_tells(made):
    """Of noise of σ 25 a mean absolute error says "92 %" where nothing was done."""
    values = measure(made["noise25"], nothing(made["noise25"])).values
    assert values["accuracy"] == pytest.approx(1 - 25 * np.sqrt(2 / np.pi) / 255, abs=0.01)
    truth = measure(made["noise25"], made["noise25"].clean).values
    assert truth["accuracy"] == pytest.approx(1)


def test_the_network_of_others_fills_the_true_mask_alone(made, monkeypatch):
    trial = made["losses"]
    grey = np.full_like(trial.image, 128)
    monkeypatch.setattr(inpainting, "filled", lambda photo, mask: grey)
    done = migan_oracle(trial)
    assert (done[trial.mask] == 128).all()
    assert np.array_equal(done[~trial.mask], trial.image[~trial.mask])
