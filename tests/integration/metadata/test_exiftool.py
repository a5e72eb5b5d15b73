"""ExifTool, a reader that shares no code with ours, compares every file before and after."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageOps

from app.metadata import Delivered, Edits, Region, canon, deliver, jpeg, read
from app.metadata.tiff import Value, new_block
from app.metadata.xmp import Packet

DATA = Path(__file__).parents[4] / "shared" / "data"
EXIFTOOL = shutil.which("exiftool")
if EXIFTOOL is None and os.environ.get("CI") == "true":
    raise RuntimeError("under CI the tests need ExifTool: apt-get install libimage-exiftool-perl")
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(EXIFTOOL is None, reason="ExifTool is not installed"),
]

ADDED = (("Nature", "Proof Beach"), ("Prüfung",))
OURS = {
    "XMP-dc:Subject",
    "XMP-lr:HierarchicalSubject",
    "XMP-digiKam:TagsList",
    "XMP-microsoft:LastKeywordXMP",
    "XMP-microsoft:LastKeywordIPTC",
    "XMP-mediapro:CatalogSets",
    "XMP-acdsee:Categories",
    "XMP-acdsee:Keywords",
    "XMP-xmp:MetadataDate",
    "XMP-xmpMM:History",
    "IPTC:Keywords",
    "IPTC:CodedCharacterSet",
    "Photoshop:IPTCDigest",
    "IFD0:XPKeywords",
}
# What ExifTool says of a block that was not there before, and of the file itself.
NEW_BLOCKS = {
    "IPTC:ApplicationRecordVersion",
    "File:ExifByteOrder",
    "File:CurrentIPTCDigest",
    "XMP-x:XMPToolkit",
    "RIFF:ImageWidth",
    "RIFF:ImageHeight",
}


# Files that were broken before, and what in them ExifTool then reads differently.
BROKEN = {
    # Its thumbnail claims one byte more than its EXIF block has.
    "metadata-extractor__Sony_DCR-PC110E_(1).jpg": "IFD1:ThumbnailImage",
}


def exiftool(path: Path) -> dict[str, Any]:
    """Every tag that ExifTool finds, maker notes, unknown ones and binary values included."""
    command = [
        str(EXIFTOOL),
        "-json",
        "-G1",
        "-struct",
        "-n",
        "-u",
        "-b",
        "-api",
        "largefilesupport",
    ]
    done = subprocess.run([*command, str(path)], capture_output=True, check=False)
    tags: dict[str, Any] = json.loads(done.stdout)[0]
    hidden = ("System:", "ExifTool:", "Composite:", "SourceFile")
    return {
        name: _digest(value) if isinstance(value, str) and len(value) > 300 else value
        for name, value in tags.items()
        if not name.startswith(hidden)
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def differences(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    names = before.keys() | after.keys()
    return {name for name in names if not _same(name, before.get(name), after.get(name))}


def _same(name: str, before: object, after: object) -> bool:
    if name.startswith("IPTC:") and isinstance(before, str):
        # UTF-8 that the file did not declare: ExifTool takes it for Latin-1 until we declare it.
        return after in (before, before.encode("cp1252", "replace").decode("utf-8", "replace"))
    return before == after


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def pixels(path: Path) -> list[bytes]:
    with Image.open(path) as image:
        frames = []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            frames.append(image.tobytes())
        return frames


def check_only_ours(source: Path, target: Path) -> None:
    """Nothing but keyword fields, their date and history changed; the text fields are complete."""
    before, after = exiftool(source), exiftool(target)
    changed = differences(before, after) - OURS
    unexpected = {name for name in changed if name not in NEW_BLOCKS or name in before}
    # Told as places in the file, which move with what stands before; the images there are compared.
    unexpected -= {"File:CurrentIPTCDigest", "IFD1:ThumbnailOffset", "RIFF:WebP_Flags"}
    if before.get("MPImage1:MPImageLength") == source.stat().st_size:
        assert after["MPImage1:MPImageLength"] == target.stat().st_size
        unexpected -= {"MPImage1:MPImageLength"}
    if source.name in BROKEN:
        unexpected -= {BROKEN[source.name]}
    assert not {name: (before.get(name), after.get(name)) for name in unexpected}
    for field in ("XMP-dc:Subject", "IFD0:XPKeywords"):
        text = str(after[field])
        assert "Proof Beach" in text
        assert "Prüfung" in text
    assert "Nature|Proof Beach" in as_list(after["XMP-lr:HierarchicalSubject"])
    assert "Nature/Proof Beach" in as_list(after["XMP-digiKam:TagsList"])
    if target.suffix != ".webp":
        assert {"Proof Beach", "Prüfung"} <= set(as_list(after["IPTC:Keywords"]))


def deliver_twice(source: Path, folder: Path) -> tuple[Path, Delivered]:
    """Delivers with two keywords added and the first one removed, then the result once more."""
    known = read(source).keywords
    edits = Edits(add=ADDED, remove=known[:1])
    target = folder / source.name
    done = deliver(source, target, edits)
    again = deliver(target, folder / f"again_{source.name}", edits, *done.files[1:])
    assert again.how == "unchanged"
    assert again.files[0].read_bytes() == target.read_bytes()
    found = read(*done.files)
    gone = {keyword for keyword in known if keyword[-1].casefold() == known[0][-1].casefold()}
    assert set(found.keywords) == (set(known) - gone) | set(ADDED)
    return target, done


def shared(*folders: str) -> list[Path]:
    paths = [path for folder in folders for path in sorted((DATA / folder).rglob("*"))]
    suffixes = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".heic", ".avif"}
    return [path for path in paths if path.suffix.lower() in suffixes]


FILES = shared("formats", "train/real_camera")


@pytest.mark.shared
@pytest.mark.skipif(not FILES, reason=f"the photos in {DATA} are not here")
@pytest.mark.parametrize("source", FILES, ids=lambda path: path.name)
def test_only_our_fields_change_in_real_files(source: Path, tmp_path: Path) -> None:
    target, done = deliver_twice(source, tmp_path)
    if source.suffix in (".heic", ".avif"):
        assert done.how == "sidecar"
        assert target.read_bytes() == source.read_bytes()
        tags = exiftool(done.files[1])
        assert {"Proof Beach", "Prüfung"} <= set(as_list(tags["XMP-dc:Subject"]))
        return
    assert done.how == "embedded", done.note
    assert pixels(target) == pixels(source)
    check_only_ours(source, target)


def photo(path: Path, orientation: int = 1, **options: Any) -> Path:
    """A generated photo with EXIF, as a camera and its owner leave it."""
    exif = Image.Exif()
    exif.update({0x010F: "Proofcam", 0x0110: "One", 0x0112: orientation})
    exif.get_ifd(0x8825).update({1: "N", 2: (39.0, 6.0, 54.0), 3: "W", 4: (108.0, 24.0, 3.6)})
    exif.get_ifd(0x8769)[0x927C] = b"a maker's own note, of unknown shape \0\1\2"
    image = Image.effect_noise((64, 48), 80).convert("RGB")
    image.save(path, exif=exif, icc_profile=SRGB, **options)
    return path


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_only_our_fields_change_in_generated_files(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    source = photo(tmp_path / f"in.{suffix}", orientation)
    folder = tmp_path / "out"
    folder.mkdir()
    target, done = deliver_twice(source, folder)
    assert done.how == "embedded", done.note
    assert pixels(target) == pixels(source)
    check_only_ours(source, target)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exiftool_finds_regions_and_people_where_they_were_put(
    tmp_path: Path, orientation: int
) -> None:
    source = photo(tmp_path / "in.jpg", orientation)
    region = Region("Ann Lee", "Face", (4.0, 6.0, 16.0, 12.0))
    edits = Edits(people=("Ann Lee",), regions=(region,))
    tags = exiftool(deliver(source, tmp_path / "out.jpg", edits).files[0])
    assert tags["XMP-iptcExt:PersonInImage"] == ["Ann Lee"]
    assert "Ann Lee" in as_list(tags["IPTC:Keywords"])
    assert "People/Ann Lee" in as_list(tags["XMP-digiKam:TagsList"])
    info = tags["XMP-mwg-rs:RegionInfo"]
    assert info["AppliedToDimensions"] == {"W": 64, "H": 48, "Unit": "pixel"}
    area = info["RegionList"][0]["Area"]
    x, y, w, h = (float(area[key]) for key in "XYWH")
    corners = np.array([[x - w / 2, y - h / 2], [x + w / 2, y + h / 2]]) * (64, 48)
    mark = np.zeros((48, 64), np.uint8)
    (left, top), (right, bottom) = corners.round().astype(int)
    mark[top:bottom, left:right] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(mark)
    stored.getexif()[0x0112] = orientation
    rows, columns = np.nonzero(np.asarray(ImageOps.exif_transpose(stored)))
    found = (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert found == pytest.approx(region.box)
    rectangle = tags["XMP-MP:RegionInfoMP"]["Regions"][0]["Rectangle"]
    fractions = [float(part) for part in rectangle.split(",")]
    assert fractions == pytest.approx([x - w / 2, y - h / 2, w, h], abs=1e-5)


def test_exiftool_agrees_with_the_digest_and_the_ratings(tmp_path: Path) -> None:
    source = photo(tmp_path / "in.jpg")
    tags = exiftool(deliver(source, tmp_path / "out.jpg", Edits(add=("x",), rating=3)).files[0])
    assert tags["Photoshop:IPTCDigest"] == tags["File:CurrentIPTCDigest"]
    assert (tags["XMP-xmp:Rating"], tags["IFD0:Rating"], tags["IFD0:RatingPercent"]) == (3, 3, 50)
    (step,) = tags["XMP-xmpMM:History"]
    assert (step["Action"], step["SoftwareAgent"]) == ("saved", "Proofsheet")


def test_keywords_of_exiftool_in_latin_1_become_utf8(tmp_path: Path) -> None:
    source = photo(tmp_path / "in.jpg")
    command = ["-charset", "iptc=latin", "-IPTC:Keywords=Café", "-IPTC:Caption-Abstract=Grüße"]
    subprocess.run([str(EXIFTOOL), "-q", "-overwrite_original", *command, str(source)], check=True)
    assert "IPTC:CodedCharacterSet" not in exiftool(source)
    assert read(source).keywords == (("Café",),)
    tags = exiftool(deliver(source, tmp_path / "out.jpg", Edits(add=("Prüfung",))).files[0])
    assert tags["IPTC:Keywords"] == ["Café", "Prüfung"]
    assert tags["IPTC:Caption-Abstract"] == "Grüße"


@pytest.mark.parametrize("keyword", ["a|b", "a/b", "a;b", "a,b", "👩\u200d🔬", "ä" * 200, "<&>'\""])
def test_exiftool_reads_odd_keywords_whole(tmp_path: Path, keyword: str) -> None:
    source = photo(tmp_path / "in.jpg")
    target = deliver(source, tmp_path / "out.jpg", Edits(add=(keyword,))).files[0]
    tags = exiftool(target)
    assert tags["XMP-dc:Subject"] in (keyword, [keyword], _digest(keyword))
    assert str(tags["IPTC:Keywords"]) == (keyword if len(keyword) < 20 else "ä" * 32)
    assert read(target).keywords == ((keyword,),)


def test_exiftool_puts_extended_xmp_together(tmp_path: Path) -> None:
    source = photo(tmp_path / "in.jpg")
    note = "x" * 70_000
    packet = Packet.new()
    packet.set_text("exif:UserComment", note)
    main, more = packet.split(60_000, ())
    assert more
    data = source.read_bytes()
    segments = jpeg._cut(jpeg.APP1, jpeg.XMP, main, "XMP") + jpeg._extension(more)
    source.write_bytes(data[:2] + b"".join(segments) + data[2:])
    before = exiftool(source)
    assert before["XMP-exif:UserComment"] == _digest(note)
    target = deliver(source, tmp_path / "out.jpg", Edits(add=ADDED)).files[0]
    after = exiftool(target)
    assert after["XMP-exif:UserComment"] == _digest(note)
    assert as_list(after["XMP-dc:Subject"]) == ["Proof Beach", "Prüfung"]


def box(name: bytes, content: bytes) -> bytes:
    return (8 + len(content)).to_bytes(4, "big") + name + content


def test_a_cr3_made_by_script_is_read_as_exiftool_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.CR3"
    main = new_block({271: Value(2, 6, b"Canon\0"), 272: Value(2, 9, b"EOS R500\0")})
    camera = new_block({36867: Value(2, 20, b"2024:05:06 07:08:09\0")})
    place = new_block(
        {
            1: Value(2, 2, b"S\0"),
            2: Value(5, 3, struct.pack("<6I", 10, 1, 30, 1, 0, 1)),
            3: Value(2, 2, b"E\0"),
            4: Value(5, 3, struct.pack("<6I", 20, 1, 15, 1, 0, 1)),
        }
    )
    packet = Packet.new()
    packet.set_text("xmp:Rating", "3")
    parts = box(b"CMT1", main) + box(b"CMT2", camera) + box(b"CMT4", place)
    path.write_bytes(
        box(b"ftyp", canon.BRAND + bytes(4) + b"crx isom")
        + box(b"moov", box(b"uuid", canon.CANON + parts))
        + box(b"uuid", canon.XMP + packet.serialise())
        + box(b"mdat", bytes(100))
    )
    tags, found = exiftool(path), read(path)
    assert found.problems == ()
    assert (found.model, found.rating) == (tags["IFD0:Model"], tags["XMP-xmp:Rating"])
    assert f"{found.taken_at:%Y:%m:%d %H:%M:%S}" == tags["ExifIFD:DateTimeOriginal"]
    assert found.gps == (-10.5, 20.25, None)
    done = deliver(path, tmp_path / "b.CR3", Edits(add=("x",), rating=5))
    assert done.how == "sidecar"
    assert read(*done.files).rating == 5
