"""From the paths on a command line to the photos they mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ml.image.formats import is_taken


@dataclass(slots=True)
class Walk:
    """The photos behind typed paths, in order.

    A file that was typed is always given. A folder is walked, sorted by path, links not followed;
    in it files of other types are skipped and counted in `skipped`.
    """

    typed: list[str]
    skipped: int = 0

    def __iter__(self) -> Iterator[tuple[str, Path]]:
        """Yield each photo's name (as typed, or that with the relative path) and its place."""
        for name in self.typed:
            path = Path(name)
            if path.is_dir():
                yield from self._folder(name, path)
            else:
                yield name, path

    def _folder(self, name: str, folder: Path) -> Iterator[tuple[str, Path]]:
        for path in sorted(_files(folder), key=lambda file: file.relative_to(folder).parts):
            if path.is_dir() or is_taken(path):
                yield f"{name.rstrip('/')}/{path.relative_to(folder).as_posix()}", path
            else:
                self.skipped += 1


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below a folder, and a folder itself where it may not be read."""
    try:
        entries = list(folder.iterdir())
    except OSError:
        yield folder
        return
    for entry in entries:
        if entry.is_symlink():
            continue
        if entry.is_dir():
            yield from _files(entry)
        elif entry.is_file():
            yield entry
