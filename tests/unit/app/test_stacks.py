"""RAW and JPEG of one name: one photo in every list, one set of tags, taken apart and put back."""

import hashlib
import itertools

from app.models import Photo
from app.services.files import keywords, stacking
from tests.in_process import InProcess, jpeg
from tests.unit.ml.samples import raw_file

_numbers = itertools.count()


def drop(it: InProcess, *paths: str) -> dict[str, int]:
    """Upload a different picture under each path; gives the ids of their photos."""
    known = {}
    for path in paths:
        raw = path.lower().endswith(".dng")
        data = raw_file(next(_numbers)) if raw else jpeg()
        known[path] = hashlib.sha256(data).hexdigest()
        it.upload(data, path)
    it.work("prepare", "metadata")
    with it.core.db.read() as session:
        rows = {photo.sha256: photo.id for photo in session.query(Photo)}
    return {path: rows[digest] for path, digest in known.items()}


def listed(it: InProcess, query: str = "") -> set[int]:
    found = it.get(f"/photos?{query}")["photos"]
    assert it.get(f"/photos/sections?{query}")["total"] == len(found)
    return {photo["id"] for photo in found}


def lead_of(it: InProcess, photo: int) -> int | None:
    with it.core.db.read() as session:
        return session.get_one(Photo, photo).stack_id


def said_by_file(it: InProcess, photo: int, *words: str) -> None:
    with it.core.db.write() as session:
        row = session.get_one(Photo, photo)
        keywords.take_from_file(session, row, [(word,) for word in words])
        session.commit()


def change(it: InProcess, what: str, *photos: int) -> int:
    """Stack or unstack photos; gives the action's id."""
    with it.core.db.write() as session:
        do = {"stack": stacking.stack, "unstack": stacking.unstack}[what]
        action, n = do(session, it.owner(), list(photos))
        assert n == 1
        return action.id


def test_raw_and_jpeg_are_one_whatever_comes_first(it: InProcess) -> None:
    ids = drop(it, "a/IMG_1.DNG", "a/IMG_1.JPG", "b/IMG_2.jpg", "b/IMG_2.dng", "a/IMG_2.dng")
    assert lead_of(it, ids["a/IMG_1.DNG"]) == ids["a/IMG_1.JPG"]
    assert lead_of(it, ids["b/IMG_2.dng"]) == ids["b/IMG_2.jpg"]
    alone = ids["a/IMG_2.dng"]
    assert listed(it) == {ids["a/IMG_1.JPG"], ids["b/IMG_2.jpg"], alone}


def test_a_jpeg_goes_before_a_heic(it: InProcess) -> None:
    ids = drop(it, "IMG.heic", "IMG.dng", "IMG.jpg", "other.jpg", "other.png")
    assert listed(it) == {ids["IMG.jpg"], ids["other.jpg"], ids["other.png"]}
    assert lead_of(it, ids["IMG.heic"]) == lead_of(it, ids["IMG.dng"]) == ids["IMG.jpg"]


def test_one_set_of_tags(it: InProcess) -> None:
    [raw] = drop(it, "IMG.dng").values()
    it.see(raw, {"dog": 0.9, "cat": 0.8})
    it.post("/tags/apply", {"selection": {"ids": [raw]}, "add": ["mine"], "remove": ["cat"]})
    said_by_file(it, raw, "theirs")
    [lead] = drop(it, "IMG.jpg").values()
    assert lead_of(it, raw) == lead
    expected = {"mine": "confirmed", "cat": "rejected", "theirs": "confirmed"}
    assert {name: state for name, (_, state) in it.tags(lead).items()} == expected
    counts = {tag["name"]: tag["count"] for tag in it.get("/tags")["tags"]}
    assert (counts["mine"], counts["theirs"], counts["dog"]) == (1, 1, 0)
    it.post("/tags/apply", {"selection": {"ids": [raw]}, "add": ["more"]})
    assert it.tags(lead)["more"] == ("person", "confirmed")
    said_by_file(it, raw, "theirs", "later")
    assert it.tags(lead)["later"] == ("file", "confirmed")
    said_by_file(it, raw)
    assert set(it.tags(lead)) == {"mine", "cat", "more"}


def test_the_trash_takes_all_of_it(it: InProcess) -> None:
    ids = drop(it, "IMG.dng", "IMG.jpg")
    raw, lead = ids.values()
    it.post("/photos/trash", {"selection": {"ids": [lead]}})
    assert listed(it) == set()
    assert listed(it, "state=trash") == {lead}
    it.post("/photos/restore", {"selection": {"ids": [lead]}})
    assert listed(it) == {lead}
    it.post("/photos/trash", {"selection": {"ids": [lead]}})
    it.post("/photos/delete", {"selection": {"ids": [lead]}})
    for photo in (raw, lead):
        it.get(f"/photos/{photo}", status=404)


def test_dropped_again_it_comes_back_whole(it: InProcess) -> None:
    raw_bytes, jpeg_bytes = raw_file(1), jpeg(1)
    it.upload(raw_bytes, "IMG.dng")
    it.upload(jpeg_bytes, "IMG.jpg")
    it.work("prepare")
    [lead] = listed(it)
    it.post("/photos/trash", {"selection": {"ids": [lead]}})
    it.upload(raw_bytes, "IMG.dng")
    assert listed(it) == {lead}
    assert listed(it, "state=trash") == set()


def test_unstacked_and_stacked_again(it: InProcess) -> None:
    raw, lead = drop(it, "IMG.dng", "IMG.jpg").values()
    said_by_file(it, raw, "theirs")
    it.post("/tags/apply", {"selection": {"ids": [lead]}, "add": ["mine"]})
    apart = change(it, "unstack", lead)
    assert listed(it) == {raw, lead}
    assert it.tags(raw) == {"mine": ("person", "confirmed"), "theirs": ("file", "confirmed")}
    assert it.tags(lead) == {"mine": ("person", "confirmed")}
    it.post(f"/actions/{apart}/undo")
    assert listed(it) == {lead}
    assert set(it.tags(lead)) == {"mine", "theirs"}
    change(it, "unstack", lead)
    it.post("/tags/apply", {"selection": {"ids": [raw]}, "add": ["raw"], "remove": ["mine"]})
    drop(it, "IMG.jpeg")  # what a person took apart stays apart
    assert raw in listed(it)
    together = change(it, "stack", raw)
    assert raw not in listed(it)
    assert it.tags(lead)["raw"] == ("person", "confirmed")
    assert it.tags(lead)["mine"] == ("person", "confirmed"), "a yes wins over a no"
    it.post(f"/actions/{together}/undo")
    assert {raw, lead} <= listed(it)
    assert "raw" not in it.tags(lead)
    assert it.tags(raw)["mine"][1] == "rejected"


def test_the_setting_counts_for_all(it: InProcess) -> None:
    it.call("PUT", "/settings", {"stacks": False})
    ids = drop(it, "IMG.dng", "IMG.jpg", "x/A.dng", "x/A.jpg")
    assert listed(it) == set(ids.values())
    it.call("PUT", "/settings", {"stacks": True})
    assert listed(it) == {ids["IMG.jpg"], ids["x/A.jpg"]}
    it.call("PUT", "/settings", {"stacks": False})
    assert listed(it) == set(ids.values())


def test_a_lead_that_is_no_photo_lets_the_others_be_seen(it: InProcess) -> None:
    [raw] = drop(it, "IMG.dng").values()
    it.upload(b"\xff\xd8\xff no photo", "IMG.jpg")
    assert listed(it) != {raw}
    it.work("prepare")
    assert listed(it) == {raw}
