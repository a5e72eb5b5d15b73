"""Reading photos: every format, depth, colour space and orientation comes out upright in sRGB."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage import data

from ml.errors import ImageError
from ml.image import Picture
from tests.unit.ml.samples import (
    HEIGHT,
    SAMPLES,
    WIDTH,
    dng,
    encoded,
    scene,
    swapped_profile,
    tiff,
)

CLOSE = {"jpeg-cmyk": 12, "png-palette": 12, "tiff-lab": 12, "avif": 10, "heic": 10}
GREY = {"jpeg-grey", "png-grey16", "tiff-float"}


def written(folder: Path, content: bytes) -> Path:
    path = folder / "photo.bin"  # the name must not matter
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "name", [name for name in SAMPLES if name not in {"png-bilevel", "dng", "dng-preview"}]
)
def test_every_format_gives_the_same_picture(name: str, tmp_path: Path, samples: dict[str, bytes]):
    picture = Picture.open(written(tmp_path, samples[name]))
    assert picture.size == (WIDTH, HEIGHT)
    view = picture.full()
    assert view.shape == (HEIGHT, WIDTH, 3)
    assert view.dtype == np.uint8
    expected = scene().astype(float)
    if name in GREY:
        expected = np.repeat(view.astype(float)[:, :, :1], 3, axis=2)
        rising = {"jpeg-grey": view[:, :, 0].std() > 10}.get(name, view[0, -1, 0] > view[0, 0, 0])
        assert rising
    assert np.abs(view - expected).mean() < CLOSE.get(name, 6)


def test_header_says_depth_and_frames(tmp_path: Path, samples: dict[str, bytes]):
    def header(name: str):
        return Picture.open(written(tmp_path, samples[name])).header

    assert header("png-grey16").bits == 16
    assert header("tiff-16").bits == 16
    assert header("jpeg").bits == 8
    assert header("png-animated").frames == 2
    assert header("webp-animated").frames == 2
    assert (header("webp").format, header("webp").mime) == ("WebP", "image/webp")


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(form: str, orientation: int, tmp_path: Path):
    turn = {
        1: lambda a: a,
        2: lambda a: a[:, ::-1],
        3: lambda a: a[::-1, ::-1],
        4: lambda a: a[::-1],
        5: lambda a: a.swapaxes(0, 1),
        6: lambda a: np.rot90(a, 1),
        7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
        8: lambda a: np.rot90(a, -1),
    }
    stored = Image.fromarray(np.ascontiguousarray(turn[orientation](scene())))
    exif = Image.Exif()
    exif[274] = orientation
    path = written(tmp_path, encoded(form, stored, exif=exif.tobytes(), quality=95))
    picture = Picture.open(path)
    assert picture.size == (WIDTH, HEIGHT)
    assert picture.header.orientation == orientation
    assert np.abs(picture.full() - scene().astype(float)).mean() < 8


def test_profile_is_converted_to_srgb(tmp_path: Path):
    """A picture whose profile has red and blue swapped comes out swapped back."""

    path = written(tmp_path, encoded("PNG", icc_profile=swapped_profile()))
    assert np.abs(Picture.open(path).full()[:, :, ::-1] - scene().astype(float)).mean() < 8


@pytest.mark.parametrize("profile", [b"no profile", b"\0" * 200])
def test_damaged_profile_is_left_aside(profile: bytes, tmp_path: Path):
    path = written(tmp_path, encoded("JPEG", icc_profile=profile, quality=95))
    assert np.abs(Picture.open(path).full() - scene().astype(float)).mean() < 6


def test_srgb_profile_costs_nothing_and_changes_nothing(tmp_path: Path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = Picture.open(written(tmp_path, encoded("PNG"))).full()
    tagged = Picture.open(written(tmp_path, encoded("PNG", icc_profile=profile))).full()
    assert np.array_equal(plain, tagged)


def test_transparent_parts_are_white(tmp_path: Path):
    clear = Image.new("RGBA", (8, 8), (0, 0, 0, 0))
    assert Picture.open(written(tmp_path, encoded("PNG", clear))).full().min() == 255


def test_view_is_scaled_in_the_decoder_and_kept(tmp_path: Path):
    path = tmp_path / "coffee.jpg"
    Image.fromarray(data.coffee()).resize((1200, 800)).save(path, quality=92)
    picture = Picture.open(path)
    small = picture.view(300)
    assert small.shape == (200, 300, 3)
    large = picture.view(500)
    assert large.shape == (400, 600, 3)
    path.unlink()  # a smaller view comes out of what is decoded already
    assert picture.view(300).shape == (200, 300, 3)
    assert picture.view(600) is large
    with pytest.raises(ImageError):
        picture.view(601)
    with pytest.raises(ValueError, match="read-only"):
        large[0, 0] = 0


@pytest.mark.parametrize("name", ["png", "webp", "tiff-16", "avif", "heic", "jpeg"])
def test_scaled_view_looks_like_the_full_one(name: str, tmp_path: Path, samples: dict[str, bytes]):
    picture = Picture.open(written(tmp_path, samples[name]))
    view = picture.view(48)
    assert 48 <= max(view.shape[:2]) < 96
    full = np.asarray(Image.fromarray(scene()).resize(view.shape[1::-1], Image.Resampling.BOX))
    assert np.abs(view - full.astype(float)).mean() < 8


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"GIF89a" + bytes(40), "GIF"),
        (b"%PDF-1.7 and so on", "PDF"),
        (b"just some words", "not a photo"),
        (b"\0\0\0\x18ftypisom" + bytes(20), "video"),
        (b"\xff\xd8\xff\xe0", "early|damaged"),
    ],
)
def test_what_is_no_photo_is_refused_in_words(content: bytes, words: str, tmp_path: Path):
    with pytest.raises(ImageError, match=words):
        Picture.open(written(tmp_path, content)).full()


def test_missing_file_and_folder(tmp_path: Path):
    with pytest.raises(ImageError, match="no file"):
        Picture.open(tmp_path / "none.jpg")
    with pytest.raises(ImageError, match="folder"):
        Picture.open(tmp_path)


@pytest.mark.parametrize("name", ["jpeg", "jpeg-progressive", "png", "webp", "tiff-lzw", "avif"])
@pytest.mark.parametrize("side", [16, 1000])
def test_truncated_files_are_refused_at_every_scale(
    name: str, side: int, tmp_path: Path, samples: dict[str, bytes]
):
    content = samples[name]
    path = written(tmp_path, content[: len(content) * 3 // 5])
    with pytest.raises(ImageError, match=r"early|damaged"):
        Picture.open(path).view(side)


def test_pixel_limit(tmp_path: Path):
    path = written(tmp_path, encoded("PNG"))
    with pytest.raises(ImageError, match=r"limit of 0\.006 megapixels"):
        Picture.open(path, max_pixels=6000)
    assert Picture.open(path, max_pixels=WIDTH * HEIGHT).size == (WIDTH, HEIGHT)


def test_decompression_bomb_is_refused_by_its_header(tmp_path: Path):
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(10**6)))
    )
    with pytest.raises(ImageError, match="60000 × 60000"):
        Picture.open(written(tmp_path, bomb))


def test_jpeg_of_a_thousand_scans_is_refused(tmp_path: Path):
    content = encoded("JPEG", progressive=True)
    start = content.rindex(b"\xff\xda")
    scan = content[start:-2]
    path = written(tmp_path, content[:-2] + scan * 1000 + content[-2:])
    with pytest.raises(ImageError, match="scans"):
        Picture.open(path).full()


def test_file_that_changes_after_the_header_was_read(tmp_path: Path):
    path = written(tmp_path, encoded("PNG"))
    picture = Picture.open(path)
    path.write_bytes(encoded("PNG", Image.new("RGB", (500, 500))))
    with pytest.raises(ImageError, match="changed"):
        picture.full()


def test_dng_without_preview_is_developed_upright(tmp_path: Path):
    picture = Picture.open(written(tmp_path, dng()))
    assert picture.header.format == "DNG"
    assert picture.header.orientation == 6
    width, height = picture.size
    assert width < height
    view = picture.full()
    assert view.shape[0] > view.shape[1]


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_preview_of_a_dng_is_turned_upright(orientation: int, tmp_path: Path):
    picture = Picture.open(written(tmp_path, dng(preview=True, orientation=orientation)))
    quarter_turns = {1: 0, 3: 2, 6: -1, 8: 1}[orientation]
    assert picture.size == ((128, 96) if quarter_turns % 2 == 0 else (96, 128))
    assert np.array_equal(picture.view(64), np.rot90(scene(64, 48), quarter_turns))


def test_a_preview_that_is_too_small_gives_way_to_a_development(tmp_path: Path):
    picture = Picture.open(written(tmp_path, dng(preview=True)))
    assert max(picture.view(128).shape) == 128


def test_tiff_of_several_pages_shows_the_first(tmp_path: Path):
    out = io.BytesIO()
    Image.fromarray(scene()).save(
        out, "TIFF", save_all=True, append_images=[Image.new("RGB", (10, 10))]
    )
    picture = Picture.open(written(tmp_path, out.getvalue()))
    assert picture.header.frames == 2
    assert picture.size == (WIDTH, HEIGHT)


def test_big_tiff(tmp_path: Path):
    content = tiff(photometric="rgb", bigtiff=True)
    assert Picture.open(written(tmp_path, content)).size == (WIDTH, HEIGHT)
