"""Backups by command: `python main.py backup FILE` and `python main.py restore FILE`."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, make_url, text
from sqlalchemy.exc import DBAPIError

from app.config import Config, ConfigError
from app.core import Core
from app.errors import AppError, NoRoom, is_full
from app.extensions import Database
from app.models import now
from app.services import backup
from scripts.migrate import alembic


def main(argv: Sequence[str]) -> int:
    """Make or restore a backup: 0; 1 where it cannot be done, 2 for wrong words."""
    given = parser().parse_args(argv)
    try:
        config = Config.from_env(os.environ, data=given.data, database_url=given.database_url)
        return save(config, given.file) if given.command == "backup" else fetch(config, given)
    except DBAPIError as error:
        url = make_url(config.database_url).render_as_string(hide_password=True)
        say(f"The database {url} cannot be used: {error.orig}")
    except OSError as error:
        say(str(NoRoom()) if is_full(error) else str(error))
    except (AppError, ConfigError) as error:
        say(str(error))
    return 1


def parser() -> argparse.ArgumentParser:
    """What can be typed."""
    top = argparse.ArgumentParser(prog="main.py", description="Backups of this Proofsheet.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    texts = {
        "backup": "write everything into one file; Proofsheet may run meanwhile",
        "restore": "make everything from a backup; Proofsheet must not run",
    }
    for name, words in texts.items():
        one = commands.add_parser(name, help=words, description=words)
        one.add_argument("file", type=Path, help="the backup; for a new one also a folder")
        one.add_argument("--data", help="Folder of photos and database.")
        one.add_argument("--database-url", help="Database: SQLite or PostgreSQL.")
        if name == "restore":
            one.add_argument("--force", action="store_true", help="replace what is there")
    return top


def save(config: Config, file: Path) -> int:
    """Make a backup; 1 also where originals are missing or damaged, though the backup is kept."""
    schema = revision(config)
    if schema is None:
        raise ConfigError(f"There is nothing to back up in {config.data}.")
    if schema != ScriptDirectory.from_config(alembic(config.database_url)).get_current_head():
        words = "The database is of another version. Start this one once, or use that one."
        raise ConfigError(words)
    if file.is_dir():
        file = file / f"proofsheet-{now():%Y%m%d-%H%M%S}.tar"
    core = Core.build(config)
    try:
        made = backup.make(core, file, schema, progress("Copied"))
    finally:
        core.db.dispose()
    say(
        f"{made.path}: {made.tables['photo']:,} photos, {made.files:,} files, "
        f"{made.size / 2**20:,.1f} MB; every file has the hash that it should have."
        if not made.damaged
        else f"{made.path}: {made.tables['photo']:,} photos, {made.files:,} files."
    )
    if made.referenced:
        say(f"{made.referenced:,} originals lie outside Proofsheet: back their folders up as well.")
    for words, digests in (("missing", made.missing), ("damaged", made.damaged)):
        if digests:
            say(f"{len(digests):,} files are {words}, and were so before: {', '.join(digests[:5])}")
    return 1 if made.missing or made.damaged else 0


def revision(config: Config) -> str | None:
    """The revision of the database's schema; None where there is no database of ours."""
    name = make_url(config.database_url)
    if name.drivername == "sqlite" and not Path(name.database or "").is_file():
        return None  # opening it would make it
    db = Database(config.database_url)
    try:
        with db.read() as session:
            if not inspect(session.connection()).has_table("alembic_version"):
                return None
            found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
            return found
    finally:
        db.dispose()


def fetch(config: Config, given: argparse.Namespace) -> int:
    """Restore a backup."""
    if not given.file.is_file():
        raise ConfigError(f"There is no file {given.file}.")
    with alone(config):
        restored = backup.restore(
            given.file,
            config,
            lambda url, revision: command.upgrade(alembic(url), revision),
            force=given.force,
            tell=progress("Restored"),
        )
    say(
        f"{config.data}: {restored.tables['photo']:,} photos and {sum(restored.tables.values()):,} "
        f"rows, {restored.files:,} files, {restored.size / 2**20:,.1f} MB, each compared with its "
        "hash. Thumbnails are made again at the next start."
    )
    return 0


@contextlib.contextmanager
def alone(config: Config) -> Iterator[None]:
    """Hold the data folder as main.py does; ConfigError where it runs."""
    config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (config.data / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(f"Proofsheet runs on {config.data}. Stop it first.") from None
        yield


def progress(verb: str) -> backup.Tell:
    """A teller that says how far it is, at most once a second."""
    last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > 1.0:
            last = time.monotonic()
            say(f"{verb} {done / 2**20:,.0f} of {total / 2**20:,.0f} MB")

    return tell


def say(line: str) -> None:
    """One line for the person at the terminal."""
    print(f"proofsheet: {line}", file=sys.stderr, flush=True)
