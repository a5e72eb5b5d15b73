"""Looking at files on the server's disk: as they were, new or changed, or refused and why."""

import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import stat_result
from pathlib import Path

from sqlalchemy import select

from app.core import Core
from app.models import Reference
from app.services.disk import references
from app.services.intake import ingest
from app.storage import sha256_of


@dataclass(frozen=True)
class Seen:
    """A file that was looked at: unchanged, sidecar, photo (with its hashes), or refused."""

    path: Path
    outcome: str
    reason: str = ""
    sha256: str = ""
    image: str = ""
    size: int = 0
    mtime_ns: int = 0


def look(core: Core, library_id: int, batch: Sequence[Path]) -> list[Seen]:
    """Look at files: those that are as they were read are not read again."""
    with core.db.read() as session:
        query = select(Reference).where(
            Reference.library_id == library_id, Reference.path.in_(_texts(batch))
        )
        known = {reference.path: reference for reference in session.scalars(query)}
    return [_look(core, path, known.get(str(path))) for path in batch]


def _texts(batch: Iterable[Path]) -> list[str]:
    return [str(path) for path in batch if _writable(str(path))]


def _writable(text: str) -> bool:
    """Tell whether a database can keep a path: names need not be UTF-8 on a disk."""
    return not any("\ud800" <= c <= "\udfff" for c in text)


def _look(core: Core, path: Path, known: Reference | None) -> Seen:
    try:
        before = path.lstat()
        if known and references.state(known) is None:
            return Seen(path, "unchanged", size=before.st_size, mtime_ns=before.st_mtime_ns)
        if refusal := _refusal(core, path, before):
            return _refused(path, refusal)
        if path.suffix.lower() == ".xmp":
            return Seen(path, "sidecar")
        digest = sha256_of(path)
        image = ingest.image_hash(path, digest)
        after = path.lstat()
    except OSError as error:
        return _refused(path, f"it cannot be read ({(error.strerror or str(error)).lower()}).")
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return _refused(path, "it was being written. Import the folder again.")
    return Seen(path, "photo", "", digest, image, after.st_size, after.st_mtime_ns)


def _refusal(core: Core, path: Path, found: stat_result) -> str | None:
    """Tell from outside why a file is not taken, or None."""
    if not _writable(str(path)):
        return "its name is not valid UTF-8. Rename it."
    if not stat.S_ISREG(found.st_mode):
        return "it is no file."
    if path.suffix.lower() == ".xmp":
        return ingest.sidecar_refusal(path, path.name)
    if found.st_size == 0:
        return "it is empty. Copy it again from the card."
    if found.st_size > core.config.max_file_mb * 2**20:
        return f"it is over {core.config.max_file_mb:,} MB (setting PROOFSHEET_MAX_FILE_MB)."
    return None


def _refused(path: Path, reason: str) -> Seen:
    return Seen(path, "refused", reason)
