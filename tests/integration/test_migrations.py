"""The schema goes up, down and up again, and is what the models say."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, inspect, text

from app.models import Base
from scripts.migrate import alembic

pytestmark = pytest.mark.integration


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'with space %41.sqlite3'}"
        return
    server = request.getfixturevalue("postgresql_url")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE migrations"))
    yield server.rsplit("/", 1)[0] + "/migrations"
    with engine.connect() as connection:
        connection.execute(text("DROP DATABASE migrations"))
    engine.dispose()


def described(name: str | None, *_: object) -> bool:
    """Whether the models speak of it: full text search is each database's own."""
    return not (name or "").startswith("search_")


def differences(url: str) -> list[object]:
    engine = create_engine(url)
    with engine.connect() as connection:
        opts = {"compare_type": True, "include_name": described}
        context = MigrationContext.configure(connection, opts=opts)
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    return list(found)


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = {name for name in inspect(engine).get_table_names() if described(name)}
    engine.dispose()
    return found - {"alembic_version"}


def test_up_down_and_up(url: str) -> None:
    settings = alembic(url)
    command.upgrade(settings, "head")
    assert differences(url) == []
    assert tables(url) == set(Base.metadata.tables)
    command.downgrade(settings, "base")
    assert tables(url) == set()
    for revision in reversed([*ScriptDirectory.from_config(settings).walk_revisions()]):
        command.upgrade(settings, revision.revision)
        command.downgrade(settings, "-1")
        command.upgrade(settings, revision.revision)
    assert differences(url) == []
    command.upgrade(settings, "head")  # nothing to do


def test_rows_come_along(url: str) -> None:
    """A library of the first schema keeps its photos; its networks' words are known."""
    settings = alembic(url)
    command.upgrade(settings, "0001")
    engine = create_engine(url)
    rows = {
        "user": {"id": 1, "name": "owner"},
        "library": {"id": 1, "user_id": 1, "name": "Library", "settings": {}, "paused": False},
        "tag": {"id": 7, "library_id": 1, "name": "dog", "key": "dog", "kind": "object"},
        "upload": {
            "id": "x",
            "library_id": 1,
            "drop": "",
            "path": "a.jpg",
            "size": 5,
            "state": "receiving",
        },
    }
    with engine.begin() as connection:
        schema = MetaData()
        schema.reflect(connection)
        for name, values in rows.items():
            dated = {} if name == "tag" else {"created_at": datetime(2026, 1, 1)}  # noqa: DTZ001
            connection.execute(schema.tables[name].insert().values(values | dated))
    command.upgrade(settings, "head")
    with engine.begin() as connection:
        words = connection.execute(text("SELECT kind, word, tag_id FROM tag_word")).all()
        assert [tuple(row) for row in words] == [("object", "dog", 7)]
        connection.execute(text("UPDATE upload SET size = 5000000000"))
        assert connection.scalar(text("SELECT size FROM upload")) == 5_000_000_000
    engine.dispose()


def test_one_head() -> None:
    assert len(ScriptDirectory.from_config(alembic("sqlite://")).get_heads()) == 1


def test_checks_survive(url: str) -> None:
    """Constraints that a migration's table copy might lose."""
    command.upgrade(alembic(url), "head")
    engine = create_engine(url)
    names = {
        found["name"]
        for table in Base.metadata.tables
        for found in inspect(engine).get_check_constraints(table)
    }
    engine.dispose()
    wanted = {
        str(rule.name)
        for table in Base.metadata.tables.values()
        for rule in table.constraints
        if type(rule).__name__ == "CheckConstraint"
    }
    assert wanted <= names
