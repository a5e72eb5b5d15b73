"""The database: one engine, sessions for reading and sessions for writing."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from sqlite3 import Connection as SQLiteConnection
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session

BUSY_TIMEOUT_MS = 30_000
SAMPLES = 1000  # rows of an index that ANALYZE looks at: 25 ms at 100,000 photos


class Database:
    """SQLite in WAL mode or PostgreSQL behind SQLAlchemy sessions.

    SQLite has one writer: a write session takes the lock when it begins (BEGIN IMMEDIATE), because
    a reader that wants to write later fails at once instead of waiting for its turn.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self._writer = self.engine.execution_options(write=True)
        # One that is let go closes its connections. Not at exit: a forked process has its parent's.
        weakref.finalize(self, self.engine.dispose).atexit = False

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that only reads; whatever it changed is rolled back."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Give a session that may write; the service that uses it commits."""
        with Session(self._writer, expire_on_commit=False) as session:
            if self.engine.dialect.name == "sqlite":
                event.listen(session, "before_commit", _count_commit)
            yield session

    def analyze(self) -> None:
        """Let SQLite look at samples of its tables, so that it takes the right index for a list.

        PostgreSQL does so by itself.
        """
        if self.engine.dialect.name == "sqlite":
            with self._writer.begin() as connection:
                connection.exec_driver_sql(f"PRAGMA analysis_limit={SAMPLES}")
                connection.exec_driver_sql("ANALYZE")

    def dispose(self) -> None:
        """Close every pooled connection (after a fork, at the end)."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if url.startswith("postgres://"):  # the form that many hosts still hand out
        url = url.replace("postgres://", "postgresql://", 1)
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: SQLiteConnection, _record: Any) -> None:
    # SQLite's own knows only ASCII: a search must find ÉTÉ by été, as in PostgreSQL
    connection.create_function("lower", 1, _folded, deterministic=True)
    connection.isolation_level = None  # we send BEGIN ourselves, see _begin_sqlite
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _folded(text: str | None) -> str | None:
    return None if text is None else text.casefold()


def _count_commit(session: Session) -> None:
    """Raise the number by which readers know that something was written, if anything was.

    The sweeper commits every second, mostly nothing: what readers remember must outlive that.
    """
    session.flush()
    connection = session.connection()
    if _changes(connection) != connection.info["changes"]:
        session.execute(text("UPDATE generation SET n = n + 1"))


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
    connection.info["changes"] = _changes(connection)


def _changes(connection: Connection) -> int:
    """Rows that this connection has changed so far."""
    driver: SQLiteConnection = connection.connection.driver_connection  # type: ignore[assignment]
    return driver.total_changes
