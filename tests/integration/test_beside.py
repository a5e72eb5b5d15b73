"""Sidecars beside originals on the disk: only when asked, merged with what is there."""

from pathlib import Path

import pytest

from app.metadata import read
from tests.in_place import counts, fingerprint, listed, take
from tests.in_process import InProcess


def test_sidecars_are_written_beside_only_when_asked(either: InProcess, disk: Path) -> None:
    counts(either, disk)
    before = fingerprint(disk)
    photo = listed(either)["a.jpg"]["id"]
    other = either.add("dropped.jpg")
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["bride"]})
    assert fingerprint(disk) == before
    chosen = {"selection": {"ids": [photo, *other]}}
    assert either.post("/photos/sidecars/estimate", chosen) == {"photos": 1, "others": 1}
    assert either.post("/photos/sidecars", chosen)["queued"] == 1
    either.work("beside", "metadata")
    after = fingerprint(disk)
    written = set(after) - set(before)
    assert len(written) == 1
    assert {path: after[path] for path in before} == before
    found = read(disk / "Trip" / "a.jpg", Path(written.pop()))
    assert set(found.keywords) == {("bride",)}
    # and read again it says nothing new
    counts(either, disk)
    assert either.tags(photo) == {"bride": ("person", "confirmed")}
    assert listed(either, state="edited") == {}
    either.post("/photos/sidecars", chosen)
    either.work("beside", "metadata")
    assert fingerprint(disk) == after


def test_a_foreign_sidecar_is_merged_with(either: InProcess, disk: Path) -> None:
    side = disk / "Trip" / "a.xmp"
    side.write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:crs="http://ns.adobe.com/camera-raw-settings/1.0/" crs:Exposure2012="+1.25"/>'
        "</rdf:RDF></x:xmpmeta>"
    )
    take(either, disk)
    photo = listed(either)["a.jpg"]["id"]
    either.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["bride"]})
    either.post("/photos/sidecars", {"selection": {"ids": [photo]}})
    either.work("beside", "metadata")
    text = side.read_text()
    assert "+1.25" in text
    assert "bride" in text
    assert sorted(path.name for path in (disk / "Trip").iterdir()) == ["a.jpg", "a.xmp"]


def test_a_folder_that_refuses_is_told(
    either: InProcess, disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts(either, disk)
    monkeypatch.setattr("app.services.disk.beside.os.access", lambda *_: False)
    refused_in_words(either, disk)


def refused_in_words(it: InProcess, disk: Path) -> None:
    (disk / "Trip").chmod(0o555)
    photo = listed(it)["a.jpg"]["id"]
    it.post("/tags/apply", {"selection": {"ids": [photo]}, "add": ["bride"]})
    it.post("/photos/sidecars", {"selection": {"ids": [photo]}})
    with pytest.raises(Exception, match="is read-only for the server"):
        it.work("beside")
    assert [path.name for path in (disk / "Trip").iterdir()] == ["a.jpg"]
