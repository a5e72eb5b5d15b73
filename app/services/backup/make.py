"""Writing a backup while everything runs: rows of one moment, then the files that they name."""

import contextlib
import fcntl
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Photo, Revision, Sidecar, Version, now
from app.services.backup import layout, rows
from app.services.backup.layout import BackupError
from app.storage import replacing, sync_folder

Tell = Callable[[int, int], None]  # bytes done, bytes in all
SPARE = 16 * 2**20


@dataclass
class Made:
    """What a backup holds; `missing` and `damaged` are hashes of originals that were so before."""

    path: Path
    tables: dict[str, int] = field(default_factory=dict)
    files: int = 0
    size: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)  # deleted while the backup was made
    referenced: int = 0  # originals that lie elsewhere and stay there


def make(core: Core, target: Path, schema: str, tell: Tell = lambda *_: None) -> Made:
    """Write everything to `target`, which appears only once it is whole.

    `schema` is the revision of the database. Raises BackupError where `target` exists or another
    backup is being written to it, OSError where the disk is full.
    """
    if target.exists():
        raise BackupError(f"{target} is there already. Choose another name.")
    made = Made(target)
    with _writing(target) as file:
        with core.db.read() as session:
            made.referenced = _referenced(session)
        header = {"format": layout.FORMAT, "schema": schema, "made": now().isoformat()}
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            layout.add_bytes(tar, layout.HEADER, json.dumps(header).encode())
            tables = _add_rows(tar, core, made)
            _add_files(tar, core, made, tell)
            key = core.config.data / "secret_key"
            if key.is_file():
                layout.add_bytes(tar, layout.KEY, key.read_bytes())
            end = {"tables": tables, "files": made.files, "bytes": made.size, "gone": made.gone}
            end |= {"missing": made.missing, "damaged": made.damaged}
            layout.add_bytes(tar, layout.MANIFEST, json.dumps(header | end).encode())
    _remember(core, made)
    return made


@contextmanager
def _writing(target: Path) -> Iterator[BinaryIO]:
    """Give a hidden file beside `target` that takes its name when the block ends well.

    What a killed backup left there is written over; nobody takes it for a backup.
    """
    part = target.with_name(f".{target.name}.part")
    handle = os.open(part, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(f"Another backup is being written to {target}.") from None
        try:
            file.truncate(0)
            yield file
            file.flush()
            os.fsync(file.fileno())
            _take_name(part, target)
        except FileExistsError:
            raise BackupError(f"{target} is there already. Choose another name.") from None
        finally:
            part.unlink(missing_ok=True)
    sync_folder(target.parent)


def _take_name(part: Path, target: Path) -> None:
    """Give a finished file its name, replacing nothing."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, as on a memory stick
        if target.exists():
            raise FileExistsError from None
        part.rename(target)


def _add_rows(tar: tarfile.TarFile, core: Core, made: Made) -> dict[str, dict[str, Any]]:
    """Write every table; gives its number of rows and the hash of its member."""
    tables = {}
    # Closed also where the disk is full: the connection is given back.
    with contextlib.closing(rows.dump(core.db.engine)) as dumped:
        for name, count, file in dumped:
            digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
            size = file.tell()
            file.seek(0)
            layout.add(tar, f"rows/{name}.jsonl", file, size)
            tables[name] = {"rows": count, "sha256": digest}
            made.tables[name] = count
    return tables


class _Hashing(io.RawIOBase):
    """A stream that hashes what is read from it and tells of it."""

    def __init__(self, file: BinaryIO, tell: Callable[[int], None]) -> None:
        self._file, self._tell, self.digest = file, tell, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        self._tell(len(piece))
        return piece


def _add_files(tar: tarfile.TarFile, core: Core, made: Made, tell: Tell) -> None:
    """Copy every original and sidecar, comparing each with the hash that is its name."""
    total = sum(path.stat().st_size for path in _files(core))
    free = os.statvfs(made.path.parent)
    if free.f_bavail * free.f_frsize < total + SPARE:
        short = (total + SPARE - free.f_bavail * free.f_frsize) / 2**20
        raise BackupError(f"There is no room for the backup: {short:,.0f} MB are missing.")
    with core.db.read() as session:
        wanted = _wanted(session)
    done = 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        tell(done, max(total, done))

    for path in _files(core):
        try:
            file = path.open("rb")
        except FileNotFoundError:  # deleted at this moment
            continue
        with file:
            size = os.fstat(file.fileno()).st_size
            stream = _Hashing(file, count)
            name = f"files/{path.relative_to(core.storage.root).as_posix()}"
            layout.add(tar, name, stream, size)  # type: ignore[arg-type]  # it only reads
        made.files, made.size = made.files + 1, made.size + size
        wanted.discard(bytes.fromhex(path.name))
        if stream.digest.hexdigest() != path.name:
            made.damaged.append(path.name)
    with core.db.read() as session:
        still = _wanted(session)
    made.missing = sorted(digest.hex() for digest in wanted & still)
    made.gone = sorted(digest.hex() for digest in wanted - still)


def _files(core: Core) -> Iterator[Path]:
    """Originals and sidecars in a fixed order; half-written ones have no hash for a name."""
    for room in layout.ROOMS:
        for folder in sorted((core.storage.root / room).glob("*/*/")):
            for path in sorted(folder.iterdir()):
                name = f"files/{room}/{folder.parent.name}/{folder.name}/{path.name}"
                if layout.BY_HASH.fullmatch(name):
                    yield path


def _wanted(session: Session) -> set[bytes]:
    """Hashes of every file that a row has in the data folder: 32 bytes each."""
    query = union(
        select(Photo.sha256).where(Photo.storage == "managed"),
        select(Revision.sha256).where(Revision.kept == "managed"),
        select(Sidecar.sha256),
        select(Version.sha256),
    )
    return {bytes.fromhex(digest) for (digest,) in session.execute(query)}


def _referenced(session: Session) -> int:
    query = select(Photo.id).where(Photo.storage == "referenced")
    return len(session.scalars(query).all())


def _remember(core: Core, made: Made) -> None:
    """Leave word for the settings page."""
    told = {
        "at": now().isoformat(),
        "path": str(made.path.resolve()),
        "size": made.path.stat().st_size,
        "photos": made.tables.get("photo", 0),
        "problems": len(made.missing) + len(made.damaged),
    }
    with replacing(core.config.data / layout.LAST) as temporary:
        temporary.write_text(json.dumps(told), encoding="utf-8")


def last(data: Path) -> dict[str, Any] | None:
    """What is known of the last backup of a data folder: at, path, size, photos, problems."""
    try:
        found: dict[str, Any] = json.loads((data / layout.LAST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found
