"""Downloads: what is in them, under which names, and what happens when something goes wrong."""

import io
import zipfile
from typing import Any

import pytest
from sqlalchemy import select

from app.metadata import read
from app.models import Export, ExportItem, Job, Photo, now
from app.services.delivery import delivery, edits, exports
from app.services.work import leases
from tests.in_process import InProcess, jpeg


def begin(it: InProcess, ids: list[int], **options: object) -> int:
    body = {"selection": {"ids": ids}, "options": options}
    found: int = it.post("/exports", body, 201)["id"]
    return found


def fetch(it: InProcess, export: int) -> zipfile.ZipFile:
    status = it.get(f"/exports/{export}")
    assert status["state"] == "ready", status
    answer = it.raw("GET", status["url"])
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.data) == status["size"]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="proofsheet.zip"'
    zipped = zipfile.ZipFile(io.BytesIO(answer.data))
    assert zipped.testzip() is None
    return zipped


def download(it: InProcess, ids: list[int], **options: object) -> zipfile.ZipFile:
    export = begin(it, ids, **options)
    it.work("export")
    return fetch(it, export)


def keywords(it: InProcess, zipped: zipfile.ZipFile, name: str) -> set[tuple[str, ...]]:
    path = it.core.config.data / "read.jpg"
    path.write_bytes(zipped.read(name))
    return set(read(path).keywords)


def original(it: InProcess, photo: int) -> Any:
    with it.core.db.read() as session:
        digest = session.get_one(Photo, photo).sha256
    return it.core.storage.original(it.owner().id, digest)


def test_layouts(either: InProcess) -> None:
    ids = either.add("Trip/a.jpg", "Trip/Day 2/A.JPG", "other/a.jpg", "ünï/文.jpg")
    with either.core.db.write() as session:
        for photo in session.scalars(select(Photo)):
            photo.day = "2020-02-29"
        session.commit()
    assert set(download(either, ids).namelist()) == {
        "Trip/a.jpg",
        "Trip/Day 2/A.JPG",
        "other/a.jpg",
        "ünï/文.jpg",
    }
    flat = download(either, ids, layout="flat").namelist()
    assert sorted(name.casefold() for name in flat) == ["a (2).jpg", "a (3).jpg", "a.jpg", "文.jpg"]
    dated = download(either, ids, layout="date").namelist()
    assert all(name.startswith("2020/2020-02/2020-02-29/") for name in dated)
    assert len({name.casefold() for name in dated}) == 4


def test_names_that_collide_in_capitals_only(it: InProcess) -> None:
    ids = it.add("x/a.jpg", "X/A.jpg", "x/errors.txt")
    names = download(it, ids).namelist()
    assert len({name.casefold() for name in names}) == 3
    [lone] = it.add("ERRORS.txt")
    assert download(it, [lone]).namelist() == ["ERRORS (2).txt"]


def test_both_paths_of_one_photo(it: InProcess) -> None:
    data = jpeg(1)
    it.upload(data, "x/a.jpg")
    it.upload(data, "y/b.jpg")
    it.work("prepare")
    [photo] = [p["id"] for p in it.get("/photos")["photos"]]
    zipped = download(it, [photo])
    assert set(zipped.namelist()) == {"x/a.jpg", "y/b.jpg"}
    assert zipped.read("x/a.jpg") == zipped.read("y/b.jpg") == data


def test_which_tags_are_written(either: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    curve = {"sure": 0.8, "unsure": 0.8, "no": 0.1}
    monkeypatch.setattr(edits.tagging, "thresholds", lambda _precision: curve)
    [photo] = either.add("a.jpg")
    either.see(photo, {"sure": 0.9, "unsure": 0.5, "no": 0.99})
    for name, said in (("no", "rejected"),):
        either.post(f"/photos/{photo}/tags/{either.tag_id(name)}", {"state": said})
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["Places > Paris"]})
    mine = ("Places", "Paris")
    assert keywords(either, download(either, [photo]), "a.jpg") == {mine, ("sure",)}
    bare = download(either, [photo], unreviewed=False)
    assert keywords(either, bare, "a.jpg") == {mine}
    either.call("PUT", "/settings", {"write_unreviewed": False})
    assert keywords(either, download(either, [photo]), "a.jpg") == {mine}
    forced = download(either, [photo], unreviewed=True)
    assert keywords(either, forced, "a.jpg") == {mine, ("sure",)}
    assert original(either, photo).read_bytes() != forced.read("a.jpg")


def test_beside_instead_of_inside(it: InProcess) -> None:
    [photo] = it.add("x/a.jpg")
    it.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["word"]})
    zipped = download(it, [photo], sidecars=True)
    assert set(zipped.namelist()) == {"x/a.jpg", "x/a.jpg.xmp"}
    assert zipped.read("x/a.jpg") == original(it, photo).read_bytes()
    assert b"word" in zipped.read("x/a.jpg.xmp")


def test_a_missing_original_breaks_nothing(either: InProcess) -> None:
    a, b, c = either.add("x/a.jpg", "x/b.jpg", "x/c.jpg")
    original(either, b).unlink()
    original(either, c).write_bytes(b"")
    export = begin(either, [a, b, c])
    either.work("export")
    status = either.get(f"/exports/{export}")
    assert (status["done"], status["total"]) == (3, 3)
    assert "x/b.jpg" in {error["name"] for error in status["errors"]}
    assert all(error["reason"] for error in status["errors"])
    zipped = fetch(either, export)
    assert "x/a.jpg" in zipped.namelist()
    assert "x/b.jpg: the original is missing" in zipped.read("ERRORS.txt").decode()


def test_a_copy_that_vanishes_later(it: InProcess) -> None:
    a, b = it.add("x/a.jpg", "x/b.jpg")
    export = begin(it, [a, b])
    it.work("export")
    original(it, a).unlink()
    zipped = fetch(it, export)
    assert set(zipped.namelist()) == {"ERRORS.txt", "x/b.jpg"}


def test_options_are_checked(either: InProcess) -> None:
    [photo] = either.add("a.jpg")
    one = {"selection": {"ids": [photo]}}
    for options in (
        {"layout": "none"},
        {"layout": None},
        {"layout": []},
        {"sidecars": "yes"},
        {"sidecars": None},
        {"unreviewed": 1},
        {"none": True},
    ):
        either.post("/exports", one | {"options": options}, 400)
    either.post("/exports", {"selection": {"ids": []}}, 400)
    either.post("/exports", {"selection": {"filter": {"q": "nothing"}}}, 400)
    with either.core.db.read() as session:
        assert session.scalars(select(Export)).all() == []


def test_before_it_is_ready(it: InProcess) -> None:
    [photo] = it.add("a.jpg")
    export = begin(it, [photo])
    assert it.get(f"/exports/{export}")["state"] == "preparing"
    assert it.raw("GET", f"/exports/{export}/proofsheet.zip").status_code == 409


def test_cancelling(either: InProcess) -> None:
    [photo] = either.add("a.jpg")
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["word"]})
    early, late = begin(either, [photo]), begin(either, [photo])
    either.post(f"/exports/{early}/cancel")
    either.work("export")
    assert either.get(f"/exports/{early}")["state"] == "cancelled"
    assert either.core.storage.export(late).exists()
    either.post(f"/exports/{late}/cancel")
    for export in (early, late):
        assert not either.core.storage.export(export).exists()
        assert either.raw("GET", f"/exports/{export}/proofsheet.zip").status_code == 409
        either.post(f"/exports/{export}/cancel", status=400)
    assert either.post("/jobs/retry")["changed"] == 0, "its copies are gone: it stays cancelled"
    assert either.work("export") == 0


def claimed(it: InProcess, export: int) -> leases.Claim:
    with it.core.db.write() as session:
        job = session.scalar(select(Job.id).where(Job.export_id == export))
        claim = leases.claim(session, job or 0, 60)
    assert claim
    return claim


def test_cancelled_while_it_is_prepared(it: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = it.add("a.jpg", "b.jpg", "c.jpg")
    it.post("/tags/apply", {"selection": {"ids": ids}, "add": ["word"]})
    export = begin(it, ids)
    claim, prepare = claimed(it, export), delivery._prepare
    made = []

    def one_then_cancel(*args: Any) -> Any:
        made.append(prepare(*args))
        if len(made) == 2:
            it.post(f"/exports/{export}/cancel")
        return made[-1]

    monkeypatch.setattr(delivery, "_prepare", one_then_cancel)
    delivery.deliver(it.core, claim)
    assert len(made) == 2, "the third copy is not made"
    assert not it.core.storage.export(export).exists()
    assert it.get(f"/exports/{export}")["state"] == "cancelled"


def test_a_worker_that_dies_half_way(it: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next one goes on; the first, should it live after all, harms nothing."""
    ids = it.add("a.jpg", "b.jpg", "c.jpg")
    it.post("/tags/apply", {"selection": {"ids": ids}, "add": ["word"]})
    export = begin(it, ids)
    first, prepare = claimed(it, export), delivery._prepare
    made = []

    def die(*args: Any) -> Any:
        if len(made) == 1:
            raise KeyboardInterrupt
        made.append(prepare(*args))
        return made[-1]

    monkeypatch.setattr(delivery, "_prepare", die)
    with pytest.raises(KeyboardInterrupt):
        delivery.deliver(it.core, first)
    assert it.get(f"/exports/{export}")["done"] == 1
    with it.core.db.write() as session:
        session.get_one(Job, first.job_id).lease_until = now()
        session.commit()
        leases.recover(session)
    second = claimed(it, export)
    slow = []

    def overtaken(*args: Any) -> Any:
        slow.append(args)
        found = prepare(*args)
        if len(slow) == 1:  # meanwhile the first worker wakes up and finds that it is not its job
            monkeypatch.setattr(delivery, "_prepare", prepare)
            delivery.deliver(it.core, first)
        return found

    monkeypatch.setattr(delivery, "_prepare", overtaken)
    delivery.deliver(it.core, second)
    zipped = fetch(it, export)
    assert sorted(zipped.namelist()) == ["a.jpg", "b.jpg", "c.jpg"]
    for name in zipped.namelist():
        assert ("word",) in keywords(it, zipped, name)


def test_old_downloads_are_removed(it: InProcess) -> None:
    [photo] = it.add("a.jpg")
    it.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["word"]})
    export = begin(it, [photo])
    it.work("export")
    assert it.core.storage.export(export).exists()
    with it.core.db.write() as session:
        session.get_one(Export, export).created_at = now() - exports.KEEP * 2
        session.commit()
        exports.sweep(session, it.core)
        assert session.scalars(select(ExportItem)).all() == []
    assert not it.core.storage.export(export).exists()
    it.get(f"/exports/{export}", status=404)


def test_a_photo_deleted_meanwhile(it: InProcess) -> None:
    a, b = it.add("a.jpg", "b.jpg")
    export = begin(it, [a, b])
    it.post("/photos/trash", {"selection": {"ids": [a]}})
    it.post("/photos/delete", {"selection": {"ids": [a]}})
    it.work("export")
    assert fetch(it, export).namelist() == ["b.jpg"]
