"""Writing so that a crash at any moment leaves either the whole file or none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(target: Path, pieces: Iterable[bytes]) -> Iterator[Path]:
    """Writes the pieces to a temporary file beside the target, hands it over to be checked, then
    renames it.

    The target stays as it was when the body raises. The file is on the disk before it gets its
    name.
    """
    temporary = target.parent / f".{secrets.token_hex(8)}.part"
    try:
        with temporary.open("xb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def write(target: Path, pieces: Iterable[bytes]) -> None:
    """Writes a whole file or none."""
    with replacing(target, pieces):
        pass
