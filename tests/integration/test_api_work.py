"""Review, settings, jobs, the trash, pictures and progress; on both databases."""

import pytest

from app.models import Photo
from tests.in_process import InProcess


@pytest.mark.parametrize("order", ["least", "most"])
def test_review_goes_by_confidence(either: InProcess, order: str) -> None:
    photos = either.add("a.jpg", "b.jpg", "c.jpg", "d.jpg")
    for number, photo in enumerate(photos):
        either.see(photo, {"dog": 0.5, "cat": 0.3 + number / 10, "hat": 0.9})
    either.post("/photos/trash", {"selection": {"ids": photos[3:]}})
    wanted = sorted(
        (row["confidence"], photo, row["id"])
        for photo in photos[:3]
        for row in either.get(f"/photos/{photo}")["tags"]
    )
    seen: list[tuple[float, int, int]] = []
    after = ""
    while True:
        page = either.get(f"/review?limit=2&order={order}&after={after}")
        assert page["left"] == len(wanted)
        seen += [(i["confidence"], i["photo"]["id"], i["tag"]["id"]) for i in page["items"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen == (wanted if order == "least" else wanted[::-1])
    assert {i["tag"]["name"] for i in either.get("/review?tag=DOG")["items"]} == {"dog"}


def test_review_answers(either: InProcess) -> None:
    [photo] = either.add("a.jpg")
    either.see(photo, {"dog": 0.5, "cat": 0.4})
    cat, dog = either.tag_id("cat"), either.tag_id("dog")
    assert either.post("/review", {"photo": photo, "tag": dog, "answer": "yes"})["left"] == 1
    last = either.post("/review", {"photo": photo, "tag": cat, "answer": "no"})
    assert last["left"] == 0
    assert either.get("/photos?state=review")["photos"] == []
    either.post(f"/actions/{last['action']['id']}/undo")
    assert [i["tag"]["id"] for i in either.get("/review")["items"]] == [cat]
    either.post("/review", {"photo": photo, "tag": cat, "answer": "maybe"}, 400)
    either.post("/review", {"photo": photo, "tag": 999, "answer": "yes"}, 404)


def test_settings(either: InProcess) -> None:
    shown = either.get("/settings")
    assert set(shown["help"]) == set(shown["settings"])
    assert all(shown["help"].values())
    assert either.call("PUT", "/settings", {"precision": 0.9})["settings"]["precision"] == 0.9
    for wrong in (
        {"precision": 0.1},
        {"precision": "0.9"},
        {"precision": True},
        {"faces": 1},
        {"faces": None},
        {"none": 1},
        {"faces": False, "precision": 2},
    ):
        either.call("PUT", "/settings", wrong, 400)
    assert either.get("/settings")["settings"] == shown["settings"] | {"precision": 0.9}


def test_jobs_are_listed_once_each(either: InProcess) -> None:
    either.add(*(f"{i}.jpg" for i in range(5)))
    with either.core.db.write() as session:
        from app.models import Job

        rows = session.query(Job).order_by(Job.id).all()
        for row in (rows[0], rows[3]):
            row.state = "running"
        session.commit()
    every = [row.id for row in rows]
    seen: list[int] = []
    after = 0
    while True:
        page = either.get(f"/jobs?limit=1&after={after}")
        seen += [job["id"] for job in page["jobs"]]
        if page["next"] is None:
            break
        after = page["next"]
    assert seen[:2] == [every[3], every[0]], "what runs comes first"
    assert sorted(seen) == every


def test_the_trash_and_the_end(either: InProcess) -> None:
    a, b = either.add("x/a.jpg", "x/b.jpg")
    either.upload(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", "x/a.jpg.xmp")
    either.work()
    either.raw("GET", f"/photos/{a}/preview")
    data = either.core.config.data
    library = either.owner().id
    digests = {}
    with either.core.db.read() as session:
        digests = {p: session.get_one(Photo, p).sha256 for p in (a, b)}
    of_a = [p for p in data.rglob(f"*{digests[a]}*") if p.is_file()]
    assert len(of_a) == 3, "original, thumbnail, preview"
    sidecars = [p for p in (data / "sidecars").rglob("*") if p.is_file()]
    assert len(sidecars) == 1
    one = {"selection": {"ids": [a]}}
    assert either.post("/photos/delete", one)["changed"] == 0, "only what lies in the trash"
    assert either.post("/photos/trash", one)["changed"] == 1
    assert either.post("/photos/trash", one)["changed"] == 0
    assert either.get(f"/photos/{a}")["state"] == "trash"
    assert either.post("/photos/restore", one)["changed"] == 1
    either.post("/photos/trash", one)
    everything = {"selection": {"filter": {"state": "trash"}}}
    assert either.post("/photos/delete", everything)["changed"] == 1
    either.get(f"/photos/{a}", status=404)
    assert not [p for p in data.rglob(f"*{digests[a]}*") if p.is_file()]
    assert not [p for p in (data / "sidecars").rglob("*") if p.is_file()], "its sidecar goes too"
    assert either.core.storage.original(library, digests[b]).is_file()
    assert [p["id"] for p in either.get("/photos")["photos"]] == [b]


def test_pictures_are_served_with_their_type(either: InProcess) -> None:
    [photo] = either.add("x/ünï\u202ecode.jpg")
    original = either.raw("GET", f"/photos/{photo}/original?download")
    assert original.headers["Content-Disposition"].startswith("attachment")
    assert original.mimetype == "image/jpeg"
    assert "immutable" in original.headers["Cache-Control"]
    assert "private" in original.headers["Cache-Control"]
    part = either.raw("GET", f"/photos/{photo}/original", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data[:2]) == (206, b"\xff\xd8")
    for kind in ("thumb", "preview"):
        answer = either.raw("GET", f"/photos/{photo}/{kind}")
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        same = {"If-None-Match": answer.headers["ETag"]}
        again = either.raw("GET", f"/photos/{photo}/{kind}", headers=same)
        assert (again.status_code, again.data) == (304, b"")


def test_a_lost_original_is_told(either: InProcess) -> None:
    [photo] = either.add("a.jpg")
    with either.core.db.read() as session:
        digest = session.get_one(Photo, photo).sha256
    either.core.storage.original(either.owner().id, digest).unlink()
    assert either.raw("GET", f"/photos/{photo}/original").status_code == 404
    assert either.raw("GET", f"/photos/{photo}/preview").status_code == 404


def test_progress(either: InProcess) -> None:
    before = either.get("/progress")
    assert (before["total"], before["eta_s"], before["paused"]) == (0, None, False)
    either.upload(b"", "empty.jpg")
    for number in range(3):
        from tests.in_process import jpeg

        either.upload(jpeg(number), f"{number}.jpg")
    during = either.get("/progress")
    assert (during["waiting"], during["refused"], during["total"]) == (3, 1, 3)
    either.post("/jobs/pause")
    assert either.work() == 0
    assert either.get("/progress")["paused"] is True
    either.post("/jobs/resume")
    assert either.work() == 3
    after = either.get("/progress")
    assert (after["done"], after["waiting"], after["failed"]) == (3, 0, 0)


def test_the_demo(either: InProcess) -> None:
    assert either.post("/demo")["added"] == 6
    either.work()
    photos = either.get("/photos")["photos"]
    assert len(photos) == 6
    assert {p["state"] for p in photos} == {"new"}
    assert {p["day"][:7] for p in photos} == {"2026-06"}
    either.post("/demo")
    either.work()
    assert len(either.get("/photos")["photos"]) == 6, "twice is once"
