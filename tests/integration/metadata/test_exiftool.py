"""ExifTool compares every file before and after: nothing but our fields may have changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.metadata import Delivered, Edits, deliver, read
from tests.integration.metadata.reading import (
    ADDED,
    DATA,
    as_list,
    check_only_ours,
    exiftool,
    needs_exiftool,
    photo,
    pixels,
    shared,
)

pytestmark = needs_exiftool


def deliver_twice(source: Path, folder: Path) -> tuple[Path, Delivered]:
    """Delivers with two keywords added and the first one removed, then the result once more."""
    known = read(source).keywords
    edits = Edits(add=ADDED, remove=known[:1])
    target = folder / source.name
    done = deliver(source, target, edits)
    again = deliver(target, folder / f"again_{source.name}", edits, *done.files[1:])
    assert again.how == "unchanged"
    assert again.files[0].read_bytes() == target.read_bytes()
    found = read(*done.files)
    gone = {keyword for keyword in known if keyword[-1].casefold() == known[0][-1].casefold()}
    assert set(found.keywords) == (set(known) - gone) | set(ADDED)
    return target, done


FILES = shared("formats", "train/real_camera")


@pytest.mark.shared
@pytest.mark.skipif(not FILES, reason=f"the photos in {DATA} are not here")
@pytest.mark.parametrize("source", FILES, ids=lambda path: path.name)
def test_only_our_fields_change_in_real_files(source: Path, tmp_path: Path) -> None:
    target, done = deliver_twice(source, tmp_path)
    if source.suffix in (".heic", ".avif"):
        assert done.how == "sidecar"
        assert target.read_bytes() == source.read_bytes()
        tags = exiftool(done.files[1])
        assert {"Proof Beach", "Prüfung"} <= set(as_list(tags["XMP-dc:Subject"]))
        return
    assert done.how == "embedded", done.note
    assert pixels(target) == pixels(source)
    check_only_ours(source, target)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_only_our_fields_change_in_generated_files(
    tmp_path: Path, suffix: str, orientation: int
) -> None:
    source = photo(tmp_path / f"in.{suffix}", orientation)
    folder = tmp_path / "out"
    folder.mkdir()
    target, done = deliver_twice(source, folder)
    assert done.how == "embedded", done.note
    assert pixels(target) == pixels(source)
    check_only_ours(source, target)
