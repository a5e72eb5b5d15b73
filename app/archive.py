"""Zip archives: stored, ZIP64, their length known before the first byte, never whole in memory."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from zipstream import ZIP_STORED, ZipStream, ng

ng.READ_BUFFER = 512 * 1024  # bytes read and sent at a time: its 64 kB make many small steps
_PIECE = 128 * 1024  # bytes: Linux takes no more at a time


@dataclass
class Names:
    """Names already given away in one archive; case counts as equal, as on Windows and macOS."""

    taken: set[str] = field(default_factory=set)
    last: dict[str, int] = field(default_factory=dict)

    def free(self, name: str) -> str:
        """Return `name`, or "name (2).ext" and so on where it is taken."""
        path = PurePosixPath(name)
        candidate, n = name, self.last.get(name.casefold(), 1)
        while candidate.casefold() in self.taken:
            n += 1
            candidate = str(path.with_name(f"{path.stem} ({n}){path.suffix}"))
        self.taken.add(candidate.casefold())
        self.last[name.casefold()] = n  # thousands of one name must not try them all again
        return candidate


@dataclass(frozen=True)
class Archive:
    """A zip to be sent once: iterating gives its bytes, `len()` their number.

    While a file is sent the system reads the next one from the disk.
    """

    stream: ZipStream
    files: tuple[Path | None, ...]  # of each entry, None for a text

    def __len__(self) -> int:
        return len(self.stream)

    def __iter__(self) -> Iterator[bytes]:
        for following in (*self.files[1:], None):
            if following is not None:
                _read_ahead(following)
            yield from self.stream.file()
        yield from self.stream.finalize()


def build(files: Iterable[tuple[Path, str]], texts: Iterable[tuple[str, str]] = ()) -> Archive:
    """Return an archive of (path, name) files and (name, text) notes.

    Raises FileNotFoundError for a file that is gone.
    """
    stream = ZipStream(compress_type=ZIP_STORED, sized=True)
    entries: list[Path | None] = []
    for name, text in texts:
        stream.add(text, name)
        entries.append(None)
    for path, name in files:
        if not path.is_file():
            raise FileNotFoundError(path)
        stream.add_path(str(path), name)
        entries.append(path)
    return Archive(stream, tuple(entries))


def _read_ahead(path: Path) -> None:
    """Ask the system to have a file at hand soon, where it can be asked for that."""
    advise = getattr(os, "posix_fadvise", None)
    if advise is None:
        return
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return  # whoever reads it says what is wrong with it
    try:
        for start in range(0, os.fstat(descriptor).st_size, _PIECE):
            advise(descriptor, start, _PIECE, os.POSIX_FADV_WILLNEED)
    finally:
        os.close(descriptor)
