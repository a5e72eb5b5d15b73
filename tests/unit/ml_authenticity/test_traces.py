"""Traces beside the networks: earlier savings, fringes of lenses, patterns of sensors."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw
from skimage import data

from ml.authenticity import fringes, reasons, resaved, sensor, shows
from ml.authenticity.body import body
from ml.authenticity.patches import prepared
from ml.authenticity.stored import stored
from ml.errors import ImageError
from ml.image import Picture
from ml.stages.authenticity import judge_authenticity


def file(path, pixels, quality, **more):
    Image.fromarray(pixels).save(path, "JPEG", quality=quality, **more)
    return path


def opened(path):
    return stored(Picture.open(path))


def photo(side=512):
    """A photograph without any grid of an earlier saving."""
    shown = cv2.resize(data.astronaut(), (side - 24, side - 24), interpolation=cv2.INTER_AREA)
    return cv2.resize(shown, (side, side), interpolation=cv2.INTER_CUBIC)


def test_what_was_saved_once_shows_no_earlier_saving(tmp_path):
    assert resaved.look(opened(file(tmp_path / "a.jpg", photo(), 92))) is None


def test_an_earlier_saving_is_seen_all_over(tmp_path):
    file(tmp_path / "a.jpg", photo(), 75)
    file(tmp_path / "b.jpg", np.asarray(Image.open(tmp_path / "a.jpg")), 92)
    found = resaved.look(opened(tmp_path / "b.jpg"))
    assert found is not None
    assert found.missing is None


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_part_put_in_between_two_savings_is_found(tmp_path, orientation):
    file(tmp_path / "a.jpg", photo(), 75)
    changed = np.asarray(Image.open(tmp_path / "a.jpg")).copy()
    changed[300:460, 60:260] = data.coffee()[120:280, 200:400]
    exif = Image.Exif()
    exif[274] = orientation
    found = resaved.look(opened(file(tmp_path / "b.jpg", changed, 92, exif=exif.tobytes())))
    assert found is not None
    truth = np.zeros((64, 64), bool)
    truth[38:57, 8:32] = True
    truth = np.rot90(truth, -1) if orientation == 6 else truth
    assert (found.missing & truth).sum() / (found.missing | truth).sum() > 0.6
    trace = reasons.of_traces(None, found, None)[0]
    assert (trace.edited, trace.evidence.weight) == (reasons.UNSAVED, -reasons.UNSAVED)


def test_of_what_was_saved_as_red_green_and_blue_nothing_is_told(tmp_path):
    file(tmp_path / "a.jpg", photo(), 75)
    twice = np.asarray(Image.open(tmp_path / "a.jpg"))
    found = opened(file(tmp_path / "b.jpg", twice, 92, keep_rgb=True))
    with pytest.raises(ImageError):
        found.planes()
    assert resaved.look(found) is None


def test_luma_is_as_it_is_stored(tmp_path):
    found = opened(file(tmp_path / "a.jpg", photo(), 80))
    assert (found.luma == found.planes()[..., 0]).all()
    with Image.open(tmp_path / "a.jpg") as same:
        assert found.table[0, 0] == same.quantization[0][0]


def test_what_is_no_jpeg_or_damaged_is_not_looked_at(tmp_path):
    Image.fromarray(photo()).save(tmp_path / "a.png")
    assert opened(tmp_path / "a.png") is None
    whole = file(tmp_path / "b.jpg", photo(), 90)
    picture = Picture.open(whole)
    whole.write_bytes(whole.read_bytes()[:9000])
    assert stored(picture) is None


def through_a_lens(pixels, share):
    """Red drawn larger than green by a share."""
    height, width = pixels.shape[:2]
    grow = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), 0, 1 + share)
    found = pixels.copy()
    red = np.ascontiguousarray(pixels[..., 0])
    found[..., 0] = cv2.warpAffine(red, grow, (width, height), flags=cv2.INTER_CUBIC)
    return found


def test_fringes_are_those_of_a_lens_and_of_none_other():
    grey = np.repeat(cv2.cvtColor(photo(), cv2.COLOR_RGB2GRAY)[..., None], 3, 2)
    noisy = np.clip(grey + np.random.default_rng(1).normal(0, 3, grey.shape), 0, 255)
    noisy = noisy.astype(np.uint8)
    assert fringes.fringes(noisy) == 0
    assert fringes.fringes(np.roll(noisy, 1, 1)) == 0
    aside = noisy.copy()
    aside[..., 0] = np.roll(aside[..., 0], 1, 1)  # all of it by as much: no lens
    assert fringes.fringes(aside) == 0
    assert fringes.fringes(through_a_lens(noisy, 0.003)) > 1


@pytest.mark.parametrize("shape", [(300, 300), (128, 700)])
def test_fringes_of_nothing_are_none(shape):
    assert fringes.fringes(np.zeros((*shape, 3), np.uint8)) == 0
    noise = np.random.default_rng(0).integers(0, 255, (*shape, 3), dtype=np.uint8)
    assert fringes.fringes(noise) < 1


SHAPE = (320, 448)


def pattern_of(seed):
    return np.random.default_rng(seed).normal(0, 0.02, SHAPE).astype(np.float32)


def taken(number, pattern, folder, away=None):
    """A simulated photograph: a piece of a picture, times a sensor's pattern, noise, JPEG 95."""
    rng = np.random.default_rng(number)
    whole = (data.astronaut(), data.coffee(), data.chelsea())[number % 3]
    factor = rng.uniform(1.1, 1.4) * max(SHAPE[0] / len(whole), SHAPE[1] / whole.shape[1])
    large = cv2.resize(whole, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    top, left = (int(rng.integers(a - b + 1)) for a, b in zip(large.shape[:2], SHAPE, strict=True))
    piece = large[top : top + SHAPE[0], left : left + SHAPE[1]].astype(np.float32)
    piece = piece[:, :: rng.choice((-1, 1))] * rng.uniform(0.6, 1.0)
    response = np.where(away, 0, pattern) if away is not None else pattern
    values = piece * (1 + response[..., None]) + rng.normal(0, 1.5, piece.shape)
    return opened(file(folder / "x.jpg", np.clip(values + 0.5, 0, 255).astype(np.uint8), 95))


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sums")
    sums = sensor.Sums(folder, SHAPE)
    for number in range(sensor.LEAST // 2):
        sums.add(taken(number, pattern_of(1), folder).luma)
    with pytest.raises(ValueError, match="a plane of"):
        sums.add(np.zeros((8, 8), np.uint8))
    return sums.pattern()


def test_a_pattern_is_found_again_and_no_other_is(known, tmp_path):
    truth = pattern_of(1)
    assert np.corrcoef(known.kept.ravel(), truth.ravel())[0, 1] > 0.6
    for number in (101, 102, 103):
        assert sensor.compared(taken(number, truth, tmp_path), known).same
        assert not sensor.compared(taken(number, pattern_of(2), tmp_path), known).same
        assert not sensor.compared(taken(number, 0 * truth, tmp_path), known).same


def test_where_a_pattern_is_absent_is_told(known, tmp_path):
    away = np.zeros(SHAPE, bool)
    away[96:288, 64:256] = True
    for number in (102, 105):
        whole = sensor.compared(taken(number, pattern_of(1), tmp_path), known)
        assert whole.absent is not None
        assert not whole.absent.any()
        cut = sensor.compared(taken(number, pattern_of(1), tmp_path, away), known)
        assert cut.same
        assert cut.absent[4:8, 3:7].mean() > 0.5
        assert cut.absent[:, 10:].mean() < 0.1
        weights = [each.edited for each in reasons.of_traces(None, None, cut)]
        assert weights == [0.0, reasons.ABSENT]


def test_a_pattern_that_is_not_seen_accuses_nobody(known, tmp_path):
    other = sensor.compared(taken(101, pattern_of(2), tmp_path), known)
    (told,) = reasons.of_traces(None, None, other)
    assert (told.generated, told.edited, told.evidence.weight) == (0, 0, 0)


def with_fields(path, serial=None, program=None):
    exif = Image.Exif()
    exif[271], exif[272] = "Maker", "Model 5"
    if program:
        exif[305] = program
    fields = exif.get_ifd(0x8769)
    fields[33434], fields[33437], fields[34855] = 0.01, 4.0, 200
    if serial:
        fields[0xA431] = serial
    return Picture.open(file(path, photo(300), 90, exif=exif.tobytes()))


def test_a_body_is_told_by_what_its_file_says(tmp_path):
    assert body(with_fields(tmp_path / "a.jpg", "77")) == "Maker · Model 5 · 77 · 300×300"
    assert "no serial number" in (body(with_fields(tmp_path / "b.jpg")) or "")
    assert body(with_fields(tmp_path / "c.jpg", "77", "GIMP 2.10")) is None
    assert body(Picture.open(file(tmp_path / "d.jpg", photo(300), 90))) is None


def writing(dark):
    rng = np.random.default_rng(3)
    page = Image.new("RGB", (700, 900), (24, 26, 30) if dark else (255, 255, 255))
    draw, letters = ImageDraw.Draw(page), list("abcdefghijklmnop qrstuvwxyz  ")
    for line in range(20, 880, 22):
        text = "".join(rng.choice(letters, 80))
        draw.text((30, line), text, (230, 230, 230) if dark else (0, 0, 0), font_size=17)
    return np.asarray(page)


def window():
    """Panels and a picture, as on a screen."""
    shown = np.full((700, 1000, 3), 32, np.uint8)
    shown[60:660, 700:960] = 54
    shown[100:400, 60:510] = data.coffee()[:300, :450]
    return shown


@pytest.mark.parametrize(
    "shown",
    [
        writing(dark=False),
        writing(dark=True),
        window(),
        np.random.default_rng(0).integers(0, 255, (600, 700, 3), dtype=np.uint8),
    ],
    ids=["page", "dark page", "screenshot", "noise"],
)
def test_of_what_shows_nothing_nothing_is_told(tmp_path, shown):
    for name, more in (("a.png", {}), ("a.jpg", {"quality": 88})):
        Image.fromarray(shown).save(tmp_path / name, **more)
        told = judge_authenticity(Picture.open(tmp_path / name))
        assert told.outcome == "inconclusive"
        assert "writing" in told.evidence[0].text


@pytest.mark.parametrize("name", ["astronaut", "coffee", "chelsea", "rocket"])
def test_photographs_show_something(name):
    shown = getattr(data, name)()
    assert shows.a_picture(shown, prepared(shown))


def test_what_was_clipped_is_not_called_absent(known, tmp_path):
    """Where light ran out there is nothing to have a pattern."""
    shown = taken(105, pattern_of(1), tmp_path)
    luma = shown.luma.copy()
    luma[192:] = 245
    found = sensor.compared(replace(shown, luma=luma), known)
    assert found.same
    assert found.absent is None or not found.absent.any()


def test_what_a_camera_smoothed_accuses_nobody(known, tmp_path):
    """A part without noise looks as if the pattern was missing: that alone must not be enough."""
    shown = taken(105, pattern_of(1), tmp_path)
    luma = shown.luma.copy()
    luma[192:] = cv2.GaussianBlur(luma[192:], (0, 0), 4)
    found = sensor.compared(replace(shown, luma=luma), known)
    told = reasons.of_traces(None, None, found)
    assert sum(each.edited for each in told) <= 0.5
    assert sum(each.generated for each in told) < 0
