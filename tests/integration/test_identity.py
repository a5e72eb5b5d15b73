"""The same picture again: a delivered copy, or a file that another program changed."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from app.metadata import Edits, deliver, read
from app.models import Job, Photo, Revision
from app.services.files import revisions
from app.services.intake import preparation, uploads
from app.services.work import leases
from ml.errors import ImageError
from tests.in_process import InProcess, jpeg
from tests.integration.test_exports import download, keywords
from tests.unit.ml.samples import dng

FIELDS = (
    "XMP-dc:Subject",
    "IPTC:Keywords",
    "XMP-lr:HierarchicalSubject",
    "XMP-digiKam:TagsList",
)


@pytest.fixture
def change(exiftool: Path, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Let ExifTool change a file's bytes."""

    def run(data: bytes, *said: str, name: str = "edited.jpg") -> bytes:
        path = tmp_path / name
        path.write_bytes(data)
        line = [exiftool, "-q", "-overwrite_original", "-codedcharacterset=utf8", *said, path]
        subprocess.run(line, check=True)
        return path.read_bytes()

    return run


def photos(it: InProcess) -> int:
    with it.core.db.read() as session:
        return session.scalar(select(func.count(Photo.id))) or 0


def edited(it: InProcess) -> list[int]:
    return [card["id"] for card in it.get("/photos?state=edited")["photos"]]


def send(it: InProcess, data: bytes, path: str) -> str:
    answer = it.upload(data, path)
    it.work("prepare", "metadata")
    return answer.headers["Proofsheet-State"]


def first(it: InProcess, *subject: str) -> tuple[int, bytes]:
    """A photo in the library whose file has these keywords, and the file's bytes."""
    data = jpeg()
    path, out = it.core.config.data / "plain.jpg", it.core.config.data / "tagged.jpg"
    path.write_bytes(data)
    deliver(path, out, Edits(add=tuple((word,) for word in subject)))
    data = out.read_bytes()
    send(it, data, "Trip/a.jpg")
    with it.core.db.read() as session:
        return session.scalars(select(Photo.id)).one(), data


def test_what_was_delivered_adds_nothing_when_it_comes_back(either: InProcess) -> None:
    photo, _ = first(either, "beach")
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["bride"]})
    copy = download(either, [photo]).read("Trip/a.jpg")
    before = either.tags(photo)
    assert send(either, copy, "Trip/a.jpg") == "duplicate"
    assert send(either, copy, "Delivered/a.jpg") == "duplicate"
    assert photos(either) == 1
    assert edited(either) == []
    assert either.tags(photo) == before
    with either.core.db.read() as session:
        kept = session.scalars(select(Revision).order_by(Revision.id)).all()
    assert [row.kept for row in kept] == ["managed", "known"]
    assert not either.core.storage.original(either.owner().id, kept[1].sha256).exists()


def test_a_keyword_of_another_program_comes_in_and_is_marked(  # type: ignore[no-untyped-def]
    either: InProcess, change
) -> None:
    photo, _ = first(either, "beach", "old")
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["bride"]})
    copy = download(either, [photo]).read("Trip/a.jpg")
    more = ("-XMP-dc:Subject+=rings", "-IPTC:Keywords+=rings", "-XMP:Rating=4")
    less = ("-XMP-dc:Subject-=old", "-IPTC:Keywords-=old", "-XMP-lr:HierarchicalSubject-=old")
    path = either.core.config.data / "x.jpg"
    path.write_bytes(change(copy, *more, *less, "-XPKeywords=", "-XMP-digiKam:TagsList="))
    assert set(read(path).keywords) == {("beach",), ("bride",), ("rings",)}
    assert send(either, path.read_bytes(), "Trip/a.jpg") == "waiting"
    assert photos(either) == 1
    assert edited(either) == [photo]
    assert either.tags(photo) == {
        "beach": ("file", "confirmed"),
        "bride": ("person", "confirmed"),
        "rings": ("file", "confirmed"),
    }
    detail = either.get(f"/photos/{photo}")
    assert ["Rating", "4"] in detail["metadata"] or any(
        label == "Rating" for label, _ in detail["metadata"]
    )
    assert len(detail["files"]) == 3  # the first, the delivered, the edited one
    states = {s["value"]: s["count"] for s in either.get("/facets")["states"]}
    assert states["edited"] == 1
    # the picture itself can be seen as before, and the older file is still here
    assert either.raw("GET", detail["thumb"]).status_code == 200
    digest = next(iter(detail["files"]))["sha256"]
    assert either.raw("GET", detail["original"]).data == path.read_bytes(), digest
    with either.core.db.read() as session:
        kept = set(session.scalars(select(Revision.sha256).where(Revision.kept == "managed")))
    for sha in kept:
        assert either.core.storage.original(either.owner().id, sha).is_file()
    assert len(kept) == 2


def test_removed_here_and_delivered_again_it_is_gone_from_the_file(  # type: ignore[no-untyped-def]
    either: InProcess, change
) -> None:
    photo, _ = first(either, "beach")
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["bride"]})
    copy = download(either, [photo]).read("Trip/a.jpg")
    again = change(copy, "-XMP-dc:Subject+=rings", "-IPTC:Keywords+=rings")
    send(either, again, "Trip/a.jpg")
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "remove": ["bride"]})
    zipped = download(either, [photo])
    assert keywords(either, zipped, "Trip/a.jpg") == {("beach",), ("rings",)}
    send(either, zipped.read("Trip/a.jpg"), "Trip/a.jpg")
    assert photos(either) == 1
    assert either.tags(photo)["bride"][1] == "rejected"


def test_a_persons_word_stays_whatever_files_say(  # type: ignore[no-untyped-def]
    either: InProcess, change
) -> None:
    photo, data = first(either, "beach", "wrong")
    either.post(f"/photos/{photo}/tags/{either.tag_id('wrong')}", {"state": "rejected"})
    either.post(f"/photos/{photo}/tags/{either.tag_id('beach')}", {"state": "confirmed"})
    bare = change(data, "-XMP:all=", "-IPTC:all=", "-XPKeywords=")
    send(either, change(bare, "-XMP-dc:Subject=wrong"), "Trip/a.jpg")
    assert photos(either) == 1
    found = either.tags(photo)
    assert found["beach"] == ("person", "confirmed")
    assert found["wrong"][1] == "rejected"


def test_unreviewed_tags_that_come_back_stay_proposals(  # type: ignore[no-untyped-def]
    either: InProcess, change
) -> None:
    photo, _ = first(either, "beach")
    either.see(photo, {"dog": 0.999, "person": 0.998})
    copy = download(either, [photo], unreviewed=True).read("Trip/a.jpg")
    path = either.core.config.data / "x.jpg"
    path.write_bytes(copy)
    if ("dog",) not in read(path).keywords:
        pytest.fail("the machine's surest tags are written unreviewed")
    gone = [f"-{field}-=person" for field in FIELDS]
    more = ("-XPKeywords=beach;dog", "-XMP-dc:Subject+=rings")
    send(either, change(copy, *gone, *more), "Trip/a.jpg")
    assert photos(either) == 1
    found = either.tags(photo)
    assert found["dog"] == ("machine", "suggested")
    assert found["person"] == ("file", "rejected")
    assert found["rings"] == ("file", "confirmed")


def test_seen_and_undone(either: InProcess, change) -> None:  # type: ignore[no-untyped-def]
    photo, data = first(either, "beach")
    before = either.get(f"/photos/{photo}")
    send(either, change(data, "-XMP-dc:Subject=other", "-XMP:Rating=2"), "Trip/a.jpg")
    done = either.post("/photos/seen", {"selection": {"ids": [photo]}})
    assert done["changed"] == 1
    assert edited(either) == []
    either.post(f"/actions/{done['action']['id']}/undo")
    assert edited(either) == [photo]
    update = either.get("/actions")["actions"][1]
    assert "another program" in update["label"]
    either.post(f"/actions/{update['id']}/undo")
    either.work("prepare", "metadata")
    after = either.get(f"/photos/{photo}")
    assert edited(either) == []
    assert after["tags"] == before["tags"]
    assert after["metadata"] == before["metadata"]
    assert either.raw("GET", after["original"]).data == data


def test_known_files_are_not_sent_twice(either: InProcess, change) -> None:  # type: ignore[no-untyped-def]
    import hashlib

    photo, data = first(either, "beach")
    other = change(data, "-XMP-dc:Subject=other")
    send(either, other, "Trip/a.jpg")
    files = [
        {"path": "Trip/a.jpg", "size": len(d), "sha256": hashlib.sha256(d).hexdigest()}
        for d in (data, other)
    ]
    answers = either.post("/uploads/check", {"files": files})["files"]
    assert [answer["photo"] for answer in answers] == [photo, photo]
    assert either.get("/storage")["originals"] == len(data) + len(other)


def test_both_files_in_one_drop_are_one_photo(either: InProcess, change) -> None:  # type: ignore[no-untyped-def]
    data = jpeg()
    either.upload(data, "a.jpg")
    either.upload(change(data, "-XMP-dc:Subject=other"), "b.jpg")
    either.work("prepare", "metadata")
    assert photos(either) == 1
    states = {u["path"]: u["state"] for u in either.get("/uploads")["uploads"]}
    assert states == {"a.jpg": "done", "b.jpg": "done"}


def test_a_turned_file_is_looked_at_again(either: InProcess, change) -> None:  # type: ignore[no-untyped-def]
    photo, data = first(either)
    before = either.get(f"/photos/{photo}")
    send(either, change(data, "-Orientation#=6"), "Trip/a.jpg")
    after = either.get(f"/photos/{photo}")
    assert (after["w"], after["h"]) == (before["h"], before["w"])


def test_delete_means_deleted(either: InProcess, change) -> None:  # type: ignore[no-untyped-def]
    """Files, further files, thumbnails, previews, sidecars, copies in downloads, rows."""
    other = either.add("b.jpg")
    photo_data = jpeg()
    send(either, photo_data, "Trip/a.jpg")
    with either.core.db.read() as session:
        photo = session.scalars(select(Photo.id).where(Photo.id.not_in(other))).one()
    before = storage(either)
    either.upload(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", "Trip/a.xmp")
    send(either, change(photo_data, "-XMP-dc:Subject=other"), "Trip/a.jpg")
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["bride"]})
    either.raw("GET", either.get(f"/photos/{photo}")["preview"])
    download(either, [photo, *other])
    assert len(storage(either)) > len(before)
    either.post("/photos/trash", {"selection": {"ids": [photo]}})
    assert either.post("/photos/delete", {"selection": {"ids": [photo]}})["changed"] == 1
    left = storage(either)
    assert left == {path for path in before if not path.startswith(tuple(gone(before, left)))}
    assert photos(either) == 1
    with either.core.db.read() as session:
        assert set(session.scalars(select(Revision.photo_id))) == set(other)
    assert all("a.jpg" not in row["path"] for row in either.get("/uploads")["uploads"])


def storage(it: InProcess) -> set[str]:
    root = it.core.config.data
    rooms = ("originals", "derived", "sidecars", "exports", "uploads")
    return {
        str(path.relative_to(root))
        for room in rooms
        for path in (root / room).rglob("*")
        if path.is_file()
    }


def gone(before: set[str], left: set[str]) -> set[str]:
    """What was there before and is not any more: the deleted photo's first files."""
    return (before - left) or {"nothing"}


def test_the_same_picture_many_times_at_once_is_one_photo(  # type: ignore[no-untyped-def]
    either: InProcess, change
) -> None:
    """Eight files of one picture whose last bytes come at the same moment."""
    data = jpeg()
    files = [change(data, f"-XMP-dc:Subject=word{n}") for n in range(8)]
    waiting = []
    for n, file in enumerate(files):
        with either.core.db.write() as session:
            upload = uploads.create(
                session, either.core, either.owner(), path=f"{n}.jpg", size=len(file)
            )
        either.core.storage.part(upload.id).write_bytes(file)
        waiting.append(upload)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda upload: uploads.complete(either.core, upload), waiting))
    either.work("prepare", "metadata")
    assert photos(either) == 1
    with either.core.db.read() as session:
        assert session.scalar(select(func.count(Revision.id))) == 8
        assert all(row.said is not None for row in session.scalars(select(Revision)))
    photo = either.get("/photos")["photos"][0]["id"]
    assert len(either.get(f"/photos/{photo}")["locations"]) == 8
    assert {u["state"] for u in either.get("/uploads")["uploads"]} == {"done"}


def test_photos_of_an_older_library_are_known_again(either: InProcess, change) -> None:  # type: ignore[no-untyped-def]
    photo, data = first(either, "beach")
    with either.core.db.write() as session:
        session.execute(update(Photo).values(image_sha256=None))
        session.commit()
        assert revisions.catch_up(session) == 1
    either.work("metadata")
    with either.core.db.write() as session:
        assert revisions.catch_up(session) == 0
    send(either, change(data, "-XMP-dc:Subject=other"), "Trip/a.jpg")
    assert photos(either) == 1
    assert edited(either) == [photo]


def test_a_file_that_breaks_behind_its_header_leaves_the_photo_as_it_was(  # type: ignore[no-untyped-def]
    either: InProcess, change, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo, data = first(either, "beach")
    before = either.get(f"/photos/{photo}")

    def broken(*_: object) -> None:
        raise ImageError("file ends after 1 of 2 MB")

    either.upload(change(data, "-XMP-dc:Subject=other"), "Trip/a.jpg")
    monkeypatch.setattr(preparation, "_look", broken)
    either.work("metadata")
    after = either.get(f"/photos/{photo}")
    assert after["tags"] == before["tags"]
    assert after["original"] == before["original"]
    refused = either.get("/uploads?state=refused")["uploads"]
    assert [row["path"] for row in refused] == ["Trip/a.jpg"]
    assert "ends after" in refused[0]["reason"]
    assert len([path for path in storage(either) if path.startswith("originals")]) == 1


def test_a_delivered_sidecar_is_known_and_an_edited_one_is_told(  # type: ignore[no-untyped-def]
    either: InProcess, change
) -> None:
    send(either, dng(), "Trip/a.dng")
    photo = either.get("/photos")["photos"][0]["id"]
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["bride"]})
    zipped = download(either, [photo])
    beside = next(name for name in zipped.namelist() if name.endswith(".xmp"))
    before = either.tags(photo)
    for name in zipped.namelist():
        send(either, zipped.read(name), name)
    assert photos(either) == 1
    assert edited(either) == []
    assert either.tags(photo) == before == {"bride": ("person", "confirmed")}
    more = change(zipped.read(beside), "-XMP-dc:Subject+=rings", name="a.xmp")
    send(either, more, beside)
    assert edited(either) == [photo]
    assert either.tags(photo) == {
        "bride": ("person", "confirmed"),
        "rings": ("file", "confirmed"),
    }


def test_a_file_that_fails_to_be_read_is_told_beside_its_name(  # type: ignore[no-untyped-def]
    either: InProcess, change
) -> None:
    photo, data = first(either, "beach")
    either.upload(change(data, "-XMP-dc:Subject=other"), "Trip/a.jpg")
    with either.core.db.read() as session:
        job = session.scalars(select(Job.id).where(Job.state == "queued")).one()
    with either.core.db.write() as session:
        claim = leases.claim(session, job, 60)
        assert claim is not None
        assert leases.fail(session, claim, "The storage could not be used.")
        session.commit()
    refused = either.get("/uploads?state=refused")["uploads"]
    assert [row["reason"] for row in refused] == ["a.jpg: The storage could not be used."]
    assert either.get(f"/photos/{photo}")["state"] != "failed"
    either.post("/jobs/retry")
    either.work("metadata")
    assert either.get("/uploads?state=refused")["uploads"] == []
    assert edited(either) == [photo]
