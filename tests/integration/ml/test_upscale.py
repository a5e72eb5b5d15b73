"""python -m ml upscale with the committed networks: files, folders, formats, refusals, figures."""

import json
from pathlib import Path

import cv2
import numpy as np
import pyexiv2
import pytest
import tifffile
from PIL import Image, ImageCms
from skimage import data

from ml import weights
from ml.__main__ import main
from ml.evaluate import superres as evaluation
from ml.superres import bicubic
from ml.superres.upscale import FACTORS, INVENTED, METHODS

PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in" / "b").mkdir(parents=True)
    Image.fromarray(data.astronaut()[40:168, 150:310]).save(tmp_path / "in" / "b" / "a.png")
    coffee = Image.fromarray(data.coffee()[:120, :200])
    coffee.save(tmp_path / "in" / "coffee.jpg", quality=95, icc_profile=PROFILE)
    (tmp_path / "in" / "notes.txt").write_text("no photo")
    return tmp_path / "in"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("method", [each for each in METHODS if each != INVENTED])
@pytest.mark.parametrize("factor", FACTORS)
def test_a_photo_comes_nearer_to_the_truth_than_by_bicubic(folder, capsys, method, factor):
    true = data.astronaut()[:240, 120:360]
    small = np.clip(np.rint(bicubic.shrink(true.astype(np.float32), factor)), 0, 255)
    Image.fromarray(small.astype(np.uint8)).save("small.png")
    arguments = ["--factor", str(factor), "--method", method, "--json"]
    assert main(["upscale", "small.png", "large.png", *arguments]) == 0
    (line,) = lines(capsys)
    assert (line["path"], line["out"], line["error"]) == ("small.png", "large.png", None)
    assert (line["width"], line["height"]) == (240, 240)
    found = np.asarray(Image.open("large.png"))
    plain = evaluation._bicubic(small.astype(np.uint8), factor)
    wanted = evaluation._luma(true)
    ours, theirs = (evaluation.psnr(evaluation._luma(each), wanted) for each in (found, plain))
    assert ours > theirs + 0.5


def test_invented_detail_is_said_to_be_and_stronger(folder, capsys):
    arguments = ["upscale", "in/coffee.jpg", "--factor", "4", "--json"]
    steps = {}
    for method in ("quality", INVENTED):
        assert main([*arguments[:2], f"{method}.png", *arguments[2:], "--method", method]) == 0
        (line,) = lines(capsys)
        assert line["invented"] == (method == INVENTED)
        large = np.asarray(Image.open(f"{method}.png").convert("L")).astype(np.float32)
        steps[method] = float(np.abs(np.diff(large)).mean())
    assert steps[INVENTED] > 1.05 * steps["quality"]


def test_a_folder_is_mirrored_and_the_tree_of_in_stays(folder, capsys):
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert main(["upscale", "in", "out", "--factor", "2", "--method", "fast"]) == 0
    told = capsys.readouterr()
    assert "1 files of other types" in told.err
    assert "100 %" in told.err
    written = {path.relative_to("out").as_posix() for path in Path("out").rglob("*.*")}
    assert written == {"b/a.png", "coffee.jpg"}
    with Image.open("out/coffee.jpg") as image:
        assert image.size == (400, 240)
        assert image.info["icc_profile"] == PROFILE
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_sixteen_bits_alpha_and_what_the_camera_said_stay(folder, capsys):
    deep = np.random.default_rng(0).integers(0, 65536, (40, 30, 4), np.uint16)
    deep = cv2.GaussianBlur(deep, (0, 0), 3)
    cv2.imwrite("deep.png", deep)
    with pyexiv2.Image("deep.png") as image:
        image.modify_exif({"Exif.Image.Orientation": "6", "Exif.Image.Make": "Proofsheet"})
    assert main(["upscale", "deep.png", "large.png", "--factor", "3", "--method", "fast"]) == 0
    large = cv2.imread("large.png", cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
    assert (large.dtype, large.shape) == (np.uint16, (90, 120, 4))  # upright, as Orientation says
    with pyexiv2.Image("large.png") as image:
        exif = image.read_exif()
    assert (exif["Exif.Image.Make"], exif["Exif.Image.Orientation"]) == ("Proofsheet", "1")
    upright = cv2.rotate(deep, cv2.ROTATE_90_CLOCKWISE).astype(float)
    small = cv2.resize(large.astype(float), (40, 30), interpolation=cv2.INTER_AREA)
    assert np.abs(small - upright).mean() < 655


def test_the_name_of_out_tells_the_format(folder, capsys):
    assert main(["upscale", "in/coffee.jpg", "o.png", "--factor", "2", "--method", "fast"]) == 0
    with Image.open("o.png") as image:
        assert (image.format, image.size) == ("PNG", (400, 240))


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("in/coffee.jpg", "o.jpg", "--method", "painted"), "--method"),
        (("in/coffee.jpg", "o.jpg", "--factor", "5"), "--factor"),
        (("in/coffee.jpg", "o.xyz"), ".png"),
        (("in/coffee.jpg", "in/coffee.jpg", "--force"), "never over IN"),
        (("in/coffee.jpg", "in/b/a.png"), "--force"),
        (("none.jpg", "o.jpg"), "none.jpg"),
        (("huge.png", "o.png"), "megapixels"),
    ],
)
def test_refusals_are_told_and_nothing_is_written(folder, capsys, arguments, word):
    Image.new("1", (12000, 9000)).save("huge.png")
    before = sorted(folder.parent.rglob("*"))
    try:
        code = main(["upscale", *arguments])
    except SystemExit as exit_:  # argparse's own refusal
        code = exit_.code
    assert code == 2
    assert word in capsys.readouterr().err
    assert sorted(folder.parent.rglob("*")) == before


def test_a_broken_photo_does_not_stop_the_others(folder, capsys):
    (folder / "broken.jpg").write_bytes((folder / "coffee.jpg").read_bytes()[:3000])
    assert main(["upscale", "in", "out", "--factor", "2", "--method", "fast"]) == 2
    errors = [line["error"] for line in lines(capsys)]
    assert [error is None for error in errors] == [True, False, True]
    assert sorted(path.name for path in Path("out").rglob("*.*")) == ["a.png", "coffee.jpg"]


def test_the_protocol_agrees_with_the_literature(shared: Path):
    report = evaluation.evaluate([shared / "eval" / "set5"])
    figures = {key: metric.value for key, metric in report.metrics.items() if metric}
    assert figures["psnr_y_x4_bicubic"] == pytest.approx(28.42, abs=0.02)
    assert figures["psnr_y_x3_bicubic"] == pytest.approx(30.39, abs=0.04)
    assert figures["psnr_y_x2_bicubic"] == pytest.approx(33.66, abs=0.02)
    assert report.n == 5
    assert report.seen_in_training == 0
    for method in METHODS:  # what the cards say of them
        promised = weights.manifest()[f"superres_{method}"].metrics["set5_psnr_y_x4"]
        assert figures[f"psnr_y_x4_{method}"] == pytest.approx(promised, abs=0.02)
        assert figures[f"ssim_y_x4_{method}"] > figures["ssim_y_x4_bicubic"]


def test_what_is_too_large_to_be_held_is_written_piece_by_piece(folder, capsys, monkeypatch):
    monkeypatch.setattr("ml.commands.upscale.MAX_PIXELS", 1_000_000)
    deep = data.astronaut().astype(np.uint16)[:, :420] * 256
    cv2.imwrite("deep.png", deep[..., ::-1])
    with pyexiv2.Image("in/coffee.jpg") as image:
        image.modify_exif({"Exif.Image.Make": "Maker", "Exif.Photo.ExposureTime": "1/200"})
        image.modify_iptc({"Iptc.Application2.Keywords": ["dog"]})
        image.modify_xmp({"Xmp.dc.subject": ["dog"]})
    assert main(["upscale", "deep.png", "large.png", "--factor", "4"]) == 2
    assert "written as TIFF alone" in capsys.readouterr().err
    for name, limit in (("deep.png", 1_000_000), ("in/coffee.jpg", 1_000)):
        monkeypatch.setattr("ml.commands.upscale.MAX_PIXELS", limit)
        for out, most in (("pieces.tif", limit), ("whole.tif", 10**9)):
            monkeypatch.setattr("ml.commands.upscale.MAX_PIXELS", most)
            line = ["upscale", name, out, "--factor", "4", "--method", "fast", "--force"]
            assert main(line) == 0
        pieces, whole = (tifffile.imread(each) for each in ("pieces.tif", "whole.tif"))
        assert pieces.dtype == whole.dtype
        np.testing.assert_allclose(pieces, whole, atol=1)
    with pyexiv2.Image("pieces.tif") as image:
        told = image.read_xmp()
        assert (told["Xmp.tiff.Make"], told["Xmp.exif.ExposureTime"]) == ("Maker", "1/200")
        assert told["Xmp.dc.subject"] == ["dog"]
        assert image.read_iptc() == {"Iptc.Application2.Keywords": ["dog"]}
    with Image.open("pieces.tif") as image:
        assert image.info["icc_profile"] == PROFILE
