"""A full disk: words that say what to do, and nothing half-written.

A data folder on a small tmpfs is really full; that needs root on Linux.
"""

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import update

from app.config import Config
from app.core import Core
from app.errors import NoRoom
from app.models import Base, Job
from app.services import settings
from app.services.intake import uploads
from app.storage import Storage
from scripts import backup
from tests.in_process import InProcess, installed
from workers.tasks import in_words

SIZE_MB = 120


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a folder that holds no more than SIZE_MB."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small tmpfs needs root on Linux")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(folder)]
    done = subprocess.run(mount, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"mount is not allowed here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_an_upload_that_does_not_fit_is_refused_before_its_bytes(small_disk: Path) -> None:
    core = Core.build(Config.from_env({}, data=small_disk))
    Base.metadata.create_all(core.db.engine)
    with core.db.write() as session:
        library = settings.owner(session)
        with pytest.raises(NoRoom, match="Make room"):
            uploads.create(session, core, library, path="a.jpg", size=30 * 2**20)
        assert uploads.listing(session, library.id, None, None) == []
    assert list((small_disk / "uploads").iterdir()) == []
    core.db.dispose()


@pytest.fixture
def full(small_disk: Path, migrated: Path) -> Iterator[InProcess]:
    """An installation on a disk that can be filled."""
    yield from installed(small_disk, migrated)


def test_a_disk_that_fills_up_on_the_way_is_told_and_nothing_is_lost(
    full: InProcess, small_disk: Path
) -> None:
    core, client = full.core, full.client
    csrf = {"X-CSRFToken": full.token}
    tus = csrf | {"Tus-Resumable": "1.0.0"}
    body = os.urandom(4 * 2**20)
    made = client.post("/api/v1/uploads", headers=tus | {"Upload-Length": str(len(body))})
    place = made.headers["Location"]
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, core.storage.free())

    send = tus | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    answer = client.patch(place, data=body, headers=send)
    assert answer.status_code == 507
    assert "Make room" in answer.get_json()["error"]["message"]

    filler.unlink()
    here = int(client.head(place, headers=tus).headers["Upload-Offset"])
    again = client.patch(place, data=body[here:], headers=send | {"Upload-Offset": str(here)})
    assert again.status_code == 204
    assert again.headers["Proofsheet-State"] == "waiting"
    (original,) = (path for path in (small_disk / "originals").rglob("*") if path.is_file())
    assert original.read_bytes() == body


@pytest.mark.parametrize("asked", [True, False], ids=["before", "on the way"])
def test_a_backup_that_does_not_fit_leaves_nothing(
    it: InProcess,
    small_disk: Path,
    asked: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if not asked:  # as if the disk filled up while the backup is written
        monkeypatch.setattr(sys.modules["app.services.backup.make"], "SPARE", -(2**40))
    it.add("a.jpg")
    large = it.core.storage.original(1, "ab" * 32)
    large.parent.mkdir(parents=True, exist_ok=True)
    large.write_bytes(os.urandom(4 * 2**20))
    filler = small_disk / "filler"
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, Storage(small_disk / "x").free() - 2**20)
    config = it.core.config
    line = ["--data", str(config.data), "--database-url", config.database_url]
    assert backup.main(["backup", str(small_disk / "all.tar"), *line]) == 1
    assert "no room" in capsys.readouterr().err
    assert [p.name for p in small_disk.iterdir() if p.is_file()] == ["filler"]
    assert not list(small_disk.glob(".*"))


def test_a_repair_that_does_not_fit_says_so_and_is_made_when_there_is_room(
    full: InProcess, small_disk: Path
) -> None:
    grain = np.random.default_rng(1).integers(0, 255, (1000, 1500, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(grain).save(file, "PNG", compress_level=1)
    full.upload(file.getvalue(), "grain.png")
    full.work("prepare", "metadata")
    [photo] = full.get("/photos")["photos"]
    shear = {"center": [750.0, 500.0], "slope": [0.01, 0.0]}
    full.post(f"/photos/{photo['id']}/repairs", {"kind": "shear", "params": shear})
    filler = small_disk / "filler"
    with filler.open("wb") as room:  # the file takes 4 MB
        os.posix_fallocate(room.fileno(), 0, full.core.storage.free() - 2 * 2**20)
    with pytest.raises(OSError, match="No space left") as told:
        full.work("repair")
    assert "Make room" in in_words(told.value)
    assert not list(small_disk.rglob("*.part*"))
    filler.unlink()
    with full.core.db.write() as session:
        session.execute(update(Job).values(state="queued", lease_until=None))
        session.commit()
    assert full.work("repair") == 1
    [version] = full.get(f"/photos/{photo['id']}")["versions"]
    assert version["shown"]
