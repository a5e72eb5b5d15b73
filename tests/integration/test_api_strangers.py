"""What is not mine is not there: every address with the ids of somebody else's rows."""

import json
from typing import Any

import pytest

from app.models import (
    Action,
    Export,
    ExportItem,
    Job,
    Library,
    Location,
    Photo,
    PhotoTag,
    Tag,
    Upload,
    now,
)
from tests.in_process import InProcess, jpeg, tus_headers


@pytest.fixture
def theirs(it: InProcess) -> dict[str, Any]:
    """Rows of every kind in somebody else's library."""
    it.owner()
    library = it.stranger()
    with it.core.db.write() as session:
        moment = now()
        photo = Photo(
            library_id=library.id,
            sha256="a" * 64,
            size=10,
            name="secret.jpg",
            sort_name="secret.jpg",
            sort_at=moment.replace(tzinfo=None),
            day="2026-01-01",
            state="ready",
            mime="image/jpeg",
            width=3,
            height=2,
        )
        tag = Tag(library_id=library.id, name="secret", key="secret")
        export = Export(library_id=library.id, state="ready")
        action = Action(library_id=library.id, label="secret", inverse={"trash": []})
        session.add_all([photo, tag, export, action])
        session.flush()
        session.add_all(
            [
                Location(library_id=library.id, photo_id=photo.id, folder="s", name="secret.jpg"),
                PhotoTag(
                    photo_id=photo.id,
                    tag_id=tag.id,
                    library_id=library.id,
                    source="machine",
                    state="suggested",
                    confidence=0.5,
                ),
                ExportItem(export_id=export.id, photo_id=photo.id, arcnames=["secret.jpg"]),
                Upload(id="b" * 32, library_id=library.id, path="s/secret.jpg", size=10),
            ]
        )
        job = Job(
            library_id=library.id,
            photo_id=photo.id,
            subject=f"photo:{photo.id}",
            kind="analyse",
            params_hash="0" * 16,
            state="failed",
        )
        session.add(job)
        session.commit()
        for place in (
            it.core.storage.original(library.id, "a" * 64),
            it.core.storage.derived(library.id, "a" * 64, "thumb.webp"),
            it.core.storage.part("b" * 32),
        ):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(jpeg(1)[:10])
        return {
            "library": library.id,
            "photo": photo.id,
            "tag": tag.id,
            "export": export.id,
            "action": action.id,
            "job": job.id,
            "upload": "b" * 32,
        }


def test_what_is_not_mine_is_not_there(it: InProcess, theirs: dict[str, Any]) -> None:
    photo, tag = theirs["photo"], theirs["tag"]
    for path in (
        f"/photo/{photo}",
        f"/photos/{photo}/thumb",
        f"/photos/{photo}/preview",
        f"/photos/{photo}/original",
        f"/api/v1/photos/{photo}",
        f"/api/v1/exports/{theirs['export']}",
        f"/exports/{theirs['export']}/proofsheet.zip",
        f"/api/v1/photos?after={photo}",
    ):
        assert it.raw("GET", path).status_code == 404, path
    it.post(f"/photos/{photo}/tags/{tag}", {"state": "rejected"}, 404)
    it.post(f"/tags/{tag}", {"name": "mine"}, 404)
    it.post(f"/actions/{theirs['action']}/undo", status=404)
    it.post("/review", {"photo": photo, "tag": tag, "answer": "no"}, 404)
    it.post(f"/exports/{theirs['export']}/cancel", status=404)
    one = {"selection": {"ids": [photo]}}
    it.post("/exports", one, 400)
    assert it.post("/exports/estimate", one) == {"photos": 0, "size": 0}
    assert it.post("/analyse", one) == {"queued": 0}
    assert it.post("/photos/trash", one)["changed"] == 0
    assert it.post("/photos/restore", one)["changed"] == 0
    assert it.post("/photos/delete", one)["changed"] == 0
    assert it.post("/tags/apply", one | {"add": ["mine"]})["changed"] == 0
    assert it.post("/jobs/retry", {"ids": [theirs["job"]]})["changed"] == 0
    assert it.post("/jobs/cancel", {"ids": [theirs["job"]]})["changed"] == 0
    known = {"path": "s/x.jpg", "size": 10, "sha256": "a" * 64}
    assert it.post("/uploads/check", {"files": [known]})["files"][0]["known"] is False
    for method in ("HEAD", "PATCH", "DELETE"):
        headers = tus_headers(Upload_Offset="10", Content_Type="application/offset+octet-stream")
        answer = it.raw(method, f"/api/v1/uploads/{theirs['upload']}", headers=headers)
        assert answer.status_code == 404, method
    for path in ("/photos", "/facets", "/tags", "/actions", "/review", "/jobs", "/uploads"):
        assert "secret" not in json.dumps(it.get(path)), path
    assert it.get("/suggest?q=secret")["suggestions"] == []
    assert it.get("/progress")["failed"] == 0
    with it.core.db.read() as session:
        assert session.get_one(Photo, photo).trashed_at is None
        assert session.get_one(PhotoTag, (photo, tag)).state == "suggested"
        assert session.get_one(Job, theirs["job"]).state == "failed"
        assert session.get_one(Library, theirs["library"]).paused is False
    it.post("/jobs/pause")
    with it.core.db.read() as session:
        assert session.get_one(Library, theirs["library"]).paused is False


def test_a_mixed_selection_takes_only_mine(it: InProcess, theirs: dict[str, Any]) -> None:
    [mine] = it.add("a/b.jpg")
    both = {"selection": {"ids": [mine, theirs["photo"]]}}
    assert it.post("/tags/apply", both | {"add": ["word"]})["changed"] == 1
    assert it.post("/photos/trash", both)["changed"] == 1
    assert it.post("/photos/delete", both)["changed"] == 1
    original = it.core.storage.original(theirs["library"], "a" * 64)
    assert original.is_file()
    with it.core.db.read() as session:
        assert session.get(Photo, theirs["photo"]) is not None
