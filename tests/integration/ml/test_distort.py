"""python -m ml distort, as its own process: files, folders, seeds, refusals."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from ml.__main__ import main
from ml.warps import FAMILIES, undo

ROOT = Path(__file__).resolve().parents[3]


def distort(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ml", "distort", *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def lines(done: subprocess.CompletedProcess[str]) -> list[dict]:
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in" / "b").mkdir(parents=True)
    Image.fromarray(data.astronaut()[:400]).save(tmp_path / "in" / "b" / "astronaut.png")
    Image.fromarray(data.coffee()).save(tmp_path / "in" / "coffee.jpg", quality=95)
    (tmp_path / "in" / "notes.txt").write_text("no photo")
    return tmp_path / "in"


def test_a_photo_is_swirled_and_its_json_undoes_it(folder: Path, tmp_path: Path):
    out = tmp_path / "out.png"
    photo = folder / "b" / "astronaut.png"
    done = distort(
        photo, out, "--effect", "swirl", "--param", "center=220,120", "--param", "angle=200",
        "--param", "radius=100", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (line,) = lines(done)
    assert line["out"] == str(out)
    told = json.loads((tmp_path / "out.png.json").read_text())
    assert told["effect"] == "swirl"
    assert told["source"] == str(photo)
    assert told["parameters"]["center"] == [220, 120]
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in told["parameters"].items()}
    bent, clean = np.asarray(Image.open(out)), data.astronaut()[:400]
    far = np.hypot(*(np.mgrid[:400, :512] - np.array([120, 220])[:, None, None])) > 101
    np.testing.assert_array_equal(bent[far], clean[far])
    before = np.abs(bent.astype(int) - clean).mean()
    after = np.abs(undo(bent, FAMILIES["swirl"](**values)).astype(int) - clean).mean()
    assert after < before / 8


def test_a_folder_is_mirrored_and_a_seed_repeats_itself(folder: Path, tmp_path: Path):
    written = []
    for name in ("one", "two"):
        out = tmp_path / name
        done = distort(folder, out, "--effect", "wave", "--seed", "7", "--severity", "3", "--json")
        assert done.returncode == 0, done.stderr
        assert "1 files of other types" in done.stderr
        written.append({
            path.relative_to(out).as_posix(): path.read_bytes()
            for path in out.rglob("*") if path.is_file()
        })  # fmt: skip
    assert written[0] == written[1]
    names = {"b/astronaut.png", "b/astronaut.png.json", "coffee.jpg", "coffee.jpg.json"}
    assert set(written[0]) == names
    told = [json.loads(written[0][name]) for name in sorted(names) if name.endswith("json")]
    assert told[0]["parameters"] != told[1]["parameters"]
    for each in told:
        share = each["mean_displacement_px"] / each["width"]
        assert share == pytest.approx(0.03, rel=0.2)


def test_the_list_tells_every_effect_with_unit_range_and_default():
    done = distort("--list", "--json")
    assert done.returncode == 0
    told = {line["effect"]: line["parameters"] for line in lines(done)}
    kinds = {
        "swirl", "barrel", "pincushion", "fisheye", "bulge", "pinch", "wave", "ripple",
        "perspective", "shear", "polar", "arc", "contour",
    }  # fmt: skip
    assert kinds <= set(told)
    for parameters in told.values():
        assert all({"name", "unit", "range", "default"} <= set(each) for each in parameters)


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("IN", "o.png", "--effect", "swirl", "--param", "speed=3"), "speed"),
        (("IN", "o.png", "--effect", "swirl", "--param", "center=3"), "x,y"),
        (("IN", "o.png", "--effect", "shear", "--param", "slope=1,1"), "fold"),
        (("IN", "o.png", "--effect", "bend"), "swirl"),
        (("IN", "o.png"), "--effect"),
        (("none.jpg", "o.png", "--effect", "swirl"), "none.jpg"),
        (("IN", "o.xyz", "--effect", "swirl"), ".png"),
        (("IN", "IN", "--effect", "swirl", "--force"), "never over IN"),
    ],
)
def test_bad_words_and_places_are_told_and_nothing_is_written(
    arguments, word, folder: Path, capsys
):
    try:
        code = main(["distort", *(each.replace("IN", "in/coffee.jpg") for each in arguments)])
    except SystemExit as exit_:  # argparse's own refusal
        code = exit_.code
    assert code == 2
    assert word in capsys.readouterr().err
    assert sorted(path.name for path in folder.parent.iterdir()) == ["in"]
    assert len(list(folder.rglob("*"))) == 4


def test_a_broken_photo_does_not_stop_the_others(folder: Path, tmp_path: Path, capsys):
    (folder / "broken.jpg").write_bytes((folder / "coffee.jpg").read_bytes()[:5000])
    assert main(["distort", str(folder), str(tmp_path / "all"), "--effect", "barrel"]) == 2
    told = capsys.readouterr()
    assert "broken.jpg" in told.err
    errors = [json.loads(line)["error"] for line in told.out.splitlines()]
    assert [error is None for error in errors] == [True, False, True]
