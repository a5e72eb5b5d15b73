"""Folders on the server's disk from which may be imported: those that the owner's setting names."""

import os
from dataclasses import dataclass
from pathlib import Path

from app.config import Config
from app.errors import AppError, NotFound
from app.services.intake import paths
from ml.image.formats import PHOTO_SUFFIXES

MOST = 2000  # entries of one folder that are shown


@dataclass(frozen=True)
class Folder:
    """A folder to choose: the folders in it, and how many photos lie directly in it."""

    path: str
    parent: str | None
    folders: list[tuple[str, str]]
    photos: int
    more: bool


def roots(config: Config) -> tuple[Path, ...]:
    """Return the folders of the setting that are there."""
    return tuple(path for path in config.import_roots if path.is_dir())


def listing(config: Config, text: str) -> Folder:
    """Return what is in a folder, or the allowed folders themselves for ""."""
    if not text:
        tops = [(str(path), str(path)) for path in roots(config)]
        return Folder("", None, tops, 0, more=False)
    path = allowed(config, text)
    try:
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise AppError(f"{path} cannot be read ({(error.strerror or '').lower()}).") from None
    inner = [e for e in found if is_folder(e)]
    photos = sum(is_photo(e) for e in found)
    parent = "" if path in config.import_roots else str(path.parent)
    shown = [(e.name, str(path / e.name)) for e in inner[:MOST]]
    return Folder(str(path), parent, shown, photos, more=len(inner) > MOST)


def allowed(config: Config, text: str) -> Path:
    """Return the folder of this path; NotFound where it is none that may be read.

    Neither ".." nor a link leads out: the path must be its own real one, below an allowed folder.
    """
    path = Path(text)
    try:
        real = path.resolve(strict=True)
        fits = real == path and real.is_dir() and str(path) == text.rstrip("/")
    except (OSError, ValueError, RuntimeError):
        fits = False
    inside = fits and any(path.is_relative_to(root) for root in roots(config))
    if not inside or path.is_relative_to(config.data):
        raise NotFound("This folder is not among those that may be imported from.")
    return path


def place(config: Config, path: Path) -> tuple[str, str]:
    """Return (folder, name) of a file in the library: the allowed folder's name and what follows.

    The innermost one counts where they lie in each other.
    """
    inside = [root for root in config.import_roots if path.is_relative_to(root)]
    root = max(inside, key=lambda root: len(root.parts), default=path.parent)
    return paths.split(str(Path(root.name, path.relative_to(root))))


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder to go into: no link, not hidden."""
    return not entry.name.startswith(".") and entry.is_dir(follow_symlinks=False)


def is_photo(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a photo by its name: no link, not hidden."""
    named = Path(entry.name).suffix.lower() in PHOTO_SUFFIXES
    return named and not entry.name.startswith(".") and entry.is_file(follow_symlinks=False)
