"""The hash of a picture without its metadata: all formats, other programs' edits, hostile files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from app.metadata import Edits, deliver, image_sha256
from tests.unit.metadata.conftest import MakePhoto
from tests.unit.ml.samples import dng

FORMATS: dict[str, dict[str, object]] = {
    "a.jpg": {"quality": 90},
    "progressive.jpg": {"progressive": True, "quality": 80},
    "a.png": {},
    "a.tif": {"compression": "tiff_lzw"},
    "a.webp": {"lossless": True},
    "lossy.webp": {},
    "a.heic": {},
    "a.avif": {},
    "a.dng": {},
}
CHANGED = 40


@pytest.fixture
def photo(make_photo: MakePhoto, tmp_path: Path):  # type: ignore[no-untyped-def]
    """A photo of a format, with or without one changed pixel."""

    def make(name: str, *, changed: bool = False) -> Path:
        stem = "changed-" if changed else ""
        if name.endswith(".dng"):
            path = tmp_path / (stem + name)
            data = bytearray(dng(preview=True))
            if changed:
                data[-1] ^= 1
            path.write_bytes(data)
            return path
        options = dict(FORMATS[name])
        if name.endswith((".heic", ".avif")):
            pixels = np.random.default_rng(7).integers(0, 256, (48, 64, 3), dtype=np.uint8)
            pixels[8:16, 8:16] ^= 255 if changed else 0
            path = tmp_path / (stem + name)
            image = Image.fromarray(pixels)
            if name.endswith(".avif"):
                image.save(path, quality=95)
            else:
                pillow_heif.from_pillow(image).save(path, quality=95)
            return path
        path = make_photo(stem + name, **options)
        if changed:
            image = Image.open(path).convert("RGB")
            red, green, blue = image.getpixel((CHANGED, CHANGED))
            image.putpixel((CHANGED, CHANGED), (255 - red, 255 - green, 255 - blue))
            image.save(path, **options)
        return path

    return make


@pytest.mark.parametrize("name", FORMATS)
def test_another_program_changes_metadata_and_the_hash_stays(  # type: ignore[no-untyped-def]
    photo, exiftool: Path, name: str
) -> None:
    path = photo(name)
    before, whole = image_sha256(path), path.read_bytes()
    said = ["-XMP-dc:Subject=one", "-XMP:Rating=4", "-XMP:Description=" + "word " * 900]
    if not name.endswith(("png", "webp")):
        said.append("-EXIF:Artist=Somebody")
    line = [exiftool, "-q", "-overwrite_original", "-Orientation#=6", *said, path]
    subprocess.run(line, check=True)
    assert path.read_bytes() != whole
    assert before is not None
    assert image_sha256(path) == before


@pytest.mark.parametrize("name", FORMATS)
def test_a_changed_pixel_changes_the_hash(photo, name: str) -> None:  # type: ignore[no-untyped-def]
    before, after = image_sha256(photo(name)), image_sha256(photo(name, changed=True))
    assert before is not None
    assert after is not None
    assert before != after


@pytest.mark.parametrize("name", [n for n in FORMATS if not n.endswith((".heic", ".avif", ".dng"))])
def test_a_delivered_copy_is_the_same_picture(photo, tmp_path: Path, name: str) -> None:  # type: ignore[no-untyped-def]
    source, target = photo(name), tmp_path / "out" / name
    target.parent.mkdir()
    deliver(source, target, Edits(add=(("dog",),), rating=5))
    assert target.read_bytes() != source.read_bytes()
    assert image_sha256(target) == image_sha256(source)


def test_formats_that_cannot_be_told_apart_have_none(tmp_path: Path) -> None:
    path = tmp_path / "a.gif"
    Image.new("RGB", (8, 8)).save(path)
    assert image_sha256(path) is None
    path.write_bytes(b"")
    assert image_sha256(path) is None
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert image_sha256(path) is None


@pytest.mark.parametrize("name", FORMATS)
def test_cut_and_damaged_files_neither_raise_nor_hang(photo, name: str) -> None:  # type: ignore[no-untyped-def]
    path = photo(name)
    whole = path.read_bytes()
    rng = np.random.default_rng(3)
    for length in {*range(200), *rng.integers(0, len(whole), 60).tolist()}:
        path.write_bytes(whole[:length])
        image_sha256(path)
    for _ in range(150):
        data = bytearray(whole)
        for place in rng.integers(0, min(len(data), 600), 4):
            data[place] = rng.integers(0, 256)
        path.write_bytes(data)
        image_sha256(path)


def test_what_lies_behind_the_picture_does_not_count(
    photo,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    path = photo("a.jpg")
    before = image_sha256(path)
    with path.open("ab") as file:
        file.write(b"a film behind the picture")
    assert image_sha256(path) == before
    for piece in range(2, 40):  # wherever a piece ends, the marker is seen
        monkeypatch.setattr("app.metadata.image_hash.CHUNK", piece)
        assert image_sha256(path) == before


def test_real_files_of_many_programs(shared: Path) -> None:
    for path in sorted((shared / "formats").iterdir()):
        if path.suffix.lower() in {".jpg", ".heic", ".avif", ".webp", ".png", ".tif"}:
            assert image_sha256(path) is not None, path.name
