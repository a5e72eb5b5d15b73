"""Photos that stay where they lie on the server's disk: imported, watched, never written to."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app.config import Config
from app.metadata import Edits, deliver
from app.models import Reference
from app.services.disk import importing, walks
from tests.in_place import counts, fingerprint, listed, take
from tests.in_process import InProcess, jpeg


def test_a_folder_is_imported_without_copying(either: InProcess, disk: Path) -> None:
    before = fingerprint(disk)
    assert counts(either, disk) == {"added": 2}
    found = listed(either)
    assert set(found) == {"a.jpg", "b.jpg"}
    detail = either.get(f"/photos/{found['a.jpg']['id']}")
    assert detail["locations"] == ["disk/Trip/a.jpg"]
    assert detail["source"] == str(disk / "Trip" / "a.jpg")
    assert detail["trouble"] is None
    assert either.raw("GET", detail["original"]).data == (disk / "Trip" / "a.jpg").read_bytes()
    assert either.raw("GET", detail["thumb"]).status_code == 200
    assert not list((either.core.config.data / "originals").rglob("*.*"))
    assert not [p for p in (either.core.config.data / "originals").rglob("*") if p.is_file()]
    assert counts(either, disk) == {"unchanged": 2}
    assert fingerprint(disk) == before


def test_deleting_never_touches_the_disk(either: InProcess, disk: Path) -> None:
    counts(either, disk)
    before = fingerprint(disk)
    ids = [card["id"] for card in listed(either).values()]
    either.post("/photos/trash", {"selection": {"ids": ids}})
    assert either.post("/photos/delete", {"selection": {"ids": ids}})["changed"] == 2
    assert fingerprint(disk) == before
    derived = either.core.config.data / "derived"
    assert not [path for path in derived.rglob("*") if path.is_file()]
    with either.core.db.read() as session:
        assert session.scalar(select(func.count(Reference.id))) == 0


def test_gone_and_back(either: InProcess, disk: Path) -> None:
    counts(either, disk)
    away = disk.parent / "away.jpg"
    shutil.move(disk / "Trip" / "a.jpg", away)
    assert counts(either, disk) == {"unchanged": 1, "missing": 1}
    assert set(listed(either, state="missing")) == {"a.jpg"}
    photo = listed(either)["a.jpg"]["id"]
    trouble = either.get(f"/photos/{photo}")["trouble"]
    assert "a.jpg is missing since" in trouble
    export = either.post("/exports", {"selection": {"ids": [photo]}, "options": {}}, 201)["id"]
    either.work("export")
    assert either.get(f"/exports/{export}")["errors"][0]["reason"] == trouble
    shutil.move(away, disk / "Trip" / "a.jpg")
    counts(either, disk)
    assert listed(either, state="missing") == {}
    assert either.get(f"/photos/{photo}")["trouble"] is None


def test_moved_on_the_disk_it_is_the_same_photo(either: InProcess, disk: Path) -> None:
    counts(either, disk)
    photo = listed(either)["a.jpg"]["id"]
    (disk / "Trip").rename(disk / "Journey")
    counts(either, disk)
    assert listed(either, state="missing") == {}
    detail = either.get(f"/photos/{photo}")
    assert detail["source"] == str(disk / "Journey" / "a.jpg")
    assert detail["locations"] == ["disk/Journey/a.jpg"]
    assert len(listed(either)) == 2


def test_changed_metadata_are_read_again(either: InProcess, disk: Path, tmp_path: Path) -> None:
    counts(either, disk)
    photo = listed(either)["a.jpg"]["id"]
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["mine"]})
    path, new = disk / "Trip" / "a.jpg", tmp_path / "new.jpg"
    deliver(path, new, Edits(add=(("theirs",),)))
    shutil.copyfile(new, path)
    assert "was changed on disk" in either.get(f"/photos/{photo}")["trouble"]
    assert counts(either, disk) == {"unchanged": 1, "updated": 1}
    assert either.tags(photo) == {
        "mine": ("person", "confirmed"),
        "theirs": ("file", "confirmed"),
    }
    assert set(listed(either, state="edited")) == {"a.jpg"}
    assert either.get(f"/photos/{photo}")["trouble"] is None


def test_a_changed_picture_keeps_what_a_person_said(either: InProcess, disk: Path) -> None:
    counts(either, disk)
    photo = listed(either)["a.jpg"]["id"]
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["mine"]})
    (disk / "Trip" / "a.jpg").write_bytes(jpeg(size=(90, 40)))
    assert counts(either, disk) == {"unchanged": 1, "updated": 1}
    after = either.get(f"/photos/{photo}")
    assert (after["w"], after["h"]) == (90, 40)
    assert either.tags(photo) == {"mine": ("person", "confirmed")}
    assert len(listed(either)) == 2


def test_what_is_dropped_too_is_one_photo_and_then_ours(either: InProcess, disk: Path) -> None:
    counts(either, disk)
    path = disk / "b.jpg"
    data = path.read_bytes()
    either.upload(data, "Dropped/b.jpg")
    path.unlink()
    counts(either, disk)
    photo = listed(either)["b.jpg"]["id"]
    detail = either.get(f"/photos/{photo}")
    assert either.raw("GET", detail["original"]).data == data
    assert detail["trouble"] is None
    assert len(listed(either)) == 2


def test_sidecars_found_beside_are_tied(either: InProcess, disk: Path) -> None:
    deliver_to = disk / "Trip" / "a.jpg.xmp"
    deliver_to.write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag><rdf:li>beside</rdf:li>'
        "</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    take(either, disk)
    assert either.tags(listed(either)["a.jpg"]["id"]) == {"beside": ("file", "confirmed")}


def test_a_walk_that_was_stopped_goes_on(
    either: InProcess, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(7):
        (disk / "Trip" / f"x{number}.jpg").write_bytes(jpeg())
    monkeypatch.setattr(importing, "BATCH", 2)
    monkeypatch.setattr(importing, "PIECE_S", -1.0)  # every piece is one batch
    assert counts(either, disk) == {"added": 9}
    walked = list(walks.walk(disk))
    for place, path in enumerate(walked):
        assert list(walks.walk(disk, path.relative_to(disk).parts)) == walked[place + 1 :]


def test_no_way_out_of_the_allowed_folders(either: InProcess, disk: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "s.jpg").write_bytes(jpeg())
    (disk / "link").symlink_to(tmp_path / "secret")
    (disk / "s.jpg").symlink_to(tmp_path / "secret" / "s.jpg")
    tries = [
        "/",
        str(tmp_path / "secret"),
        f"{disk}/../secret",
        f"{disk}/link",
        f"{disk}/Trip/../../secret",
        "disk",
        str(either.core.config.data),
        f"{disk}//Trip",
        f"{disk}/b.jpg",
    ]
    for path in tries:
        either.post("/imports", {"path": path}, 404)
    assert either.get("/imports/folders")["folders"] == [{"name": str(disk), "path": str(disk)}]
    inner = either.get(f"/imports/folders?path={disk}")
    assert [folder["name"] for folder in inner["folders"]] == ["Trip"]
    assert inner["photos"] == 1
    assert inner["parent"] == ""
    assert counts(either, disk) == {"added": 2}  # links are not followed


def test_without_the_setting_there_is_nothing_to_import(it: InProcess, tmp_path: Path) -> None:
    assert it.get("/imports/folders")["folders"] == []
    assert it.get("/imports")["allowed"] is False
    it.post("/imports", {"path": str(tmp_path)}, 404)


def test_folders_are_parted_by_colons(tmp_path: Path) -> None:
    text = f"{tmp_path}/a:{tmp_path}/b"
    config = Config.from_env({"PROOFSHEET_IMPORT_ROOTS": text})
    assert config.import_roots == (tmp_path / "a", tmp_path / "b")
    assert config.environ()["PROOFSHEET_IMPORT_ROOTS"] == text


def test_broken_files_are_refused_and_the_others_come(either: InProcess, disk: Path) -> None:
    (disk / "empty.jpg").touch()
    (disk / "words.jpg").write_text("no picture")
    done = take(either, disk)
    assert done["counts"]["added"] == 3  # that one of them is no picture, a worker sees later
    assert [Path(problem["name"]).name for problem in done["problems"]] == ["empty.jpg"]
    assert set(listed(either)) == {"a.jpg", "b.jpg"}


def test_cancelled_and_retried(either: InProcess, disk: Path) -> None:
    begun = either.post("/imports", {"path": str(disk)}, 201)
    assert either.post(f"/imports/{begun['id']}/cancel")["changed"] == 1
    either.work("import")
    assert either.get(f"/imports/{begun['id']}")["state"] == "cancelled"
    assert listed(either) == {}
    either.post("/jobs/retry")
    either.work("import", "prepare")
    assert either.get(f"/imports/{begun['id']}")["state"] == "done"
    assert len(listed(either)) == 2
