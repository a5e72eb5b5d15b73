"""Walking a folder in a fixed order, so that a walk that was stopped goes on where it was."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.services.disk.folders import is_folder, is_photo

MAX_DEPTH = 40


def walk(folder: Path, after: Sequence[str] = (), away: Path | None = None) -> Iterator[Path]:
    """Yield photos and sidecars below a folder, those behind the path with the parts `after`.

    Each folder's entries come in the order of their names. Links and hidden entries are left out,
    and the folder `away`; one that cannot be read is left out too.
    """
    if len(folder.parts) > MAX_DEPTH or folder == away:
        return
    try:
        with os.scandir(folder) as entries:
            found = sorted(
                (e.name, is_folder(e)) for e in entries if is_folder(e) or is_photo(e) or _xmp(e)
            )
    except OSError:
        return
    for name, inner in found:
        if after and name < after[0]:
            continue
        same = bool(after) and name == after[0]
        if inner:
            yield from walk(folder / name, after[1:] if same else (), away)
        elif not same:
            yield folder / name


def _xmp(entry: os.DirEntry[str]) -> bool:
    hidden = entry.name.startswith(".")
    return (
        entry.name.lower().endswith(".xmp") and not hidden and entry.is_file(follow_symlinks=False)
    )
