"""Zip archives: their names, their length, large ones."""

import io
import os
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.archive import Names, build


@given(st.lists(st.sampled_from(("a.jpg", "A.JPG", "a (2).jpg", "x/a.jpg", "a", "ß", "SS", ".x"))))
def test_no_two_names_are_one(wanted: list[str]) -> None:
    names = Names()
    given_out = [names.free(name) for name in wanted]
    assert len({name.casefold() for name in given_out}) == len(wanted)
    for name, found in zip(wanted, given_out, strict=True):
        assert Path(found).parent == Path(name).parent
        assert Path(found).suffix == Path(name).suffix
    assert given_out[:1] == wanted[:1]


def test_thousands_of_one_name() -> None:
    names, start = Names(), time.process_time()
    found = [names.free("DCIM/IMG_0001.jpg") for _ in range(20_000)]
    assert found[0] == "DCIM/IMG_0001.jpg"
    assert found[-1] == "DCIM/IMG_0001 (20000).jpg"
    assert time.process_time() - start < 5


def test_length_and_content(tmp_path: Path) -> None:
    files = []
    for number, name in enumerate(("a.jpg", "Ünï/文.jpg", "x" * 200 + ".jpg", "e/\U0001f600.jpg")):
        path = tmp_path / str(number)
        path.write_bytes(os.urandom(1000 * number))
        files.append((path, name))
    stream = build(files, [("ERRORS.txt", "ü\n")])
    data = b"".join(stream)
    assert len(data) == len(stream)
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert zipped.testzip() is None
        assert zipped.namelist() == ["ERRORS.txt", *(name for _, name in files)]
        assert zipped.read("ERRORS.txt").decode() == "ü\n"
        for path, name in files:
            assert zipped.read(name) == path.read_bytes()
            assert zipped.getinfo(name).compress_type == zipfile.ZIP_STORED


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        build([(tmp_path / "none", "a.jpg")])


def test_a_file_over_4_gb_is_zip64(tmp_path: Path) -> None:
    """The header says so, and the length is right, before any byte is read: the file is a hole."""
    hole = tmp_path / "hole"
    with hole.open("wb") as file:
        file.truncate(5 * 2**30)
    small = tmp_path / "small"
    small.write_bytes(b"x")
    plain = build([(small, "a.jpg")])
    stream = build([(hole, "a.jpg"), (small, "b.jpg")])
    assert len(stream) > 5 * 2**30 + len(plain)
    header = b""
    for chunk in stream:
        header += chunk
        if len(header) > 60:
            break
    assert header[:4] == b"PK\x03\x04"
    assert int.from_bytes(header[4:6], "little") >= 45, "the version that knows ZIP64"


def test_more_files_than_a_short_counts(tmp_path: Path) -> None:
    path = tmp_path / "empty"
    path.touch()
    stream = build((path, f"{number}.jpg") for number in range(66_000))
    data = b"".join(stream)
    assert len(data) == len(stream)
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert len(zipped.infolist()) == 66_000


def test_memory_stays_flat(tmp_path: Path) -> None:
    """300 MB pass through, at most a few are held."""
    hole = tmp_path / "hole"
    with hole.open("wb") as file:
        file.truncate(100 * 2**20)
    stream = build([(hole, f"{number}.jpg") for number in range(3)])
    tracemalloc.start()
    sent = sum(len(chunk) for chunk in stream)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sent == len(stream) > 300 * 2**20
    assert peak < 4 * 2**20
