"""The README's tables are those that its figures give."""

import json

import pytest

from scripts import tables


def test_tables_come_from_the_figures():
    missing = [file for file, _ in tables.TABLES.values() if not (tables.FIGURES / file).exists()]
    assert missing == [], "run make bench"
    readme = tables.README.read_text(encoding="utf-8")
    assert tables.rendered(readme) == readme, "run python -m scripts.tables"


def test_a_readme_without_markers_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "FIGURES", tmp_path)
    for file, _ in tables.TABLES.values():
        (tmp_path / file).write_text(json.dumps({}), encoding="utf-8")
    with pytest.raises(ValueError, match="markers"):
        tables.rendered("no table here")
