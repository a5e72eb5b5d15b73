"""The files of one photo: known, current, turned, broken, deleted."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select, update

from app.models import Job, Photo, Revision
from app.services.files import revisions
from app.services.intake import preparation, uploads
from app.services.work import leases
from ml.errors import ImageError
from tests.edited import edited, first, photos, send
from tests.in_process import InProcess, jpeg
from tests.integration.test_exports import download


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
