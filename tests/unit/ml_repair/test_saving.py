"""Repaired files: format, depth, colours and metadata of the source, nothing half-written."""

import subprocess

import cv2
import numpy as np
import pyexiv2
import pytest
import tifffile
from PIL import Image, ImageCms, JpegImagePlugin

from ml.errors import ImageError
from ml.image import Picture, deep
from ml.repair import saving
from ml.repair.recipe import Recipe, Step, apply
from tests.unit.ml_distortion.known_picture import photo

SIZE = (240, 160)
SWIRL = Step("distortion", "swirl", {"center": [80, 80], "angle": 40.0, "radius": 50.0})
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def repaired(path, target, *, moved=True):
    picture = Picture.open(path)
    before = path.read_bytes()
    saving.save(apply(deep.read(picture), Recipe((SWIRL,))), picture, target, moved=moved)
    assert path.read_bytes() == before
    assert [p.name for p in target.parent.iterdir() if ".part" in p.name] == []
    return Picture.open(target)


def deep_values(path, channels):
    values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return values[:, :, ::-1] if channels == 3 else values[:, :, [2, 1, 0, 3]]


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_a_jpeg_keeps_its_tables_and_sampling(tmp_path, subsampling):
    source = tmp_path / "in.JPG"
    image = Image.fromarray(photo(*SIZE))
    image.save(source, "JPEG", quality=83, subsampling=subsampling, icc_profile=PROFILE)
    target = tmp_path / "out.jpg"
    assert repaired(source, target).size == SIZE
    with Image.open(source) as one, Image.open(target) as other:
        assert one.quantization == other.quantization
        assert JpegImagePlugin.get_sampling(one) == JpegImagePlugin.get_sampling(other)
        assert other.info["icc_profile"] == PROFILE
    assert saving.suffix_of(Picture.open(source)) == ".JPG"


def test_compression_that_was_undone_is_not_done_again(tmp_path):
    source, target = tmp_path / "in.jpg", tmp_path / "out.jpg"
    for quality, finest in ((30, 95), (98, 98)):
        Image.fromarray(photo(*SIZE)).save(source, quality=quality)
        picture = Picture.open(source)
        saving.save(deep.read(picture), picture, target, moved=False, finer=True)
        Image.fromarray(photo(*SIZE)).save(tmp_path / "as.jpg", quality=finest)
        with Image.open(target) as done, Image.open(tmp_path / "as.jpg") as wanted:
            assert done.quantization == wanted.quantization


@pytest.mark.parametrize(
    ("mode", "name"),
    [("CMYK", "a.jpg"), ("L", "a.jpg"), ("LA", "a.png"), ("RGBA", "a.webp"), ("RGBA", "a.tif")],
)
def test_channels_stay(tmp_path, mode, name):
    source, target = tmp_path / name, tmp_path / "out" / name
    target.parent.mkdir()
    image = Image.fromarray(photo(*SIZE)).convert(mode)
    if mode.endswith("A"):
        image.putalpha(200)
    image.save(source)
    repaired(source, target)
    with Image.open(source) as one, Image.open(target) as other:
        assert other.mode == one.mode
        if mode.endswith("A"):
            assert np.asarray(other.getchannel("A")).min() > 195


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_sixteen_bits_stay(tmp_path, name, channels):
    ramp = np.linspace(0, 65535, SIZE[0] * SIZE[1]).reshape(SIZE[1], SIZE[0]).astype(np.uint16)
    values = np.dstack([ramp, ramp[:, ::-1], ramp[::-1], np.full_like(ramp, 40000)])[..., :channels]
    source, target = tmp_path / name, tmp_path / "out" / name
    target.parent.mkdir()
    if name.endswith("png"):
        order = [2, 1, 0, 3][:channels]
        cv2.imwrite(str(source), values[:, :, order])
    else:
        extra = ["unassalpha"] if channels == 4 else None
        tifffile.imwrite(source, values, photometric="rgb", extrasamples=extra, iccprofile=PROFILE)
    repaired(source, target)
    got = deep_values(target, channels)
    assert got.dtype == np.uint16
    assert np.array_equal(got[:10], values[:10]), "away from the swirl nothing changes"
    assert len(np.unique(got)) > 20_000, "no banding"
    if channels == 4:
        assert (got[..., 3] == 40000).all()
    if name.endswith("tif"):
        with tifffile.TiffFile(target) as opened:
            assert opened.pages[0].tags["InterColorProfile"].value == PROFILE


@pytest.mark.parametrize("orientation", range(1, 9))
def test_metadata_come_along_and_are_true(tmp_path, orientation):
    source, target = tmp_path / "a.jpg", tmp_path / "b.jpg"
    Image.fromarray(photo(*SIZE)).save(source)
    with pyexiv2.Image(str(source)) as image:
        image.modify_exif(
            {
                "Exif.Image.Orientation": str(orientation),
                "Exif.Image.Artist": "Zoë",
                "Exif.Photo.PixelXDimension": "9999",
            }
        )
        image.modify_iptc({"Iptc.Application2.Headline": "Harbour"})
        image.modify_xmp({"Xmp.dc.subject": ["boat", "sea"], "Xmp.tiff.Orientation": "6"})
    result = repaired(source, target)
    assert result.header.orientation == 1
    upright = SIZE if orientation < 5 else SIZE[::-1]
    assert result.size == upright
    with pyexiv2.Image(str(target)) as image:
        exif, xmp = image.read_exif(), image.read_xmp()
        assert exif["Exif.Image.Artist"] == "Zoë"
        assert exif["Exif.Photo.PixelXDimension"] == str(upright[0])
        assert image.read_iptc()["Iptc.Application2.Headline"] == "Harbour"
        assert xmp["Xmp.dc.subject"] == ["boat", "sea"]
        assert "Xmp.tiff.Orientation" not in xmp


def test_regions_of_others_stay_only_where_nothing_moved(tmp_path):
    source = tmp_path / "a.jpg"
    Image.fromarray(photo(*SIZE)).save(source)
    drawn = (
        "-RegionInfo={AppliedToDimensions={W=240,H=160,Unit=pixel},"
        "RegionList=[{Area={X=0.5,Y=0.5,W=0.1,H=0.1,Unit=normalized},Name=Ann,Type=Face}]}"
    )
    subprocess.run(["exiftool", "-q", "-overwrite_original", drawn, str(source)], check=True)
    for moved in (True, False):
        target = tmp_path / f"{moved}.jpg"
        repaired(source, target, moved=moved)
        asked = ["exiftool", "-RegionName", str(target)]
        said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        assert ("Ann" in said) is not moved


def test_several_frames_are_refused_and_nothing_is_left(tmp_path):
    frames = [Image.fromarray(photo(*SIZE)), Image.fromarray(photo(*SIZE)[::-1])]
    source, target = tmp_path / "a.tif", tmp_path / "out" / "a.tif"
    frames[0].save(source, save_all=True, append_images=frames[1:])
    with pytest.raises(ImageError, match="several pages"):
        deep.read(Picture.open(source))
    assert not target.parent.exists()
