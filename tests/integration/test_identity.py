"""The same picture again: a delivered copy, or a file that another program changed."""

import pytest
from sqlalchemy import select

from app.metadata import read
from app.models import Revision
from tests.edited import FIELDS, edited, first, photos, send
from tests.in_process import InProcess
from tests.integration.test_exports import download, keywords
from tests.unit.ml.samples import dng


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
