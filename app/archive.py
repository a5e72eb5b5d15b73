"""Zip archives: stored, ZIP64, their length known before the first byte, never whole in memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from zipstream import ZIP_STORED, ZipStream


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


def build(files: Iterable[tuple[Path, str]], texts: Iterable[tuple[str, str]] = ()) -> ZipStream:
    """Return a stream over (path, name) files and (name, text) notes; `len()` is its size in bytes.

    Raises FileNotFoundError for a file that is gone.
    """
    stream = ZipStream(compress_type=ZIP_STORED, sized=True)
    for name, text in texts:
        stream.add(text, name)
    for path, name in files:
        if not path.is_file():
            raise FileNotFoundError(path)
        stream.add_path(str(path), name)
    return stream


def chunks(stream: ZipStream) -> Iterator[bytes]:
    """Yield the archive's bytes."""
    yield from stream
