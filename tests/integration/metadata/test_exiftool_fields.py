"""ExifTool reads every field that we write: regions, digests, odd keywords, extended XMP, CR3."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from app.metadata import Edits, Region, canon, deliver, jpeg, read
from app.metadata.tiff import Value, new_block
from app.metadata.xmp import Packet
from tests.integration.metadata.reading import (
    ADDED,
    EXIFTOOL,
    as_list,
    digest,
    exiftool,
    needs_exiftool,
    photo,
)

pytestmark = needs_exiftool


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exiftool_finds_regions_and_people_where_they_were_put(
    tmp_path: Path, orientation: int
) -> None:
    source = photo(tmp_path / "in.jpg", orientation)
    region = Region("Ann Lee", "Face", (4.0, 6.0, 16.0, 12.0))
    edits = Edits(add=(("People", "Ann Lee"),), people=("Ann Lee",), regions=(region,))
    tags = exiftool(deliver(source, tmp_path / "out.jpg", edits).files[0])
    assert tags["XMP-iptcExt:PersonInImage"] == ["Ann Lee"]
    assert "Ann Lee" not in as_list(tags.get("IPTC:Keywords"))
    assert "Ann Lee" not in as_list(tags.get("XMP-dc:Subject"))
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
    assert tags["XMP-dc:Subject"] in (keyword, [keyword], digest(keyword))
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
    assert before["XMP-exif:UserComment"] == digest(note)
    target = deliver(source, tmp_path / "out.jpg", Edits(add=ADDED)).files[0]
    after = exiftool(target)
    assert after["XMP-exif:UserComment"] == digest(note)
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
