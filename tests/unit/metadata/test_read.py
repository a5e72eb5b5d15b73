from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from app.metadata import Edits, Gps, Metadata, deliver, iptc, read
from app.metadata.dates import exif_date, iptc_date, xmp_date, zone
from app.metadata.iptc import Dataset
from app.metadata.jpeg import PHOTOSHOP
from app.metadata.places import coordinate, rational
from app.metadata.summary import shutter, summarise
from app.metadata.xmp import Packet
from tests.unit.metadata.conftest import MakePhoto

EAST = timezone(timedelta(hours=2))


def camera_exif() -> Image.Exif:
    exif = Image.Exif()
    exif.update({0x010E: "OLYMPUS DIGITAL CAMERA", 0x010F: "Canon", 0x0110: "Canon EOS 7D"})
    exif.update({0x0112: 6, 0x0131: "Firmware 1.0", 0x013B: "Ann", 0x8298: "(c) Ann"})
    exif.get_ifd(0x8769).update(
        {
            0x829A: 1 / 400,
            0x829D: 11.0,
            0x8827: 200,
            0x9003: "2010:08:13 21:00:01",
            0x9011: "+02:00",
            0x9291: "25",
            0x920A: 60.0,
            0xA434: "EF 60mm",
        }
    )
    exif.get_ifd(0x8825).update(
        {1: "N", 2: (39.0, 6.0, 54.0), 3: "W", 4: (108.0, 24.0, 3.6), 5: b"\1", 6: 12.5}
    )
    return exif


def test_what_the_camera_wrote_is_read_and_told_in_words(make_photo: MakePhoto) -> None:
    found = read(make_photo("a.jpg", exif=camera_exif()))
    assert found.taken_at == datetime(2010, 8, 13, 21, 0, 1, 250_000, EAST)
    assert (found.make, found.model, found.lens) == ("Canon", "Canon EOS 7D", "EF 60mm")
    assert (found.exposure, found.aperture, found.iso) == (pytest.approx(1 / 400), 11.0, 200)
    assert found.focal_length == 60.0
    assert found.gps == Gps(pytest.approx(39.115), pytest.approx(-108.401), -12.5)
    assert (found.description, found.creator, found.copyright) == (None, "Ann", "(c) Ann")
    assert found.orientation == 6
    words = dict(found.summary)
    assert words["Taken"] == "2010-08-13 21:00:01 +02:00"
    assert words["Camera"] == "Canon EOS 7D"
    assert words["Exposure"] == "1/400 s, ƒ/11, ISO 200"
    assert words["Place"] == "39.11500° N, 108.40100° W, -12 m"


def photoshop(datasets: tuple[Dataset, ...], digest: bytes | None) -> bytes:
    block = iptc.build(datasets)
    found = iptc.with_resource((), iptc.IPTC_RESOURCE, block)
    if digest is not None:
        found = iptc.with_resource(found, iptc.DIGEST_RESOURCE, digest or iptc.digest(block))
    payload = PHOTOSHOP + iptc.build_resources(found)
    return b"\xff\xed" + (len(payload) + 2).to_bytes(2, "big") + payload


def captioned(path: Path, digest: bytes | None) -> Path:
    """A JPEG whose IPTC and XMP disagree about the caption; b"" stands for the right digest."""
    packet = Packet.new()
    packet.set_text("dc:description", "from XMP")
    packet.set_items("dc:subject", ["both", "xmp"], "Bag")
    Image.new("RGB", (8, 8)).save(path, xmp=packet.serialise())
    data = path.read_bytes()
    texts = ((120, b"from IPTC"), (25, b"both"), (25, b"iptc"))
    block = photoshop(tuple(Dataset(2, number, text) for number, text in texts), digest)
    path.write_bytes(data[:2] + block + data[2:])
    return path


@pytest.mark.parametrize(
    ("digest", "caption"), [(None, "from XMP"), (b"", "from XMP"), (b"x" * 16, "from IPTC")]
)
def test_the_digest_decides_whose_caption_counts_and_delivery_keeps_it(
    tmp_path: Path, digest: bytes | None, caption: str
) -> None:
    source = captioned(tmp_path / "a.jpg", digest)
    found = read(source)
    assert found.description == caption
    assert set(found.keywords) == {("both",), ("xmp",), ("iptc",)}
    done = deliver(source, tmp_path / "b.jpg", Edits(add=("new",)))
    assert read(done.files[0]).description == caption


def test_a_sidecar_beats_the_file(make_photo: MakePhoto, tmp_path: Path) -> None:
    packet = Packet.new()
    packet.set_text("xmp:Rating", "2")
    packet.set_text("xmp:Label", "Red")
    packet.set_text("exif:DateTimeOriginal", "2011-01-02T03:04:05Z")
    packet.set_text("exif:GPSLatitude", "10,30.0S")
    packet.set_text("exif:GPSLongitude", "20,0,36E")
    packet.set_items("dc:creator", ["Ann", "Ben"], "Seq")
    sidecar = tmp_path / "a.xmp"
    sidecar.write_bytes(packet.serialise())
    found = read(make_photo("a.jpg", exif=camera_exif()), sidecar)
    assert (found.rating, found.label, found.creator) == (2, "Red", "Ann, Ben")
    assert found.taken_at == datetime(2011, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert found.gps == Gps(-10.5, pytest.approx(20.01), None)


def test_what_is_missing_or_no_picture_never_raises(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    for data in (b"", b"hello", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0\xff\xff\xff\xff"):
        path.write_bytes(data)
        found = read(path, tmp_path / "no.xmp")
        assert len(found.problems) == 2
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "none.jpg")


@given(st.binary(max_size=400))
def test_any_exif_block_is_read_without_raising(data: bytes) -> None:
    from app.metadata import exif
    from app.metadata.model import MetadataError
    from app.metadata.source import Source
    from app.metadata.tiff import Tiff

    entries = b"".join(data[start : start + 12] for start in range(0, len(data) - 12, 12))
    count = (len(entries) // 12).to_bytes(2, "little")
    try:
        block = Tiff(Source(b"II*\0\x08\0\0\0" + count + entries + b"\0\0\0\0"))
    except MetadataError:
        return
    assert exif.decode(block, {}).orientation in range(1, 9)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023:02:02 02:00:00", datetime(2023, 2, 2, 2)),  # noqa: DTZ001
        ("0000:00:00 00:00:00", None),
        ("2023:13:02 02:00:00", None),
        ("    :  :     :  :  ", None),
        ("", None),
        (None, None),
    ],
)
def test_exif_dates(text: str | None, expected: datetime | None) -> None:
    assert exif_date(text) == expected


def test_dates_of_xmp_and_iptc() -> None:
    assert xmp_date("2009-08-29T13:18:08.5+02:00") == datetime(
        2009, 8, 29, 13, 18, 8, 500_000, EAST
    )
    assert xmp_date("2009") == datetime(2009, 1, 1)  # noqa: DTZ001
    assert xmp_date("yesterday") is None
    assert iptc_date("20220110", "151544+0200") == datetime(2022, 1, 10, 15, 15, 44, tzinfo=EAST)
    assert iptc_date("20220110", None) == datetime(2022, 1, 10)  # noqa: DTZ001
    assert iptc_date("00000000", None) is None
    assert zone("+99:00") is None


@given(st.text(max_size=40))
def test_no_text_breaks_a_date_or_a_number(text: str) -> None:
    for parse in (exif_date, xmp_date, rational):
        parse(text)
    iptc_date(text, text)
    coordinate(text, "S")


def test_words_of_the_summary() -> None:
    assert [shutter(t) for t in (1 / 4000, 0.3, 0.5, 2.5, 30)] == [
        "1/4000 s",
        "1/3 s",
        "0.5 s",
        "2.5 s",
        "30 s",
    ]
    assert summarise(Metadata()) == ()
    assert summarise(Metadata(rating=-1, keywords=(("A", "b"), ("c",)))) == (
        ("Rating", "rejected"),
        ("Keywords", "A › b, c"),
    )
