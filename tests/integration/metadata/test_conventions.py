"""Every field stands in copies as Lightroom and digiKam expect it, as ExifTool reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.metadata.conventions import (
    ROWS,
    copies,
    counted,
    failures,
    rendered,
    table_in_docs,
)
from tests.integration.metadata.reading import needs_exiftool, photo, shared

pytestmark = needs_exiftool
FILES = shared("formats", "train/real_camera")


def test_the_documentation_has_every_field() -> None:
    rows = [line.split(" | ")[:4] for line in table_in_docs().splitlines()[2:]]
    assert rows == [[f"| {row.field}", row.form, row.lightroom, row.digikam] for row in ROWS]


def test_generated_files_go_by_the_conventions(tmp_path: Path) -> None:
    sources = [photo(tmp_path / f"in.{suffix}", 6) for suffix in ("jpg", "png", "webp", "tif")]
    sources.append((tmp_path / "in.jpg").rename(tmp_path / "raw.nef"))
    sources[0] = photo(tmp_path / "in.jpg", 6)
    folder = tmp_path / "out"
    folder.mkdir()
    made = copies(sources, folder)
    assert failures(made) == []
    held = counted(made)
    assert all(of >= 1 for _, of in held.values()), held
    assert held["`dc:subject`"] == (5, 5)


@pytest.mark.shared
@pytest.mark.skipif(not FILES, reason="the shared photos are not here")
def test_the_table_is_what_exiftool_reads_in_real_files(tmp_path: Path) -> None:
    made = copies(FILES, tmp_path)
    assert failures(made) == []
    assert rendered(counted(made)) == table_in_docs()
