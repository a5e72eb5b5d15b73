"""The app over a fresh database for each test: SQLite, or both databases in turn."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from app.config import Config
from scripts.migrate import alembic
from tests.in_process import InProcess, it, migrated

__all__ = ["it", "migrated"]

_numbers = itertools.count()


@pytest.fixture(scope="session")
def template(postgresql_url: str) -> str:
    """A PostgreSQL database with the newest schema and no rows."""
    statement(postgresql_url, "CREATE DATABASE template")
    url = postgresql_url.rsplit("/", 1)[0] + "/template"
    command.upgrade(alembic(url), "head")
    return url


@pytest.fixture
def postgresql_database(template: str) -> Iterator[str]:
    """The URL of a PostgreSQL database of its own, migrated and empty."""
    name = f"test_{next(_numbers)}"
    statement(template, f"CREATE DATABASE {name} TEMPLATE template")
    yield template.rsplit("/", 1)[0] + f"/{name}"
    statement(template, f"DROP DATABASE {name} WITH (FORCE)")


def statement(url: str, line: str) -> None:
    """Run one statement from the server's own database."""
    engine = create_engine(url.rsplit("/", 1)[0] + "/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(line))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, data: Path) -> Iterator[InProcess]:
    """An installation of its own over SQLite, then over PostgreSQL; no broker is there."""
    if request.param == "sqlite":
        yield request.getfixturevalue("it")
        return
    url = request.getfixturevalue("postgresql_database")
    installed = InProcess(Config(data=data, database_url=url))
    installed.call("PUT", "/settings", {"analyse_on_upload": False})
    yield installed
    installed.close()
