"""A backup restored elsewhere is the same library, from either database to either."""

import json
import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from app.config import ROOT, Config
from app.models import Base, Photo, now
from app.services.backup import layout
from scripts import backup
from tests.conftest import until
from tests.in_process import InProcess

SIDECAR = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"


def rows(installed: InProcess) -> dict[str, list[Any]]:
    """Every row of every table that a backup holds; a restore asks for jobs anew."""
    with installed.core.db.read() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table))))
            for table in Base.metadata.sorted_tables
            if table.name not in ("export", "export_item", "generation", "job")
        }


def files(data: Path) -> dict[str, bytes]:
    """What lies in the rooms that a backup holds, and the key."""
    found = [p for room in layout.ROOMS for p in (data / room).rglob("*") if p.is_file()]
    return {str(p.relative_to(data)): p.read_bytes() for p in (*found, data / "secret_key")}


def save(installed: InProcess, file: Path, status: int = 0) -> Path:
    """Make a backup by command."""
    config = installed.core.config
    line = ["backup", str(file), "--data", str(config.data), "--database-url", config.database_url]
    assert backup.main(line) == status
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Config]:
    """Where nothing is yet: a folder, and a database of either kind."""
    if request.param == "sqlite":
        yield Config(data=tmp_path / "elsewhere")
        return
    url = request.getfixturevalue("empty_postgresql_database")
    yield Config(data=tmp_path / "elsewhere", database_url=url)


def fetch(file: Path, to: Config, *more: str) -> int:
    """Restore a backup by command."""
    line = ["restore", str(file), "--data", str(to.data), "--database-url", to.database_url]
    return backup.main([*line, *more])


@pytest.fixture
def full(it: InProcess) -> InProcess:
    """A library with something of everything: tags, words of a person, trash, a sidecar, undo."""
    a, b, c = it.add("Trip/a.jpg", "Trip/Tag 2/ü文.jpg", "c.jpg")
    it.see(a, {"dog": 0.9, "cat": 0.4})
    it.upload(SIDECAR, "Trip/a.xmp")
    it.work()
    it.post("/tags/apply", {"selection": {"ids": [a, b]}, "add": ["Places > Köln"]})
    it.post(f"/photos/{a}/tags/{it.tag_id('cat')}", {"state": "rejected"})
    it.post("/photos/trash", {"selection": {"ids": [c]}})
    it.call("PUT", "/settings", {"precision": 0.9})
    return it


def test_everything_comes_back(full: InProcess, elsewhere: Config, tmp_path: Path) -> None:
    before, kept = rows(full), files(full.core.config.data)
    file = save(full, tmp_path / "all.tar")
    assert file.stat().st_mode & 0o077 == 0, "it holds the key and every photo"
    full.post("/photos/delete", {"selection": {"filter": {"state": "trash"}}})
    assert fetch(file, elsewhere) == 0
    again = InProcess(elsewhere)
    assert rows(again) == before
    assert files(elsewhere.data) == kept
    cards = again.get("/photos")["photos"]
    assert len(cards) == 2
    assert again.raw("GET", f"/photos/{cards[0]['id']}/thumb").status_code == 404
    assert again.work("prepare", "metadata") >= 3
    for card in again.get("/photos")["photos"]:
        assert again.raw("GET", card["thumb"]).status_code == 200
        assert again.raw("GET", f"/photos/{card['id']}/original").status_code == 200
    assert again.raw("GET", "/").status_code == 200
    assert {t: again.tags(1)[t] for t in again.tags(1)} == full.tags(1)
    action = again.get("/actions")["actions"][0]
    again.post(f"/actions/{action['id']}/undo")
    again.add("new.jpg"), "ids go on where they were"
    again.close()


def test_what_is_there_is_not_replaced_unasked(
    full: InProcess, elsewhere: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = save(full, tmp_path / "all.tar")
    save(full, file, status=1)
    assert "is there already" in capsys.readouterr().err
    assert fetch(file, elsewhere) == 0
    assert fetch(file, elsewhere) == 1
    assert "--force" in capsys.readouterr().err
    assert fetch(file, elsewhere, "--force") == 0
    again = InProcess(elsewhere)
    assert len(again.get("/photos")["photos"]) == 2
    again.close()


def test_nothing_damaged_is_restored(
    full: InProcess, elsewhere: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = save(full, tmp_path / "all.tar").read_bytes()
    bad = tmp_path / "bad.tar"
    original = full.core.storage.original(full.owner().id, photo(full, 1).sha256).read_bytes()
    place = data.index(original) + 30
    dog = data.index(b'"dog"')
    for name, wrong in {
        "empty": b"",
        "none": b"no tar at all" * 100,
        "cut": data[: len(data) // 2],
        "without its end": data[: data.index(b"manifest.json")],
        "another pixel": data[:place] + b"\0\1\2" + data[place + 3 :],
        "another row": data[:dog] + b'"cow"' + data[dog + 5 :],
    }.items():
        bad.write_bytes(wrong)
        assert fetch(bad, elsewhere) == 1, name
        assert "Traceback" not in capsys.readouterr().err
    assert fetch(tmp_path / "all.tar", elsewhere) == 0, "what was refused stands in nobody's way"


def test_where_nothing_is_there_is_nothing_to_keep(
    elsewhere: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["--data", str(elsewhere.data), "--database-url", elsewhere.database_url]
    for _ in range(2):
        assert backup.main(["backup", str(tmp_path / "all.tar"), *line]) == 1
        assert "nothing to back up" in capsys.readouterr().err
        elsewhere.data.mkdir(exist_ok=True)
    assert not list(elsewhere.data.iterdir())


def test_a_backup_cannot_write_elsewhere(full: InProcess, tmp_path: Path) -> None:
    file, evil = save(full, tmp_path / "all.tar"), tmp_path / "evil.tar"
    for name in ("files/originals/../../../out", "/out", "files/originals/1/ab/../../../x", "x"):
        with tarfile.open(file) as source, tarfile.open(evil, "w") as target:
            layout.add_bytes(target, name, b"evil")
            for member in source:
                target.addfile(member, source.extractfile(member))
        to = Config(data=tmp_path / "to")
        assert fetch(evil, to) == 1
        assert not [p for p in tmp_path.rglob("*") if p.name in ("out", "x")]


def test_what_was_lost_before_is_told(
    full: InProcess, elsewhere: Config, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = full.owner().id
    full.core.storage.original(library, photo(full, 1).sha256).unlink()
    full.core.storage.original(library, photo(full, 2).sha256).write_bytes(b"rotten")
    file = save(full, tmp_path / "all.tar", status=1)
    told = capsys.readouterr().err
    assert "1 files are missing" in told
    assert "1 files are damaged" in told
    assert fetch(file, elsewhere) == 0
    again = InProcess(elsewhere)
    again.work("prepare")
    assert again.get("/photos/1")["name"] == "a.jpg", "a photo without its original stays"
    again.close()


def test_the_settings_page_tells_of_the_last_backup(full: InProcess, tmp_path: Path) -> None:
    assert full.get("/storage")["last_backup"] is None
    before = now()
    file = save(full, tmp_path / "all.tar")
    told = full.get("/storage")["last_backup"]
    assert (told["path"], told["photos"], told["problems"]) == (str(file), 3, 0)
    assert told["at"] >= before.isoformat()
    page = full.raw("GET", "/settings").get_data(as_text=True)
    assert str(file) in page
    assert "main.py backup" in page


def test_killed_half_way_it_is_no_backup(full: InProcess, tmp_path: Path) -> None:
    """kill -9 while it writes: no file has the name, and the next one is whole."""
    config, target = full.core.config, tmp_path / "all.tar"
    big = full.core.storage.root / "originals" / "1" / "aa" / ("a" * 64)
    big.parent.mkdir(parents=True, exist_ok=True)
    with big.open("wb") as file:
        file.truncate(2**30)  # sparse: it takes a while to read and no room here
    env = {**os.environ, "PROOFSHEET_DATA": str(config.data), "DATABASE_URL": config.database_url}
    line = [sys.executable, "main.py", "backup", str(target)]
    process = subprocess.Popen(line, cwd=ROOT, env=env, stderr=subprocess.DEVNULL)
    part = tmp_path / ".all.tar.part"
    until(lambda: part.exists() and part.stat().st_size > 2**20, "the backup")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not target.exists()
    big.unlink()
    save(full, target)
    assert not part.exists()
    assert json.loads(layout.read_json(target, layout.MANIFEST) or b"")["files"] == 4


def photo(installed: InProcess, photo_id: int) -> Photo:
    """A photo's row."""
    with installed.core.db.read() as session:
        return session.get_one(Photo, photo_id)
