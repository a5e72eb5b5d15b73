"""The upload protocol, https://tus.io/protocols/resumable-upload, and what becomes of the files."""

import base64
import fcntl
import hashlib
import itertools
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.factory import create_app
from app.models import Upload, now
from app.services.intake import uploads
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


def patch(it: InProcess, place: str, offset: object, data: bytes, **headers: str) -> TestResponse:
    given = {"Content_Type": BYTES, "Upload_Offset": str(offset)} | headers
    return it.raw("PATCH", place, data, tus_headers(**given))


def offset(it: InProcess, place: str) -> int:
    answer = it.raw("HEAD", place, headers=tus_headers())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return int(answer.headers["Upload-Offset"])


def row(it: InProcess, place: str) -> dict[str, Any]:
    found = it.get("/uploads")["uploads"]
    return next(u for u in found if place.endswith(u["id"]))


def test_what_the_server_can_do(it: InProcess) -> None:
    answer = it.raw("OPTIONS", "/api/v1/uploads")
    assert answer.status_code in (200, 204)
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert set(answer.headers["Tus-Extension"].split(",")) == {
        "creation",
        "creation-with-upload",
        "termination",
        "checksum",
        "expiration",
    }
    assert "sha1" in answer.headers["Tus-Checksum-Algorithm"].split(",")
    assert int(answer.headers["Tus-Max-Size"]) == it.core.config.max_file_mb * 2**20


def test_in_pieces(it: InProcess) -> None:
    data = jpeg(1)
    place = begin(it, len(data), "x/a.jpg")
    cuts = [0, 10, 10, len(data) // 2, len(data)]
    for start, end in itertools.pairwise(cuts):
        answer = patch(it, place, start, data[start:end])
        assert answer.status_code == 204
        assert answer.headers["Upload-Offset"] == str(end)
        assert offset(it, place) == end
    assert answer.headers["Proofsheet-State"] == "waiting"
    assert row(it, place)["offset"] == len(data)
    it.work("prepare")
    assert row(it, place)["state"] == "done"
    [photo] = it.get("/photos")["photos"]
    assert it.raw("GET", f"/photos/{photo['id']}/original").data == data


def test_with_the_first_request(it: InProcess) -> None:
    data = jpeg(1)
    answer = it.raw(
        "POST",
        "/api/v1/uploads",
        data[:20],
        tus_headers(
            Upload_Length=str(len(data)), Upload_Metadata=encoded(path="a.jpg"), Content_Type=BYTES
        ),
    )
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (201, "20")
    assert patch(it, answer.headers["Location"], 20, data[20:]).status_code == 204


def test_a_wrong_offset(it: InProcess) -> None:
    place = begin(it, 100)
    assert patch(it, place, 0, b"x" * 10).status_code == 204
    for wrong in (0, 9, 11, 100):
        answer = patch(it, place, wrong, b"y" * 10)
        assert answer.status_code == 409
        assert "10 bytes" in answer.get_json()["error"]["message"]
    for wrong in ("", "-1", "ten", "1e1", "٣"):
        assert patch(it, place, wrong, b"y").status_code == 400, wrong
    assert offset(it, place) == 10


def test_versions_and_types(it: InProcess) -> None:
    place = begin(it, 100)
    for headers in ({}, {"Tus-Resumable": "0.2.2"}):
        for method, path in (
            ("POST", "/api/v1/uploads"),
            ("HEAD", place),
            ("PATCH", place),
            ("DELETE", place),
        ):
            answer = it.raw(method, path, headers=headers)
            assert answer.status_code == 412, (method, headers)
            assert answer.headers["Tus-Version"] == "1.0.0"
    assert patch(it, place, 0, b"x", Content_Type="application/octet-stream").status_code == 415
    assert offset(it, place) == 0
    for path in ("/api/v1/uploads/none", "/api/v1/uploads/" + "0" * 32):
        assert it.raw("HEAD", path, headers=tus_headers()).status_code == 404


def test_every_answer_names_the_version(it: InProcess) -> None:
    place = begin(it, 100)
    for answer in (
        it.raw("HEAD", place, headers=tus_headers()),
        patch(it, place, 5, b"x"),
        it.raw("HEAD", "/api/v1/uploads/none", headers=tus_headers()),
        create(it, "x"),
    ):
        assert answer.headers["Tus-Resumable"] == "1.0.0"


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "md5"])
def test_checksums(it: InProcess, algorithm: str) -> None:
    data = jpeg(1)

    def told(piece: bytes) -> str:
        digest = hashlib.new(algorithm, piece).digest()
        return f"{algorithm} {base64.b64encode(digest).decode()}"

    place = begin(it, len(data))
    assert patch(it, place, 0, data[:50], Upload_Checksum=told(data[:50])).status_code == 204
    bad = patch(it, place, 50, b"?" + data[51:], Upload_Checksum=told(data[50:]))
    assert bad.status_code == 460
    assert offset(it, place) == 50, "what was damaged is thrown away"
    assert patch(it, place, 50, data[50:], Upload_Checksum=told(data[50:])).status_code == 204
    assert row(it, place)["state"] == "waiting"


def test_checksums_that_are_none(it: InProcess) -> None:
    place = begin(it, 100)
    for value in ("crc32 AAAA", "sha1", "sha1 ???", "sha1 AAAA", "none", " ", "sha1  "):
        answer = patch(it, place, 0, b"x", Upload_Checksum=value)
        assert answer.status_code in (400, 460), value
        assert offset(it, place) == 0, value


def test_bytes_of_a_broken_request_are_kept_only_without_a_checksum(it: InProcess) -> None:
    """A connection that ends early: without a checksum one goes on from there."""
    data = jpeg(1)
    for checksum, kept in (({}, 30), ({"Upload_Checksum": "sha1 " + "A" * 27 + "="}, 0)):
        place = begin(it, len(data))

        class Cut:
            """A stream that breaks after 30 bytes."""

            def __init__(self) -> None:
                self.left = [data[:30]]

            def read(self, _size: int = -1) -> bytes:
                if self.left:
                    return self.left.pop()
                raise OSError("connection reset")

        given = {"Content_Type": BYTES, "Upload_Offset": "0", "Content_Length": str(len(data))}
        headers = tus_headers(**given, **checksum) | {"X-CSRFToken": it.token}
        answer = it.client.open(
            place,
            method="PATCH",
            headers=headers,
            environ_overrides={"wsgi.input": Cut(), "CONTENT_LENGTH": "500"},
        )
        assert answer.status_code == 400
        assert offset(it, place) == kept, checksum


def test_more_than_was_announced(it: InProcess) -> None:
    place = begin(it, 10)
    assert patch(it, place, 0, b"x" * 4).status_code == 204
    assert patch(it, place, 4, b"y" * 7).status_code == 413
    assert offset(it, place) == 4
    assert row(it, place)["state"] == "receiving"


def test_sizes(it: InProcess) -> None:
    limit = it.core.config.max_file_mb * 2**20
    assert create(it, limit, encoded(path="a.jpg")).status_code == 201
    answer = create(it, limit + 1, encoded(path="big.jpg"))
    assert answer.status_code == 413
    assert "big.jpg" in answer.get_json()["error"]["message"]
    for wrong in ("", "-1", "1.5", "x", "9" * 30, "0x10"):
        assert create(it, wrong).status_code in (400, 413), wrong
    assert (
        it.raw("POST", "/api/v1/uploads", headers=tus_headers(Upload_Defer_Length="1")).status_code
        == 400
    )


def test_an_empty_file(it: InProcess) -> None:
    answer = create(it, 0, encoded(path="none.jpg"))
    assert answer.status_code == 201
    assert answer.headers["Proofsheet-State"] == "refused"
    reason = base64.b64decode(answer.headers["Proofsheet-Reason"]).decode()
    assert "none.jpg is empty" in reason
    assert it.get("/photos")["photos"] == []


def test_two_at_once(it: InProcess) -> None:
    place = begin(it, 100)
    part = it.core.storage.part(place.rsplit("/", 1)[1])
    with part.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert patch(it, place, 0, b"x").status_code == 423
    assert patch(it, place, 0, b"x").status_code == 204


def test_ending_it(it: InProcess) -> None:
    place = begin(it, 100)
    patch(it, place, 0, b"x" * 50)
    assert it.raw("DELETE", place, headers=tus_headers()).status_code == 204
    assert not it.core.storage.part(place.rsplit("/", 1)[1]).exists()
    assert patch(it, place, 50, b"x").status_code in (404, 410)
    assert row(it, place)["state"] == "cancelled"
    assert it.raw("DELETE", place, headers=tus_headers()).status_code == 204
    assert it.raw("HEAD", place, headers=tus_headers()).status_code in (404, 410)


def test_a_restart_loses_nothing(it: InProcess) -> None:
    data = jpeg(1)
    place = begin(it, len(data))
    patch(it, place, 0, data[:40])
    it.app = create_app(it.core.config)
    it.client = it.app.test_client()
    page = it.client.get("/").get_data(as_text=True)
    it.token = page.split('name="csrf-token" content="')[1].split('"')[0]
    assert offset(it, place) == 40
    assert patch(it, place, 40, data[40:]).headers["Proofsheet-State"] == "waiting"
    it.app.extensions["core"].db.dispose()


def test_a_crash_before_the_last_step(it: InProcess) -> None:
    """All bytes are here, nobody made the photo: the next question does it, or the sweeper."""
    for number, finish in enumerate(("ask", "sweep")):
        data = jpeg(number)
        place = begin(it, len(data), f"{finish}.jpg")
        part = it.core.storage.part(place.rsplit("/", 1)[1])
        part.write_bytes(data)
        if finish == "ask":
            assert offset(it, place) == len(data)
        else:
            import os

            os.utime(part, (1, 1))
            with it.core.db.write() as session:
                uploads.sweep(session, it.core)
        assert row(it, place)["state"] == "waiting"
        assert not part.exists()


def test_expiry(it: InProcess) -> None:
    place = begin(it, 100)
    answer = it.raw("HEAD", place, headers=tus_headers())
    ends = parsedate_to_datetime(answer.headers["Upload-Expires"])
    assert timedelta(days=6) < ends - now() < timedelta(days=8)
    with it.core.db.write() as session:
        upload = session.get_one(Upload, place.rsplit("/", 1)[1])
        upload.created_at = now() - uploads.KEEP_UNFINISHED - timedelta(minutes=1)
        session.commit()
        uploads.sweep(session, it.core)
    assert row(it, place)["state"] == "cancelled"
    assert not it.core.storage.part(place.rsplit("/", 1)[1]).exists()
    assert patch(it, place, 0, b"x").status_code in (404, 410)
