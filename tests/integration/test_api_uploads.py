"""What becomes of uploaded files: names, known ones, sidecars."""

import base64
import hashlib
import itertools
import unicodedata
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app.models import Photo, Sidecar
from app.services.intake import paths
from app.services.intake.paths import MAX_NAME_BYTES
from tests.in_process import InProcess, encoded, jpeg, tus_headers

BYTES = "application/offset+octet-stream"
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description
 xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>{}</rdf:li></rdf:Bag>
</dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"""


def create(it: InProcess, size: object, metadata: str = "", **headers: str) -> TestResponse:
    given = tus_headers(Upload_Length=str(size), Upload_Metadata=metadata, **headers)
    return it.raw("POST", "/api/v1/uploads", headers=given)


def begin(it: InProcess, size: int, path: str = "a.jpg", **metadata: str) -> str:
    answer = create(it, size, encoded(path=path, **metadata))
    assert answer.status_code == 201
    assert answer.headers["Upload-Offset"] == "0"
    return answer.headers["Location"]


def row(it: InProcess, place: str) -> dict[str, Any]:
    found = it.get("/uploads")["uploads"]
    return next(u for u in found if place.endswith(u["id"]))


def test_a_wrong_sha256(it: InProcess) -> None:
    data = jpeg(1)
    answer = it.upload(data, "a.jpg", sha256="0" * 64)
    assert answer.headers["Proofsheet-State"] == "refused"
    assert "damaged" in base64.b64decode(answer.headers["Proofsheet-Reason"]).decode()
    assert it.get("/photos")["photos"] == []
    library = it.owner().id
    assert not it.core.storage.original(library, hashlib.sha256(data).hexdigest()).exists()
    right = hashlib.sha256(data).hexdigest().upper()
    assert it.upload(data, "a.jpg", sha256=right).headers["Proofsheet-State"] == "waiting"
    for wrong in ("0" * 63, "g" * 64, "0" * 65, "\0" * 64):
        it.upload(data, "b.jpg", 400, sha256=wrong)


HOSTILE = {
    "../../etc/passwd": "etc/passwd",
    "/etc/passwd": "etc/passwd",
    "..\\..\\windows\\a.jpg": "windows/a.jpg",
    "C:\\photos\\a.jpg": "C_/photos/a.jpg",
    "a/./b/../c.jpg": "a/b/c.jpg",
    "....//....//a.jpg": "a.jpg",
    "a\0b.jpg": "a_b.jpg",
    "a\nb\r.jpg": "a_b_.jpg",
    "  spaced . ": "spaced",
    "dots...": "dots",
    "a . .jpg": "a . .jpg",
    "": "unnamed",
    "/": "unnamed",
    "..": "unnamed",
    "CON": "CON_",
    "con.jpg": "con_.jpg",
    "Aux/NUL.tar.gz": "Aux_/NUL_.tar.gz",
    "COM1.txt/lpt9": "COM1_.txt/lpt9_",
    "console.jpg": "console.jpg",
    "e\u0301te\u0301.jpg": "été.jpg",
    "a\u202egpj.exe": "a_gpj.exe",
    '<>:"|?*.jpg': "_______.jpg",
    "\U0001f468\u200d\U0001f469.jpg": "\U0001f468\u200d\U0001f469.jpg",
}


@pytest.mark.parametrize("given_path", HOSTILE)
def test_hostile_names(it: InProcess, given_path: str) -> None:
    place = begin(it, 10, given_path)
    assert row(it, place)["path"] == HOSTILE[given_path]


@given(st.text(max_size=60) | st.text("./\\ a\u0301\0CONcon", max_size=30))
def test_any_path_is_made_safe(path: str) -> None:
    folder, name = paths.split(path)
    whole = paths.join(folder, name)
    assert paths.split(whole) == (folder, name), "what is safe stays as it is"
    for part in whole.split("/"):
        assert part
        assert part == part.strip(" ").rstrip(".")
        assert len(part.encode()) <= MAX_NAME_BYTES
        assert part not in (".", "..")
        assert not set(part) & set('\\<>:"|?*\0\n')
        assert unicodedata.is_normalized("NFC", part)
    zipfile.ZipInfo(whole)


def test_long_names(it: InProcess) -> None:
    place = begin(it, 10, "é" * 5000 + ".jpg")
    name = row(it, place)["path"]
    assert name.endswith("é.jpg")
    assert len(name.encode()) <= MAX_NAME_BYTES
    place = begin(it, 10, "d/" * 2000 + "a.jpg")
    assert row(it, place)["path"] == "d/" * paths.MAX_DEPTH + "a.jpg"


def test_odd_metadata(it: InProcess) -> None:
    b64 = base64.b64encode(b"a.jpg").decode()
    for metadata, status in (
        ("path ???", 400),
        ("path " + base64.b64encode(b"\xff\xfe").decode(), 400),
        ("path", 201),
        ("", 201),
        (",,,", 201),
        (f"path {b64},unknown {b64},flag", 201),
        (f"path {b64},modified {base64.b64encode(b'soon').decode()}", 201),
        (f"path {b64},modified {base64.b64encode(b'9' * 400).decode()}", 201),
        (f"path {b64},modified {base64.b64encode(b'-99999999999999').decode()}", 201),
        (f"path {b64},drop {base64.b64encode(b'x' * 500).decode()}", 201),
        (f"path {b64},drop {base64.b64encode(b'a' + bytes(1)).decode()}", 400),
        (f"filename {b64}", 201),
    ):
        answer = create(it, 10, metadata)
        assert answer.status_code == status, metadata
    assert {u["path"] for u in it.get("/uploads")["uploads"]} == {"a.jpg", "unnamed"}


def test_a_date_from_long_ago(it: InProcess) -> None:
    """A file of year 1 sorts before one of 1970, not after it."""
    for path, modified in (("old.jpg", "-62000000000000"), ("new.jpg", "0")):
        it.upload(jpeg(), path, modified=modified)
    it.work("prepare")
    photos = it.get("/photos?sort=date&order=asc")["photos"]
    assert [p["name"] for p in photos] == ["old.jpg", "new.jpg"]
    assert [len(p["day"]) for p in photos] == [10, 10]


def check(it: InProcess, data: bytes, path: str, **changes: object) -> dict[str, Any]:
    offer = {"path": path, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    answer: dict[str, Any] = it.post("/uploads/check", {"files": [offer | changes]})["files"][0]
    return answer


def test_one_photo_in_two_folders(it: InProcess) -> None:
    data = jpeg(1)
    assert check(it, data, "x/a.jpg")["known"] is False
    it.upload(data, "x/a.jpg")
    it.upload(data, "y/b.jpg")
    it.work("prepare")
    known = check(it, data, "z/c.jpg")
    assert known["known"] is True
    check(it, data, "z/c.jpg")
    [photo] = it.get("/photos")["photos"]
    assert known["photo"] == photo["id"]
    assert it.get(f"/photos/{photo['id']}")["locations"] == ["x/a.jpg", "y/b.jpg", "z/c.jpg"]
    assert check(it, data, "w/d.jpg", size=1)["known"] is False
    again = it.upload(data, "x/a.jpg")
    assert again.headers["Proofsheet-State"] == "duplicate"
    assert len(it.get("/photos")["photos"]) == 1


def test_a_known_file_comes_back_from_the_trash(it: InProcess) -> None:
    data = jpeg(1)
    it.upload(data, "x/a.jpg")
    it.work("prepare")
    [photo] = it.get("/photos")["photos"]
    one = {"selection": {"ids": [photo["id"]]}}
    it.post("/photos/trash", one)
    check(it, data, "x/a.jpg")
    assert it.get(f"/photos/{photo['id']}")["state"] != "trash"
    it.post("/photos/trash", one)
    it.upload(data, "x/a.jpg")
    assert it.get(f"/photos/{photo['id']}")["state"] != "trash"
    it.post("/photos/trash", one)
    it.post("/photos/delete", one)
    assert check(it, data, "x/a.jpg")["known"] is False
    assert it.upload(data, "x/a.jpg").headers["Proofsheet-State"] == "waiting"


def test_a_failed_photo_is_tried_again(it: InProcess) -> None:
    from app.services.work import leases

    data = jpeg(1)
    it.upload(data, "a.jpg")
    with it.core.db.write() as session:
        claim = leases.claim(session, 1, 60)
        assert claim
        assert leases.fail(session, claim, "the worker stopped")
        session.commit()
    assert it.get("/photos")["photos"][0]["state"] == "failed"
    assert it.upload(data, "a.jpg").headers["Proofsheet-State"] == "waiting"
    it.work("prepare")
    assert it.get("/photos")["photos"][0]["state"] == "new"
    assert {u["state"] for u in it.get("/uploads")["uploads"]} == {"done"}


ORDERS = [*itertools.permutations(("RAW", "JPG", "IMG.xmp", "IMG.CR3.xmp"))]


@pytest.mark.parametrize("order", ORDERS[::3], ids=" ".join)
@pytest.mark.parametrize("busy", [False, True])
def test_sidecars_find_their_photo(it: InProcess, order: tuple[str, ...], busy: bool) -> None:
    """In any order, worked on at once or later: IMG.xmp is the RAW's, and so is IMG.CR3.xmp."""
    raw, plain = jpeg(1), jpeg(2)
    for what in order:
        match what:
            case "RAW":
                it.upload(raw, "x/IMG.CR3")
            case "JPG":
                it.upload(plain, "x/img.JPG")
            case "IMG.xmp":
                it.upload(XMP.format("short").encode(), "x/IMG.xmp")
            case _:
                it.upload(XMP.format("long").encode(), "x/IMG.CR3.xmp")
        if busy:
            it.work("prepare", "metadata")
    it.work("prepare", "metadata")
    with it.core.db.read() as session:
        owners = {s.name: session.get_one(Photo, s.photo_id).name for s in session.query(Sidecar)}
    assert owners == {"IMG.xmp": "IMG.CR3", "IMG.CR3.xmp": "IMG.CR3"}
    photos = {p["name"]: p["id"] for p in it.get("/photos")["photos"]}
    assert it.tags(photos["img.JPG"]).keys() <= {"short"}
    said = it.tags(photos["IMG.CR3"])
    assert said
    assert set(said.values()) == {("file", "confirmed")}


def test_a_sidecar_that_comes_while_its_photo_is_read(
    it: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.services.intake import preparation

    it.upload(jpeg(1), "x/a.jpg")
    reading = preparation.metadata.read

    def slow(*args: Any) -> Any:
        found = reading(*args)
        monkeypatch.setattr(preparation.metadata, "read", reading)
        it.upload(XMP.format("late").encode(), "x/a.xmp")
        return found

    monkeypatch.setattr(preparation.metadata, "read", slow)
    it.work("prepare", "metadata")
    [photo] = it.get("/photos")["photos"]
    assert it.tags(photo["id"]) == {"late": ("file", "confirmed")}


def test_a_newer_sidecar(it: InProcess) -> None:
    [photo] = it.add("x/a.jpg")
    for word in ("one", "two"):
        it.upload(XMP.format(word).encode(), "x/a.jpg.xmp")
        it.work("metadata")
        assert it.tags(photo)[word] == ("file", "confirmed")


def test_sidecars_of_others_are_left_alone(it: InProcess) -> None:
    a, b = it.add("x/a.jpg", "x/a.b.jpg")
    it.upload(XMP.format("word").encode(), "x/a.xmp")
    it.upload(XMP.format("other").encode(), "y/a.xmp")
    it.upload(XMP.format("pattern").encode(), "x/%.xmp")
    it.work("metadata")
    assert it.tags(a) == {"word": ("file", "confirmed")}
    assert it.tags(b) == {}


def test_sidecars_that_are_none(it: InProcess) -> None:
    it.add("x/a.jpg")
    bomb = (
        b'<!DOCTYPE a [<!ENTITY b "'
        + b"x" * 1000
        + b'">'
        + b"".join(
            b'<!ENTITY %c "%s">' % (c, b"&%c;" % (c - 1) * 50) for c in range(ord("c"), ord("i"))
        )
        + b"]><a>&h;</a>"
    )
    for data in (b"no xml", b"<open>", b"\xff\xfe\x00", bomb, b"x" * (16 * 2**20 + 1)):
        answer = it.upload(data, "x/a.xmp")
        state = answer.headers["Proofsheet-State"]
        assert state == "refused" or data is bomb, data[:20]
    it.work("metadata")


def test_many_files_of_a_drop_are_listed(it: InProcess) -> None:
    for number in range(4):
        begin(it, 10, f"{number}.jpg", drop="one" if number % 2 else "two")
    assert len(it.get("/uploads?drop=one")["uploads"]) == 2
    assert len(it.get("/uploads?state=receiving")["uploads"]) == 4
    assert it.get("/uploads?state=done")["uploads"] == []
    too_many = [{"path": "a", "size": 1, "sha256": "0" * 64}] * 1001
    it.post("/uploads/check", {"files": too_many}, 400)
