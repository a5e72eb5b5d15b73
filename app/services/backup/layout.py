"""What a backup file looks like inside: a plain tar, whose last member says that it is whole.

proofsheet-backup.json      format, schema revision, moment
rows/TABLE.jsonl            one JSON array a row, the names of the columns first
files/originals/1/ab/HASH   files as they lie in the data folder, named by their SHA-256
files/secret_key
manifest.json               counts and hashes; without it the file is no backup
"""

import io
import re
import tarfile
from pathlib import Path
from typing import IO

from app.errors import AppError

FORMAT = 1
HEADER, MANIFEST, KEY = "proofsheet-backup.json", "manifest.json", "files/secret_key"
ROWS = re.compile(r"rows/([a-z_]+)\.jsonl")
BY_HASH = re.compile(
    r"files/((?:originals|sidecars|versions)/[0-9]{1,10}/([0-9a-f]{2})/(\2[0-9a-f]{62}))"
)
ROOMS = ("originals", "sidecars", "versions")
LAST = "last-backup.json"  # in the data folder: what the settings page tells


class BackupError(AppError):
    """A backup cannot be made or restored; the message says why and what to do."""


def add_bytes(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    """Write a small member."""
    add(tar, name, io.BytesIO(data), len(data))


def add(tar: tarfile.TarFile, name: str, stream: IO[bytes], size: int) -> None:
    """Write a member from a stream."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, stream)
    forget(tar)


def forget(tar: tarfile.TarFile) -> None:
    """Drop what tarfile remembers of every member, a kilobyte each."""
    tar.members.clear()  # type: ignore[attr-defined]


def read_json(path: Path, name: str) -> bytes | None:
    """Give the bytes of a small member; skims over the others without reading them."""
    with opened(path) as tar:
        while (member := tar.next()) is not None:
            forget(tar)
            if member.name == name and member.isfile():
                stream = tar.extractfile(member)
                return stream.read(2**28) if stream else None
    return None


def opened(path: Path) -> tarfile.TarFile:
    """Open a backup for reading; BackupError where it is none."""
    try:
        return tarfile.open(path, "r:")
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{path} is no backup of Proofsheet ({error}).") from None
