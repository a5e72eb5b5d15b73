"""The restore command: copies what is clean, repairs what is not, and says what it did."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage
from PIL import Image

from ml.__main__ import main
from ml.degradations.mosaic import Mosaic
from ml.degradations.noise import GaussianNoise
from ml.errors import WeightsError
from ml.estimators.refinement import in_use
from ml.repair import policy
from ml.repair.quality import psnr
from ml.warps import distort
from ml.warps.swirl import Swirl

pytestmark = pytest.mark.integration


def lacking() -> bool:
    try:
        in_use()
    except WeightsError:
        return True
    return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clean photo, a swirled one, a text and a broken file."""
    inside = tmp_path / "in"
    (inside / "trip").mkdir(parents=True)
    photo = skimage.data.astronaut()
    Image.fromarray(photo).save(inside / "clean.jpg", quality=93)
    swirl = Swirl((255.5, 255.5), 120.0, 250.0)
    Image.fromarray(distort(photo, swirl, border="mirror")).save(inside / "trip" / "bent.png")
    (inside / "notes.txt").write_text("no photo")
    (inside / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 and no more")
    return inside


def run(capsys, *arguments: str) -> tuple[int, list[dict], str]:
    code = main(["restore", *arguments, "--json"])
    told = capsys.readouterr()
    return code, [json.loads(line) for line in told.out.splitlines()], told.err


def test_a_folder(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out"
    code, lines, said = run(capsys, str(folder), str(out))
    assert code == 2, "one file is broken"
    by_name = {Path(line["path"]).name: line for line in lines}
    assert set(by_name) == {"broken.jpg", "clean.jpg", "bent.png"}
    assert set(by_name["broken.jpg"]) == {"path", "error"}
    assert "1 files of other types" in said
    assert (out / "clean.jpg").read_bytes() == (folder / "clean.jpg").read_bytes()
    assert by_name["clean.jpg"]["applied"] == []
    assert not (out / "broken.jpg").exists()
    bent = by_name["bent.png"]
    assert Path(bent["out"]) == out / "trip" / "bent.png"
    if lacking():
        assert (out / "trip" / "bent.png").read_bytes() == (folder / "trip/bent.png").read_bytes()
        assert said.count("distortion:") == 1
    else:
        sure = [
            one
            for one in bent["findings"]
            if one["params"] and one["confidence"] >= policy.sure(one["stage"], one["kind"])
        ]
        assert [one["kind"] for one in bent["applied"]] == [one["kind"] for one in sure]
        with Image.open(bent["out"]) as image:
            assert image.mode == "RGB"
    assert not [path for path in out.rglob("*") if ".part" in path.name]


def test_what_is_there_is_not_written_over(folder: Path, tmp_path: Path, capsys):
    source, out = folder / "clean.jpg", tmp_path / "mine.jpg"
    out.write_bytes(b"mine")
    code, [line], _ = run(capsys, str(source), str(out))
    assert (code, out.read_bytes()) == (2, b"mine")
    assert "--force" in line["error"]
    assert run(capsys, str(source), str(out), "--force")[0] == 0
    assert out.read_bytes() == source.read_bytes()
    code, [line], _ = run(capsys, str(source), str(source), "--force")
    assert code == 2
    assert "never over IN" in line["error"]


def test_suggest_repairs_nothing_and_references_give_figures(folder: Path, tmp_path: Path, capsys):
    (folder / "broken.jpg").unlink()
    clean = tmp_path / "reference"
    (clean / "trip").mkdir(parents=True)
    Image.fromarray(skimage.data.astronaut()).save(clean / "trip" / "bent.png")
    Image.open(folder / "clean.jpg").save(clean / "clean.jpg", quality=93)
    options = ("--policy", "suggest", "--reference", str(clean))
    code, lines, _ = run(capsys, str(folder), str(tmp_path / "out"), *options)
    assert code == 0
    assert all(line["applied"] == [] for line in lines)
    bent = next(line for line in lines if "bent" in line["path"])
    assert 5 < bent["metrics"]["psnr"] < 30
    assert 0 < bent["metrics"]["ssim"] < 1
    assert np.isfinite(bent["metrics"]["ssim"])


@pytest.mark.parametrize("wrong", [["--stages", "sharpen"], ["--strength", "2"]])
def test_wrong_options_are_told(folder: Path, tmp_path: Path, capsys, wrong: list[str]):
    assert main(["restore", str(folder), str(tmp_path / "out"), *wrong]) == 2
    assert capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_by_kind_has_a_folder_for_each(folder: Path, tmp_path: Path, capsys):
    _, lines, _ = run(capsys, str(folder), str(tmp_path / "out"), "--by-kind")
    clean = next(line for line in lines if "clean" in line["path"])
    assert Path(clean["out"]) == tmp_path / "out" / "clean" / "clean.jpg"


def test_a_mosaic_is_undone_inside_its_outline(tmp_path: Path, capsys):
    photo = skimage.data.astronaut()
    mosaic = Mosaic(9, (4, 2), shape="rectangle", region=(150, 30, 170, 180))
    folder, clean = tmp_path / "in", tmp_path / "clean"
    folder.mkdir()
    clean.mkdir()
    Image.fromarray(mosaic.apply(photo)).save(folder / "a.png")
    Image.fromarray(photo).save(clean / "a.png")
    arguments = [str(folder), str(tmp_path / "out"), "--stages", "pixelation"]
    code, [line], _ = run(capsys, *arguments, "--reference", str(clean))
    assert code == 0
    [step] = line["applied"]
    assert (step["stage"], step["kind"]) == ("pixelation", "mosaic")
    assert abs(step["params"]["block"] - 9) < 0.2
    done = np.asarray(Image.open(line["out"]))
    far = ~cv2.dilate(mosaic.mask((512, 512)).astype(np.uint8), np.ones((41, 41))).astype(bool)
    assert (done[far] == photo[far]).all()
    assert line["metrics"]["psnr"] > psnr(mosaic.apply(photo), photo) + 0.4
    code, [line], _ = run(capsys, str(clean), str(tmp_path / "same"), "--stages", "pixelation")
    assert line["applied"] == []
    assert (tmp_path / "same/a.png").read_bytes() == (clean / "a.png").read_bytes()


def test_noise_is_undone_in_a_file_of_the_same_kind(tmp_path: Path, capsys):
    clean = skimage.data.astronaut()[:320, :400]
    noisy = GaussianNoise.of(30, 1).apply(clean).image
    source, out = tmp_path / "noisy.png", tmp_path / "out.png"
    Image.fromarray(noisy).save(source)
    code, (line,), _ = run(capsys, str(source), str(out), "--stages", "damage")
    assert code == 0
    assert [step["kind"] for step in line["applied"]] == ["noise"]
    done = np.asarray(Image.open(out))
    assert psnr(done, clean) > psnr(noisy, clean) + 4


def test_a_photo_on_its_side_keeps_every_pixel(tmp_path: Path, capsys):
    source, out = tmp_path / "side.jpg", tmp_path / "out.jpg"
    stored = np.ascontiguousarray(np.rot90(skimage.data.astronaut(), -1))
    Image.fromarray(stored).save(source, quality=95)
    _, (line,), said = run(capsys, str(source), str(out), "--stages", "rotation")
    if said.startswith("rotation:"):
        pytest.skip(said)
    found = [one for one in line["findings"] if one["kind"] == "turned"]
    assert found[0]["params"] == {"degrees": 90}
    with Image.open(source) as before, Image.open(out) as after:
        assert (np.asarray(before) == np.asarray(after)).all()
        turned = after.getexif().get(274) == 8
    assert turned == (found[0]["confidence"] >= policy.sure("rotation", "turned"))
