from __future__ import annotations

import itertools
import struct
from datetime import UTC, datetime
from pathlib import Path

import pyexiv2
import pytest
from PIL import Image

from app.metadata import Edits, deliver, read
from app.metadata.xmp import Packet
from tests.unit.metadata.conftest import MakePhoto
from tests.unit.metadata.samples import BESIDE, CRS, EDITS, EMBEDDED, WANTED, frames


@pytest.mark.parametrize("name", EMBEDDED)
def test_tags_stand_in_the_copy_and_the_picture_is_the_same(
    make_photo: MakePhoto, tmp_path: Path, name: str
) -> None:
    source = make_photo(f"a.{name}", **EMBEDDED[name])
    before = source.read_bytes()
    target = tmp_path / f"b.{name}"
    done = deliver(source, target, EDITS)
    assert (done.how, done.files, done.note) == ("embedded", (target,), "")
    assert source.read_bytes() == before
    assert frames(target) == frames(source)
    found = read(target)
    assert set(found.keywords) == WANTED
    assert (found.rating, found.people, found.problems) == (4, ("Ann",), ())
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", [*EMBEDDED, *BESIDE])
def test_twice_is_once_and_nothing_is_nothing(
    make_photo: MakePhoto, tmp_path: Path, name: str
) -> None:
    source = make_photo(f"a.{name}", **{**EMBEDDED, **BESIDE}[name])
    once = deliver(source, tmp_path / f"b.{name}", EDITS)
    again = deliver(once.files[0], tmp_path / f"c.{name}", EDITS, *once.files[1:])
    assert again.how == "unchanged"
    assert [p.read_bytes() for p in again.files] == [p.read_bytes() for p in once.files]
    untouched = deliver(source, tmp_path / f"d.{name}", Edits())
    assert (untouched.how, len(untouched.files)) == ("unchanged", 1)
    assert untouched.files[0].read_bytes() == source.read_bytes()
    missing = deliver(source, tmp_path / f"e.{name}", Edits(remove=("never there",)))
    assert missing.how == "unchanged"


def test_broken_xmp_is_left_alone_and_a_sidecar_written(
    make_photo: MakePhoto, tmp_path: Path
) -> None:
    source = make_photo("a.jpg", xmp=b"<x:xmpmeta <broken")
    done = deliver(source, tmp_path / "b.jpg", EDITS)
    assert done.how == "sidecar"
    assert "XMP" in done.note
    assert done.files[0].read_bytes() == source.read_bytes()
    assert set(read(*done.files).keywords) == WANTED
    assert read(source).problems


def test_unreadable_exif_is_left_alone_and_the_rest_written(
    make_photo: MakePhoto, tmp_path: Path
) -> None:
    source = make_photo("a.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    done = deliver(source, tmp_path / "b.jpg", EDITS)
    assert done.how == "embedded"
    assert "EXIF" in done.note
    assert set(read(done.files[0]).keywords) == WANTED


def test_an_exif_block_that_is_full_keeps_its_maker_note(
    make_photo: MakePhoto, tmp_path: Path
) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x927C] = b"maker's note" * 5454
    source = make_photo("a.jpg", exif=exif)
    done = deliver(source, tmp_path / "b.jpg", EDITS)
    assert done.how == "embedded"
    assert "XPKeywords" in done.note
    assert set(read(done.files[0]).keywords) == WANTED
    again = deliver(done.files[0], tmp_path / "c.jpg", EDITS)
    assert again.files[0].read_bytes() == done.files[0].read_bytes()


def test_a_packet_too_large_for_a_segment_is_extended(
    make_photo: MakePhoto, tmp_path: Path
) -> None:
    packet = Packet.parse(CRS.encode())
    packet.set_text("tiff:Software", "x" * 64_000)
    source = make_photo("a.jpg", xmp=packet.serialise())
    done = deliver(source, tmp_path / "b.jpg", Edits(add=tuple(f"keyword {i}" for i in range(200))))
    assert (done.how, done.note) == ("embedded", "")
    assert len(read(done.files[0]).keywords) == 202
    again = deliver(done.files[0], tmp_path / "c.jpg", Edits(remove=("keyword 1",)))
    assert again.how == "embedded"
    assert len(read(again.files[0]).keywords) == 201
    image = pyexiv2.Image(str(again.files[0]))
    assert "keyword 2" in image.read_xmp()["Xmp.dc.subject"]
    image.close()


def test_keywords_too_many_for_any_segment_go_into_a_sidecar(
    make_photo: MakePhoto, tmp_path: Path
) -> None:
    many = tuple(f"keyword number {i} " + "x" * 100 for i in range(3000))
    done = deliver(make_photo("a.jpg"), tmp_path / "b.jpg", Edits(add=many))
    assert done.how == "sidecar"
    assert "does not fit" in done.note
    assert len(read(*done.files).keywords) == 3000


@pytest.mark.parametrize("broken", ["splices", "untouched"])
def test_a_copy_whose_picture_would_change_is_never_handed_out(
    make_photo: MakePhoto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """A fault injected into the writer: the check finds it, the copy is whole, a sidecar tells."""
    from app.metadata.jpeg import Jpeg
    from app.metadata.source import Splice

    right = Jpeg.splices
    source = make_photo("a.jpg")
    size = source.stat().st_size

    def wrong(self: Jpeg, changes: object) -> list[Splice]:
        spot = size - 20 if broken == "splices" else size - 3
        return [*right(self, changes), Splice(spot, spot + 1, b"\x55\x55")]

    monkeypatch.setattr(Jpeg, "splices", wrong)
    done = deliver(source, tmp_path / "b.jpg", EDITS)
    assert done.how == "sidecar"
    assert "bytes would have changed" in done.note
    assert done.files[0].read_bytes() == source.read_bytes()
    assert not list(tmp_path.glob(".*"))


def test_the_original_is_never_the_target(make_photo: MakePhoto) -> None:
    source = make_photo("a.jpg")
    with pytest.raises(ValueError, match="original"):
        deliver(source, source, EDITS)


def test_history_tells_what_was_changed_and_only_then(
    make_photo: MakePhoto, tmp_path: Path
) -> None:
    when = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    edits = Edits(add=("x",), when=when, provenance=(("taggedBy", "yolo11n@c130b90b"),))
    first = deliver(make_photo("a.jpg"), tmp_path / "b.jpg", edits).files[0]
    second = deliver(first, tmp_path / "c.jpg", Edits(add=("y",))).files[0]
    raw = second.read_text("latin-1")
    assert raw.count("<stEvt:softwareAgent>Proofsheet<") == 2
    assert "2026-03-04T05:06:07Z" in raw
    assert ">yolo11n@c130b90b</proofsheet:taggedBy>" in raw


def test_exiv2_reads_what_was_written(make_photo: MakePhoto, tmp_path: Path) -> None:
    target = deliver(make_photo("a.jpg"), tmp_path / "b.jpg", EDITS).files[0]
    image = pyexiv2.Image(str(target))
    iptc, xmp, exif = image.read_iptc(), image.read_xmp(), image.read_exif()
    image.close()
    names = ["Beach", "24/7", "Prüfung 👩\u200d🔬"]
    assert iptc["Iptc.Application2.Keywords"] == names
    assert xmp["Xmp.dc.subject"] == names
    assert "Nature|Beach" in xmp["Xmp.lr.hierarchicalSubject"]
    assert "Nature/Beach" in xmp["Xmp.digiKam.TagsList"]
    assert (exif["Exif.Image.Rating"], exif["Exif.Image.RatingPercent"]) == ("4", "75")


@pytest.mark.parametrize(
    ("name", "cut"), list(itertools.product(["jpg", "png", "webp", "tif"], range(12)))
)
def test_cut_and_damaged_files_are_copied_or_read_but_never_crash(
    make_photo: MakePhoto, tmp_path: Path, name: str, cut: int
) -> None:
    whole = deliver(make_photo(f"a.{name}", orientation=6), tmp_path / f"b.{name}", EDITS)
    data = bytearray(whole.files[0].read_bytes())
    if cut % 2:
        del data[len(data) * cut // 12 :]
    else:
        for place in range(cut, min(len(data), 4000), 97):
            data[place] ^= 0xFF
    source = tmp_path / f"broken.{name}"
    source.write_bytes(data)
    assert isinstance(read(source).problems, tuple)
    done = deliver(source, tmp_path / f"out.{name}", Edits(add=("more",)))
    if done.how != "embedded":
        assert done.files[0].read_bytes() == bytes(data)


def test_a_stereo_jpeg_keeps_its_second_picture(make_photo: MakePhoto, tmp_path: Path) -> None:
    image = Image.effect_noise((40, 30), 90).convert("RGB")
    source = tmp_path / "a.mpo"
    image.save(source, save_all=True, append_images=[image.transpose(Image.Transpose.ROTATE_180)])
    target = deliver(source, tmp_path / "b.mpo", EDITS).files[0]
    assert len(frames(target)) == 2
    assert frames(target) == frames(source)


def test_the_size_in_a_webp_header_is_right(make_photo: MakePhoto, tmp_path: Path) -> None:
    data = deliver(make_photo("a.webp"), tmp_path / "b.webp", EDITS).files[0].read_bytes()
    assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
