from __future__ import annotations

from pathlib import Path

import pytest

from app.metadata import Edits, deliver, deliver_sidecar, read
from tests.unit.metadata.conftest import MakePhoto
from tests.unit.metadata.samples import BESIDE, CRS, EDITS, WANTED


@pytest.mark.parametrize("name", BESIDE)
def test_other_formats_are_copied_with_a_sidecar(
    make_photo: MakePhoto, tmp_path: Path, name: str
) -> None:
    source = make_photo(f"a.{name}", **BESIDE[name])
    target = tmp_path / f"b.{name}"
    done = deliver(source, target, EDITS)
    assert done.how == "sidecar"
    assert done.files == (target, tmp_path / f"b.{name}.xmp")
    assert target.read_bytes() == source.read_bytes()
    assert set(read(*done.files).keywords) == WANTED


def test_a_raw_file_is_never_written_to(make_photo: MakePhoto, tmp_path: Path) -> None:
    source = make_photo("a.tif").rename(tmp_path / "stored-by-hash")
    done = deliver(source, tmp_path / "IMG_1.NEF", EDITS)
    assert done.how == "sidecar"
    assert done.files[0].read_bytes() == source.read_bytes()


def test_a_dng_is_known_by_its_contents(make_photo: MakePhoto, tmp_path: Path) -> None:
    source = make_photo("a.tif", tiffinfo={50706: b"\1\4\0\0"})
    assert deliver(source, tmp_path / "no-suffix", EDITS).how == "sidecar"


@pytest.mark.parametrize(("suffix", "how"), [("dng", "sidecar"), ("jpg", "embedded")])
def test_a_given_sidecar_is_merged_and_keeps_its_develop_settings(
    make_photo: MakePhoto, tmp_path: Path, suffix: str, how: str
) -> None:
    source = make_photo("a.tif" if suffix == "dng" else "a.jpg")
    sidecar = tmp_path / "given.xmp"
    sidecar.write_text(CRS)
    target = tmp_path / f"b.{suffix}"
    done = deliver(source, target, Edits(add=("new",), remove=("gone",)), sidecar)
    assert (done.how, done.files[1].name) == (how, f"b.{suffix}.xmp")
    text = done.files[1].read_text()
    assert 'crs:Exposure2012="+0.55"' in text
    assert "<crs:ToneCurve><rdf:Seq><rdf:li>0, 0</rdf:li></rdf:Seq></crs:ToneCurve>" in text
    assert read(*done.files).keywords == (("old",), ("new",))


def test_a_removed_keyword_of_a_raw_file_stays_away(make_photo: MakePhoto, tmp_path: Path) -> None:
    tagged = deliver(make_photo("a.tif"), tmp_path / "b.tif", Edits(add=("only",))).files[0]
    done = deliver(tagged, tmp_path / "c.dng", Edits(remove=("only",)))
    assert read(done.files[0]).keywords == (("only",),)
    assert read(*done.files).keywords == ()


def test_a_sidecar_that_cannot_be_understood_is_handed_on_as_it_is(
    make_photo: MakePhoto, tmp_path: Path
) -> None:
    sidecar = tmp_path / "given.xmp"
    sidecar.write_text("<x:broken")
    done = deliver(make_photo("a.bmp"), tmp_path / "b.bmp", EDITS, sidecar)
    assert done.how == "unchanged"
    assert done.files[1].read_bytes() == sidecar.read_bytes()
    assert "kept as it is" in done.note


def test_tags_stand_beside_where_that_is_asked_for(make_photo: MakePhoto, tmp_path: Path) -> None:
    source = make_photo("a.jpg")
    done = deliver(source, tmp_path / "b.jpg", EDITS, embed=False)
    assert done.how == "sidecar"
    assert done.files[0].read_bytes() == source.read_bytes()
    assert set(read(*done.files).keywords) == WANTED


def test_a_sidecar_alone_says_all_and_writes_no_photo(
    make_photo: MakePhoto, tmp_path: Path
) -> None:
    source = deliver(make_photo("a.jpg"), tmp_path / "b.jpg", Edits(add=("own",))).files[0]
    place = tmp_path / "b.jpg.xmp"
    done = deliver_sidecar(source, place, Edits(add=("new",)))
    assert (done.files, done.how) == ((place,), "sidecar")
    assert read(source, place).keywords == (("own",), ("new",))
    assert deliver_sidecar(source, tmp_path / "none.xmp", Edits()).files == ()


def test_a_file_beside_a_sidecar_is_given_its_own_edits(
    make_photo: MakePhoto, tmp_path: Path
) -> None:
    source = deliver(make_photo("a.jpg"), tmp_path / "b.jpg", Edits(add=("inside",))).files[0]
    sidecar = tmp_path / "given.xmp"
    sidecar.write_text(CRS)
    within = Edits(add=("old", "new"), remove=("inside",))
    done = deliver(source, tmp_path / "c.jpg", Edits(add=("new",)), sidecar, within=within)
    assert read(done.files[0]).keywords == (("old",), ("new",))
    assert read(*done.files).keywords == (("old",), ("gone",), ("new",))
