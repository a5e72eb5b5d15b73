"""Making an installation from a backup: every hash is compared before a row is believed."""

import hashlib
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import delete, inspect, make_url, select
from sqlalchemy.orm import Session

from app.config import Config
from app.core import Core
from app.extensions import Database
from app.models import Base, Photo, Revision, Version
from app.services.backup import layout, rows
from app.services.backup.layout import BackupError
from app.services.backup.make import Tell
from app.services.rows import batches
from app.services.work import jobs
from app.storage import Storage, replacing

PIECE = 2**20
Upgrade = Callable[[str, str], None]  # database URL, revision of the schema


@dataclass
class Restored:
    """What has been restored; `damaged` files had other bytes than their name says already then."""

    tables: dict[str, int] = field(default_factory=dict)
    files: int = 0
    size: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)


def restore(
    source: Path,
    config: Config,
    upgrade: Upgrade,
    *,
    force: bool = False,
    tell: Tell = lambda *_: None,
) -> Restored:
    """Fill the data folder and the database of `config` from a backup of either database.

    Raises BackupError where the backup is not whole, or where there is something already and
    `force` does not allow to replace it. Files come first and rows last, at once: a restore that
    is cut off can be repeated.
    """
    manifest = checked(source)
    if not force and (what := _present(config)):
        raise BackupError(f"{what} Restore into an empty folder, or add --force to replace it.")
    restored = Restored(missing=manifest["missing"], damaged=manifest["damaged"])
    config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in config.data.glob(".restore-*"):  # by one that was cut off
        shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(dir=config.data, prefix=".restore-") as folder:
        room = Path(folder)
        _Unpacking(source, Storage(config.data), room, tell).run(manifest, restored)
        _fill(config, upgrade, manifest, room, restored)
    return restored


def checked(source: Path) -> dict[str, Any]:
    """The manifest of a backup that is whole and of a kind that this program knows."""
    try:
        data = layout.read_json(source, layout.MANIFEST)
    except tarfile.TarError:
        data = None
    if data is None:
        raise BackupError(f"{source} is no whole backup: its end is missing.")
    found: dict[str, Any] = json.loads(data)
    if found.get("format") != layout.FORMAT:
        raise BackupError(f"{source} was made by a newer Proofsheet. Update this one first.")
    return found


def _present(config: Config) -> str:
    """What is in the way of a restore, in words, or ""."""
    file = make_url(config.database_url).database
    if config.database_url.startswith("sqlite"):
        return f"{file} is there already." if file and Path(file).exists() else ""
    db = Database(config.database_url)
    try:
        with db.read() as session:
            engine = session.get_bind()
            if not inspect(engine).has_table("photo"):
                return ""
            taken = session.scalar(select(Photo.id).limit(1)) is not None
            return f"The database {file} holds photos already." if taken else ""
    finally:
        db.dispose()


class _Unpacking:
    """Writes members to their places, comparing hashes; names that are not ours are refused."""

    def __init__(self, source: Path, storage: Storage, room: Path, tell: Tell) -> None:
        self._source, self._storage, self._room, self._tell = source, storage, room, tell

    def run(self, manifest: dict[str, Any], restored: Restored) -> None:
        """Go through the backup once."""
        hashes = {name: told["sha256"] for name, told in manifest["tables"].items()}
        with layout.opened(self._source) as tar:
            while (member := tar.next()) is not None:
                layout.forget(tar)
                stream = tar.extractfile(member) if member.isfile() else None
                if stream is None:
                    raise self._strange(member.name)
                if match := layout.ROWS.fullmatch(member.name):
                    digest = _copy(stream, self._room / f"{match[1]}.jsonl")
                    self._hold(digest == hashes.pop(match[1], None), member.name)
                elif match := layout.BY_HASH.fullmatch(member.name):
                    digest = self._place(stream, match[1])
                    self._hold(digest == match[3] or match[3] in restored.damaged, member.name)
                    restored.files, restored.size = restored.files + 1, restored.size + member.size
                    self._tell(restored.size, manifest["bytes"])
                elif member.name == layout.KEY:
                    self._place(stream, "secret_key")
                elif member.name not in (layout.HEADER, layout.MANIFEST):
                    raise self._strange(member.name)
        self._hold(not hashes and restored.files == manifest["files"], "something is missing")

    def _place(self, stream: Any, name: str) -> str:
        with replacing(self._storage.root / name) as temporary:
            return _copy(stream, temporary)

    def _hold(self, true: bool, what: str) -> None:
        if not true:
            raise BackupError(f"{self._source} is damaged: {what}.")

    def _strange(self, name: str) -> BackupError:
        return BackupError(f"{self._source} holds {name!r}, which is no file of ours.")


def _copy(stream: Any, target: Path) -> str:
    """Write a stream to a file; gives the SHA-256 of what was read."""
    digest = hashlib.sha256()
    with target.open("wb") as file:
        while piece := stream.read(PIECE):
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _fill(
    config: Config, upgrade: Upgrade, manifest: dict[str, Any], room: Path, restored: Restored
) -> None:
    """Fill a database with the rows as they were, bring it up to date, and put it in its place."""
    own = config.database_url.startswith("sqlite")
    final = Path(make_url(config.database_url).database or "")
    fresh = final.with_name(f".{final.name}.restoring")
    if own:
        _remove(fresh)
        url = f"sqlite:///{fresh}"
    else:
        url = config.database_url
        _empty(url)
    upgrade(url, manifest["schema"])
    db = Database(url)
    restored.tables = rows.load(db.engine, room)
    db.dispose()
    upgrade(url, "head")
    wanted = {name: told["rows"] for name, told in manifest["tables"].items()}
    if restored.tables != wanted:
        raise BackupError(f"Not every row was restored: {restored.tables} of {wanted}.")
    core = Core.build(config.replace(database_url=url))
    with core.db.write() as session:
        _forget(session, manifest["gone"])
        _renew(session, core)
        session.commit()
    core.db.dispose()
    if own:
        _remove(final, but=final)
        fresh.replace(final)
        _remove(fresh)


def _remove(file: Path, but: Path | None = None) -> None:
    """Remove an SQLite database with what lies beside it."""
    for path in {file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))} - {but}:
        path.unlink(missing_ok=True)


def _empty(url: str) -> None:
    """Remove our tables, and nothing else, from a PostgreSQL database."""
    db = Database(url)
    with db.engine.begin() as connection:
        Base.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE IF EXISTS alembic_version")
    db.dispose()


def _forget(session: Session, gone: list[str]) -> None:
    """Remove the rows of what was deleted while the backup was made."""
    for digests in batches(gone):
        session.execute(delete(Revision).where(Revision.sha256.in_(digests)))
        session.execute(delete(Photo).where(Photo.sha256.in_(digests), Photo.storage == "managed"))
        session.execute(delete(Version).where(Version.sha256.in_(digests)))


def _renew(session: Session, core: Core) -> None:
    """Ask for the thumbnails, which no backup holds, of every photo whose original is here."""
    columns = (Photo.id, Photo.library_id, Photo.sha256, Photo.source_path, Photo.version_id)
    by_library: dict[tuple[int, str], list[int]] = {}
    query = select(*columns).where(Photo.state == "ready")
    for photo_id, library, digest, referenced, version in session.execute(query):
        original = referenced or core.storage.original(library, digest)
        if os.path.exists(original):  # noqa: PTH110  (quicker)
            for kind in ("prepare", *(["repair"] if version else [])):
                by_library.setdefault((library, kind), []).append(photo_id)
    for (library, kind), ids in by_library.items():
        jobs.ask(session, library, kind, photo_ids=ids, again=True)
