"""Sidecars of other programs: taken in, merged with, given back as they came or as is chosen."""

import io
import zipfile
from typing import Any

import pytest
from lxml import etree

from app.metadata import read
from app.metadata.xmp import Packet, tag
from tests import sidecars
from tests.in_process import InProcess, jpeg
from tests.unit.ml.samples import raw_file

OURS = {
    tag(name)
    for name in (
        "dc:subject",
        "lr:hierarchicalSubject",
        "digiKam:TagsList",
        "MicrosoftPhoto:LastKeywordXMP",
        "mediapro:CatalogSets",
        "xmp:MetadataDate",
        "xmpMM:History",
    )
} | {"{http://ns.microsoft.com/photo/1.0/}LastKeywordXMP"}
ALL: dict[str, Any] = {"selection": {"filter": {}}}


def drop(it: InProcess, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        it.upload(data, path)
    it.work("prepare", "metadata")


def download(it: InProcess, **options: object) -> zipfile.ZipFile:
    export = it.post("/exports", ALL | {"options": options}, 201)["id"]
    it.work("export")
    status = it.get(f"/exports/{export}")
    assert status["state"] == "ready", status
    assert not status["errors"]
    return zipfile.ZipFile(io.BytesIO(it.raw("GET", status["url"]).data))


def others(data: bytes) -> dict[str, object]:
    """Every property that is not ours, with all that lies in it."""
    found: dict[str, object] = {}
    for description in Packet.parse(data).rdf:
        found |= {k: v for k, v in description.attrib.items() if k not in OURS}
        found |= {str(c.tag): etree.tostring(c, method="c14n") for c in description}
    return {name: value for name, value in found.items() if name not in OURS}


def keywords(it: InProcess, data: bytes) -> set[str]:
    photo, sidecar = it.core.config.data / "none.jpg", it.core.config.data / "read.xmp"
    photo.write_bytes(jpeg())
    sidecar.write_bytes(data)
    return {" > ".join(path) for path in read(photo, sidecar).keywords}


def photo_id(it: InProcess) -> int:
    [photo] = it.get("/photos")["photos"]
    found: int = photo["id"]
    return found


def say(it: InProcess, add: list[str], remove: list[str]) -> None:
    it.post("/tags/apply", ALL | {"add": add, "remove": remove})


MADE = {
    "lightroom": ("IMG.xmp", sidecars.lightroom("kept", "gone", paths=("Places|Paris",))),
    "darktable": ("IMG.dng.xmp", sidecars.darktable("kept", "gone")),
    "digikam": ("IMG.dng.xmp", sidecars.digikam("kept", "gone", "Places/Paris")),
}


@pytest.mark.parametrize("program", MADE)
def test_nothing_of_another_program_is_lost(it: InProcess, program: str) -> None:
    name, data = MADE[program]
    drop(it, {"a/IMG.dng": raw_file(1), f"a/{name}": data})
    photo = it.get(f"/photos/{photo_id(it)}")
    assert {"kept", "gone"} <= it.tags(photo["id"]).keys()
    assert dict(photo["metadata"])["Rating"][0] in "234"
    assert it.tags(photo["id"])["kept"] == ("file", "confirmed")
    say(it, ["new"], ["gone"])
    zipped = download(it)
    assert set(zipped.namelist()) == {"a/IMG.dng", f"a/{name}"}
    assert zipped.read("a/IMG.dng") == raw_file(1)
    merged = zipped.read(f"a/{name}")
    assert others(merged) == others(data)
    told = keywords(it, merged)
    assert {"kept", "new"} <= told
    assert "gone" not in told
    packet = Packet.parse(merged)
    assert packet.text("xmp:MetadataDate") not in (None, "2024-05-06T07:08:09+02:00")
    steps = packet.elements("xmpMM:History")[0].iter(tag("rdf:li"))
    assert len(list(steps)) == (2 if program == "lightroom" else 1)


def test_untouched_tags_leave_a_sidecar_as_it_is(it: InProcess) -> None:
    data = sidecars.lightroom("word")
    drop(it, {"IMG.dng": raw_file(1), "IMG.xmp": data})
    assert download(it).read("IMG.xmp") == data
    assert download(it, metadata_only=True).read("IMG.xmp") == data


@pytest.mark.parametrize(
    ("form", "with_came", "new"),
    [
        ("came", "a.xmp", "b.dng.xmp"),
        ("came_stem", "a.xmp", "b.xmp"),
        ("full", "a.dng.xmp", "b.dng.xmp"),
        ("stem", "a.xmp", "b.xmp"),
    ],
)
def test_names(it: InProcess, form: str, with_came: str, new: str) -> None:
    it.call("PUT", "/settings", {"sidecar_name": form})
    drop(it, {"x/a.dng": raw_file(1), "x/a.xmp": sidecars.lightroom("word")})
    drop(it, {"x/b.dng": raw_file(2), "x/b.jpg": jpeg()})
    say(it, ["new"], [])
    photos = {"x/a.dng", "x/b.dng", "x/b.jpg"}
    assert set(download(it).namelist()) == photos | {f"x/{with_came}", f"x/{new}"}
    beside = {f"x/{with_came}", f"x/{new}", "x/b.jpg.xmp"}
    assert set(download(it, sidecars=True).namelist()) == photos | beside
    only = download(it, metadata_only=True, layout="flat")
    assert set(only.namelist()) == beside
    assert all("new" in keywords(it, only.read(name)) for name in beside)
    it.call("PUT", "/settings", {"sidecar_name": "none"}, status=400)


def test_two_programs_beside_one_photo(it: InProcess) -> None:
    adobe, dark = sidecars.lightroom("theirs"), sidecars.darktable("theirs", "dark")
    drop(it, {"IMG.dng": raw_file(1), "IMG.xmp": adobe, "IMG.dng.xmp": dark})
    assert set(it.tags(photo_id(it))) == {"theirs", "dark"}, "the one that came last is read"
    say(it, ["mine"], ["theirs"])
    zipped = download(it)
    assert set(zipped.namelist()) == {"IMG.dng", "IMG.xmp", "IMG.dng.xmp"}
    for name, before in (("IMG.xmp", adobe), ("IMG.dng.xmp", dark)):
        assert keywords(it, zipped.read(name)) == {"mine", "dark"}
        assert others(zipped.read(name)) == others(before)


def test_a_sidecar_without_a_photo_comes_back_with_everything(it: InProcess) -> None:
    lone = sidecars.darktable("alone")
    drop(it, {"x/a.jpg": jpeg(), "y/lone.xmp": lone})
    zipped = download(it)
    assert set(zipped.namelist()) == {"x/a.jpg", "y/lone.xmp"}
    assert zipped.read("y/lone.xmp") == lone
    assert download(it, metadata_only=True).namelist() == ["y/lone.xmp"]
    some = {"selection": {"ids": [photo_id(it)]}}
    export = it.post("/exports", some, 201)["id"]
    it.work("export")
    assert it.get(f"/exports/{export}")["total"] == 1


def test_a_newer_sidecar_takes_its_keyword_away(it: InProcess) -> None:
    drop(it, {"IMG.dng": raw_file(1), "IMG.xmp": sidecars.lightroom("a", "b", "c")})
    photo = photo_id(it)
    it.post(f"/photos/{photo}/tags/{it.tag_id('b')}", {"state": "confirmed"})
    drop(it, {"IMG.xmp": sidecars.lightroom("c", "d")})
    assert it.tags(photo) == {
        "b": ("person", "confirmed"),
        "c": ("file", "confirmed"),
        "d": ("file", "confirmed"),
    }
    assert keywords(it, download(it).read("IMG.xmp")) == {"b", "c", "d"}


def test_a_stack_of_raw_with_sidecar_and_jpeg(it: InProcess) -> None:
    data = sidecars.lightroom("theirs")
    drop(it, {"x/IMG.dng": raw_file(1), "x/IMG.xmp": data, "x/IMG.jpg": jpeg()})
    assert it.tags(photo_id(it)) == {"theirs": ("file", "confirmed")}
    say(it, ["mine"], [])
    zipped = download(it)
    assert set(zipped.namelist()) == {"x/IMG.dng", "x/IMG.xmp", "x/IMG.jpg"}
    assert keywords(it, zipped.read("x/IMG.xmp")) == {"theirs", "mine"}
    copy = it.core.config.data / "copy.jpg"
    copy.write_bytes(zipped.read("x/IMG.jpg"))
    assert set(read(copy).keywords) == {("theirs",), ("mine",)}
    say(it, [], ["theirs"])
    zipped = download(it)
    assert keywords(it, zipped.read("x/IMG.xmp")) == {"mine"}
