"""What a killed process leaves behind is found and removed; what somebody needs is not."""

import os
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from app.core import Core
from app.models import Upload, now
from app.services import settings
from app.services.intake import leftovers, uploads
from tests.in_process import InProcess, jpeg

OLD_S = 2 * leftovers.AGE_S


def made(path: Path, age_s: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"left over")
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def left(core: Core, age_s: float) -> list[Path]:
    """A file of every kind that a kill can leave behind."""
    storage, digest = core.storage, "ab" * 32
    return [
        made(storage.part("0" * 32), age_s),
        made(storage.original(1, digest), age_s),
        made(storage.derived(1, digest, "thumb.webp"), age_s),
        made(storage.derived(1, digest, "x").with_name(".abc123.part"), age_s),
        made(storage.sidecar(1, digest), age_s),
    ]


def test_old_files_that_no_row_knows_are_removed(it: InProcess):
    old = left(it.core, OLD_S)
    leftovers.sweep(it.core)
    assert [path for path in old if path.exists()] == []


def test_young_files_are_left_alone(it: InProcess):
    young = left(it.core, 60)
    leftovers.sweep(it.core)
    assert all(path.exists() for path in young)


def test_what_a_row_knows_stays_however_old(it: InProcess):
    it.add("a/one.jpg")
    it.upload(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>", "a/one.xmp")
    with it.core.db.write() as session:
        mine = settings.owner(session)
        begun = uploads.create(session, it.core, mine, path="b.jpg", size=9).id
    storage = it.core.storage
    files = [p for p in storage.root.rglob("*/*") if p.is_file() and "valkey" not in p.parts]
    kept = [p for p in files if p.parts[-4] in ("originals", "derived", "sidecars")]
    kept.append(storage.part(begun))
    assert len(kept) == 4
    for path in kept:
        os.utime(path, (time.time() - OLD_S,) * 2)
    leftovers.sweep(it.core)
    assert [path for path in kept if not path.exists()] == []


def begin(it: InProcess, data: bytes, sent: int, drop: str = "d") -> uploads.Upload:
    """Begin an upload of which `sent` bytes arrive before the answer is lost."""
    with it.core.db.write() as session:
        upload = uploads.create(
            session,
            it.core,
            settings.owner(session),
            path="a/one.jpg",
            size=len(data),
            drop=drop,
            sha256=sha256(data).hexdigest(),
        )
    it.core.storage.part(upload.id).write_bytes(data[:sent])
    return upload


@pytest.mark.parametrize("sent", [0, 100])
def test_an_upload_whose_answer_was_lost_is_begun_anew(it: InProcess, sent: int):
    data = jpeg()
    first = begin(it, data, sent)
    again = begin(it, data, 0)
    assert again.id == first.id
    assert it.core.storage.part(first.id).stat().st_size == 0


def test_an_upload_of_another_drop_is_another(it: InProcess):
    data = jpeg()
    assert begin(it, data, 0, "one").id != begin(it, data, 0, "two").id


def test_a_whole_file_is_never_cut_though_its_answer_was_lost(it: InProcess):
    data = jpeg()
    first = begin(it, data, len(data))
    core = it.core
    core.storage.adopt(core.storage.part(first.id), core.storage.original(1, first.sha256 or ""))
    assert begin(it, data, 0).id != first.id  # killed between the link and the commit
    assert core.storage.original(1, first.sha256 or "").read_bytes() == data
    uploads.complete(core, first)
    assert it.get("/photos")["photos"][0]["name"] == "one.jpg"


def test_a_sidecar_that_was_replaced_goes_too(it: InProcess):
    """Its row has another hash since: whether or not the process died before it was removed."""
    it.add("a/one.jpg")
    for n in (1, 2):
        it.upload(b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><!-- %d --></x:xmpmeta>" % n, "a/one.xmp")
    files = [p for p in (it.core.storage.root / "sidecars").rglob("*") if p.is_file()]
    for path in files:
        os.utime(path, (time.time() - OLD_S,) * 2)
    leftovers.sweep(it.core)
    [kept] = [p for p in files if p.exists()]
    assert b"<!-- 2 -->" in kept.read_bytes()


def test_uploads_that_ended_long_ago_are_forgotten(it: InProcess):
    it.add("a/one.jpg")
    it.upload(b"", "empty.jpg")
    it.upload(jpeg(), "a/waits.jpg")
    assert len(it.get("/uploads")["uploads"]) == 3
    with it.core.db.write() as session:
        for upload in session.query(Upload):
            upload.created_at = now() - uploads.KEEP_ENDED - timedelta(minutes=1)
        session.commit()
        uploads.sweep(session, it.core)
    assert [u["path"] for u in it.get("/uploads")["uploads"]] == ["a/waits.jpg"]
    assert len(it.get("/photos")["photos"]) == 2, "photos are no uploads"


def test_an_upload_whose_first_look_is_cancelled_does_not_wait_for_ever(it: InProcess):
    it.upload(jpeg(), "a/one.jpg")
    it.post("/jobs/cancel")
    [upload] = it.get("/uploads")["uploads"]
    assert (upload["state"], "Retry" in upload["reason"]) == ("cancelled", True)
    assert it.get("/progress")["waiting"] == 0
    it.post("/jobs/retry")
    assert it.get("/uploads")["uploads"][0]["state"] == "waiting"
    it.work()
    [upload] = it.get("/uploads")["uploads"]
    assert (upload["state"], upload["reason"]) == ("done", None)
