"""What a person reads when the machine, not the photo, is at fault."""

import errno
import os
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from app.errors import AppError
from app.models import Job
from app.services.work import leases
from tests.in_process import InProcess, encoded, jpeg, tus_headers
from workers import tasks


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (AppError("The tag is gone."), "The tag is gone."),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "no room left"),
        (OSError(errno.EIO, os.strerror(errno.EIO)), "input/output error"),
        (MemoryError(), "not enough memory"),
        (KeyError("scene"), "unexpected"),
    ],
)
def test_a_failed_job_says_why_in_plain_words(error: Exception, words: str):
    told = tasks.in_words(error)
    assert words in told
    assert type(error).__name__ not in told
    assert "Errno" not in told


def test_a_database_that_is_away_does_not_fail_the_photo(
    it: InProcess, monkeypatch: pytest.MonkeyPatch
):
    it.upload(jpeg(), "a/one.jpg")

    def locked(*_: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setitem(tasks.HANDLERS, "prepare", locked)
    monkeypatch.setattr(tasks, "core", lambda: it.core)
    with it.core.db.write() as session:
        claim = leases.claim(session, 1, 60)
    assert claim is not None
    tasks._do(claim)
    with it.core.db.read() as session:
        assert session.get_one(Job, 1).state == "queued"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_told_and_the_upload_can_go_on(it: InProcess):
    data = jpeg()
    headers = tus_headers(
        Upload_Length=str(len(data)), Upload_Metadata=encoded(path="a/one.jpg", drop="d")
    )
    made = it.raw("POST", "/api/v1/uploads", b"", headers)
    address = made.headers["Location"]
    part = it.core.storage.part(address.rsplit("/", 1)[1])
    part.unlink()
    part.symlink_to("/dev/full")
    patch = tus_headers(Upload_Offset="0", Content_Type="application/offset+octet-stream")
    answer = it.raw("PATCH", address, data, patch)
    assert answer.status_code == 507
    assert "no room left" in answer.get_json()["error"]["message"]
    part.unlink()
    part.touch()
    assert it.raw("PATCH", address, data, patch).status_code == 204
