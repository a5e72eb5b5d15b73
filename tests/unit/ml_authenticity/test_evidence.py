"""Evidence of authenticity: what files say, what is copied, how it is weighed."""

import io
import struct
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from skimage import data

from ml.authenticity import copies, credentials, metadata, verdict
from ml.authenticity.metadata import Said
from ml.authenticity.patches import CELL, Look, prepared
from ml.authenticity.resaved import Earlier
from ml.authenticity.statistics import statistics
from ml.errors import WeightsError
from ml.image import Picture
from ml.results import Evidence
from ml.stages.authenticity import judge_authenticity
from ml.train.authenticity_splices import blob

SURE = {"photograph": 0.7, "generated": 0.8, "edited": 0.8}
NOTHING = Said(0.0, 0.0, (), None)
TRACED = verdict.Traced()


def look(edited=-3.0):
    return Look(np.zeros((8 * CELL, 10 * CELL, 3), np.uint8), np.full((8, 10), edited, np.float32))


def odds(generated, edited):
    parts = dict.fromkeys(("whole", "objects", "statistics", "optics"), 0.0)
    places = np.full((8, 10), generated, np.float32)
    return verdict.Odds(parts | {"whole": generated}, 0.0, edited, places)


def jpeg(path, segments=b"", exif=b""):
    out = io.BytesIO()
    Image.fromarray(data.astronaut()).save(out, "JPEG", quality=92, exif=exif)
    whole = out.getvalue()
    path.write_bytes(whole[:2] + segments + whole[2:])
    return path


def segment(marker, body):
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body


def xmp(code):
    packet = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a Iptc4xmpExt:DigitalSourceType="{code}"/>'
    return segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet.encode())


def test_credentials_are_told_and_never_called_verified(tmp_path):
    body = b"JP\0\1\0\0\0\1" + b"\0\0\0\x40jumb" + b"c2pa OpenAI digitalsourcetype/"
    path = jpeg(tmp_path / "a.jpg", segment(0xEB, body + b"trainedAlgorithmicMedia\0"))
    read = credentials.read(path)
    assert read.present
    assert read.names == ("OpenAI",)
    assert read.types == ("trainedAlgorithmicMedia",)
    said = metadata.said(Picture.open(path), data.astronaut())
    assert said.generated >= metadata.STATED
    assert "not been verified" in said.evidence[0].text
    assert not credentials.read(jpeg(tmp_path / "b.jpg")).present
    other = segment(0xEB, b"JP\0\1\0\0\0\1" + b"\0\0\0\x40jumb" + b"360 degrees")
    assert not credentials.read(jpeg(tmp_path / "c.jpg", other)).present


def test_credentials_spread_over_segments_are_read_whole(tmp_path):
    first = segment(0xEB, b"JP\0\1\0\0\0\1" + b"\0\0\0\x40jumb" + b"c2pa" + bytes(900))
    second = segment(0xEB, b"JP\0\1\0\0\0\2" + bytes(900) + b"OpenAI")
    assert credentials.read(jpeg(tmp_path / "a.jpg", first + second)).names == ("OpenAI",)


def test_fields_of_a_tiff_are_read(tmp_path):
    exif, path = Image.Exif(), tmp_path / "a.tif"
    exif[271], exif[272] = "Maker", "Model"
    Image.fromarray(data.astronaut()).save(path, exif=exif)
    said = metadata.said(Picture.open(path), data.astronaut())
    assert "Maker Model" in said.evidence[0].text


def small_picture(size, *, mirrored):
    """EXIF with a thumbnail as stored, of a photo whose upright view is the astronaut."""
    shown = Image.fromarray(data.astronaut()).resize(size)
    out = io.BytesIO()
    (shown.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mirrored else shown).save(
        out, "JPEG", quality=40
    )
    thumb, ways = out.getvalue(), 2 if mirrored else 1
    first = struct.pack("<HHHII", 1, 274, 3, 1, ways) + struct.pack("<I", 26)
    second = struct.pack("<HHHIIHHIII", 2, 513, 4, 1, 56, 514, 4, 1, len(thumb), 0)
    return b"Exif\0\0II*\0\x08\0\0\0" + first + second + thumb


@pytest.mark.parametrize(
    ("side", "mirrored", "told"), [(96, False, 1), (96, True, 1), (1040, False, 0)]
)
def test_the_small_picture_is_compared_as_it_is_turned(tmp_path, side, mirrored, told):
    path = jpeg(tmp_path / "a.jpg", segment(0xE1, small_picture((side, side), mirrored=mirrored)))
    said = metadata.said(Picture.open(path), data.astronaut())
    shown = [each.text for each in said.evidence if each.kind == "thumbnail"]
    assert len(shown) == told
    assert all("shows the same" in text for text in shown)


def test_a_source_type_in_the_packet_is_read(tmp_path):
    address = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"
    path = jpeg(tmp_path / "a.jpg", xmp(address))
    assert credentials.read(path).told == "compositeSynthetic"
    assert metadata.said(Picture.open(path), data.astronaut()).edited >= metadata.STATED


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff", b"RIFF\xff\xff\xff\xffWEBP", b"\0" * 9])
def test_a_broken_file_says_nothing(tmp_path, content):
    path = tmp_path / "broken"
    path.write_bytes(content)
    assert credentials.read(path) == credentials.Credentials(False)


def test_prompts_of_generators_speak_against_a_photograph(tmp_path):
    told = PngImagePlugin.PngInfo()
    told.add_text("parameters", "a cat, steps: 20")
    path = tmp_path / "a.png"
    Image.fromarray(data.astronaut()).save(path, pnginfo=told)
    assert metadata.said(Picture.open(path), data.astronaut()).generated == metadata.STATED


def test_an_editors_name_moves_nothing(tmp_path):
    plain, named = Image.Exif(), Image.Exif()
    for exif in (plain, named):
        exif[271], exif[272] = "Maker", "Model"
    named[305] = "Adobe Photoshop 25.0"
    said = [
        metadata.said(
            Picture.open(jpeg(tmp_path / f"{i}.jpg", exif=each.tobytes())), look().picture
        )
        for i, each in enumerate((plain, named))
    ]
    assert said[0].generated == said[1].generated
    assert said[0].edited == said[1].edited
    assert [each.weight for each in said[1].evidence if each.kind == "editor"] == [0.0]


def test_quality_is_read_off_the_tables(tmp_path):
    for quality in (30, 75, 95):
        path = tmp_path / f"{quality}.jpg"
        Image.fromarray(data.astronaut()).save(path, quality=quality)
        told = metadata.said(Picture.open(path), data.astronaut())
        assert told.quality == pytest.approx(quality, abs=2)


def test_outcomes_are_told_only_when_sure():
    def told(generated, edited):
        return verdict.weigh(look(), odds(generated, edited), NOTHING, TRACED, (640, 480), SURE)

    assert told(-3.0, -3.0).outcome == "photograph"
    assert told(4.0, -3.0).outcome == "generated"
    assert told(-3.0, 4.0).outcome == "edited"
    middle = told(0.0, 0.0)
    assert middle.outcome == "inconclusive"
    assert middle.region is None
    assert sum(middle.probabilities.values()) == pytest.approx(1)


def test_strong_compression_leaves_it_open():
    said = Said(0.0, 0.0, (Evidence("metadata", "x", 0.0),), 30)
    found = verdict.weigh(look(), odds(6.0, -3.0), said, TRACED, (640, 480), SURE)
    assert found.outcome == "inconclusive"
    assert "JPEG 30" in " ".join(each.text for each in found.evidence)


def test_the_region_is_in_pixels_of_the_photo():
    seen = look()
    seen.edited[2:5, 4:8] = 4.0
    region = verdict.weigh(seen, odds(-3.0, 5.0), NOTHING, TRACED, (1000, 800), SURE).region
    x, y, width, height = region
    assert 300 <= x <= 400
    assert 100 <= y <= 200
    assert 400 <= width <= 600
    assert 300 <= height <= 500


def test_what_no_patch_covers_shifts_neither_region_nor_map():
    seen = look()
    seen.edited[7, 9] = 60.0
    seen = replace(seen, covered=(0.5, 0.5))
    found = verdict.weigh(seen, odds(-3.0, 5.0), NOTHING, TRACED, (1000, 800), SURE)
    x, y, width, height = found.region
    assert x + width <= 501
    assert y + height <= 401
    assert found.traces[3, 4] > 200 > found.traces[2, 2]


def test_what_savings_mark_is_in_the_region_and_on_the_map():
    missing = np.zeros((16, 20), bool)
    missing[2:6, 10:14] = True
    traced = verdict.Traced(earlier=Earlier(missing))
    found = verdict.weigh(look(), odds(-3.0, 1.0), NOTHING, traced, (1000, 800), SURE)
    assert found.outcome == "edited"
    assert found.region == pytest.approx((500, 100, 200, 200))
    assert found.traces[2, 6] > 200 > found.traces[2, 4]


def test_a_strip_is_left_open(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(np.tile(data.astronaut()[:256], (1, 8, 1))).save(path)
    assert judge_authenticity(Picture.open(path)).outcome == "inconclusive"


def test_a_copied_piece_is_found_and_a_repeated_look_is_not():
    assert copies.find(data.coffee()) is None
    photo = data.astronaut().copy()
    photo[340:460, 10:130] = photo[20:140, 170:290]
    found = copies.find(photo)
    assert found is not None
    assert found.mask[360:440, 30:110].mean() > 0.4
    assert found.mask[40:120, 190:270].mean() > 0.4
    assert found.mask.mean() < 0.25


def test_what_is_looked_at_is_smaller_and_whole_patches():
    seen = prepared(np.zeros((1000, 1333, 3), np.uint8))
    assert seen.shape[0] % CELL == 0
    assert seen.shape[1] % CELL == 0
    assert 500 < seen.shape[0] < 704 >= seen.shape[1]


def test_measures_tell_noise_from_smoothness():
    photo = data.astronaut()
    smooth = cv2.GaussianBlur(photo, (0, 0), 2)
    one, other = statistics(photo), statistics(smooth)
    assert one.shape == other.shape
    assert np.isfinite(one).all()
    assert np.isfinite(other).all()
    assert np.abs(one - other).max() > 1


def test_blobs_cover_what_they_should():
    rng = np.random.default_rng(2)
    shares = [blob(128, 128, rng).mean() for _ in range(20)]
    assert min(shares) > 0.01
    assert max(shares) < 0.7


@pytest.mark.parametrize("fitted_to", ["network", "scene", "head_file"])
def test_a_gate_of_other_weights_is_refused(tmp_path, fitted_to):
    path = tmp_path / "gate.json"
    held = getattr(verdict.gate(), fitted_to)
    path.write_text(verdict.GATE.read_text("utf-8").replace(held, "0" * 64))
    with pytest.raises(WeightsError, match="authenticity-gate"):
        verdict.gate(path)


def test_of_an_even_surface_nothing_is_told(tmp_path):
    Image.new("RGB", (600, 500), (128, 130, 127)).save(tmp_path / "grey.png")
    told = judge_authenticity(Picture.open(tmp_path / "grey.png"))
    assert told.outcome == "inconclusive"
    assert "even surface" in told.evidence[0].text
