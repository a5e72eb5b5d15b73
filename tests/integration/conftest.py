"""The app over a fresh database for each test, and each test on both databases."""

import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from scripts.migrate import alembic
from tests.bent_photo import bent
from tests.covered_photo import covered
from tests.in_process import InProcess, installed, jpeg, migrated

__all__ = ["bent", "covered", "migrated"]

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


@pytest.fixture
def empty_postgresql_database(postgresql_url: str) -> Iterator[str]:
    """The URL of a PostgreSQL database of its own without any table."""
    name = f"empty_{next(_numbers)}"
    statement(postgresql_url, f"CREATE DATABASE {name}")
    yield postgresql_url.rsplit("/", 1)[0] + f"/{name}"
    statement(postgresql_url, f"DROP DATABASE {name} WITH (FORCE)")


def statement(url: str, line: str) -> None:
    """Run one statement from the server's own database."""
    engine = create_engine(url.rsplit("/", 1)[0] + "/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(line))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """The DATABASE_URL of a database of its own: SQLite's, which is "", then PostgreSQL's."""
    if request.param == "sqlite":
        return ""
    url: str = request.getfixturevalue("postgresql_database")
    return url


@pytest.fixture
def it(database: str, data: Path, migrated: Path) -> Iterator[InProcess]:
    """An installation of its own over SQLite, then over PostgreSQL; no broker is there."""
    yield from installed(data, migrated, database)


@pytest.fixture
def either(it: InProcess) -> InProcess:
    """The same, where a test is about the database above all."""
    return it


@pytest.fixture
def change(exiftool: Path, tmp_path: Path):  # type: ignore[no-untyped-def]
    """Let ExifTool change a file's bytes."""

    def run(data: bytes, *said: str, name: str = "edited.jpg") -> bytes:
        path = tmp_path / name
        path.write_bytes(data)
        line = [exiftool, "-q", "-overwrite_original", "-codedcharacterset=utf8", *said, path]
        subprocess.run(line, check=True)
        return path.read_bytes()

    return run


@pytest.fixture
def disk(either: InProcess, tmp_path: Path) -> Iterator[Path]:
    """A folder that may be imported from, with two photos."""
    root = tmp_path / "disk"
    (root / "Trip").mkdir(parents=True)
    (root / "Trip" / "a.jpg").write_bytes(jpeg())
    (root / "b.jpg").write_bytes(jpeg())
    object.__setattr__(either.core.config, "import_roots", (root,))
    yield root
    for path in root.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
