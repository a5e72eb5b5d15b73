"""Files on disk: originals by content hash, what was derived from them, uploads under way.

Every write goes to a temporary file in the target's folder, is flushed to the disk and renamed, so
that a crash leaves the old file or the new one and never half of either.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path

SUMS = "sums-"  # begins the names of folders in which a sensor's pattern is being estimated
BY_LIBRARY = (
    "originals",
    "sidecars",
    "derived",
    "versions",
    "sensors",
)  # rooms with a folder for each library


class Storage:
    """The data folder of one installation, a room for each kind of file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)
        if root.stat().st_uid == os.getuid():
            root.chmod(0o700)  # also a folder that was there: photos are for their owner alone
        for room in ("uploads", "exports", "enlargements", *BY_LIBRARY):
            (root / room).mkdir(exist_ok=True, mode=0o700)

    def free(self) -> int:
        """Return the bytes that may still be written."""
        return shutil.disk_usage(self.root).free

    def part(self, upload_id: str) -> Path:
        """Return where the bytes of an upload under way lie."""
        return self.root / "uploads" / upload_id

    def original(self, library_id: int, sha256: str) -> Path:
        """Return where an original of a library lies."""
        return self._by_hash("originals", library_id, sha256)

    def sidecar(self, library_id: int, sha256: str) -> Path:
        """Return where a dropped .xmp file lies."""
        return self._by_hash("sidecars", library_id, sha256)

    def version(self, library_id: int, sha256: str) -> Path:
        """Return where the repaired version of a photo lies."""
        return self._by_hash("versions", library_id, sha256)

    def sensor(self, library_id: int, sensor_id: int, half: int) -> Path:
        """Return where one half (0 or 1) of the pattern of a camera's sensor lies."""
        return self.root / "sensors" / str(library_id) / f"{sensor_id}-{half}.npy"

    def derived(self, library_id: int, sha256: str, name: str) -> Path:
        """Return where `name` ("thumb.webp"), made from an original, lies."""
        path = self._by_hash("derived", library_id, sha256)
        return path.with_name(f"{path.name}.{name}")

    def draft(self, name: str) -> Path:
        """Return where a file is written before it gets its place elsewhere."""
        return self.root / "uploads" / f"draft-{name}"

    def export(self, export_id: int) -> Path:
        """Return the folder of a download's copies."""
        return self.root / "exports" / str(export_id)

    def enlargement(self, enlargement_id: int) -> Path:
        """Return the folder of a photo that is made larger."""
        return self.root / "enlargements" / str(enlargement_id)

    def _by_hash(self, room: str, library_id: int, sha256: str) -> Path:
        return self.root / room / str(library_id) / sha256[:2] / sha256

    def adopt(self, part: Path, target: Path) -> None:
        """Give an uploaded file its place; `part` stays until the caller has committed.

        A link and not a rename: when the process dies in between, the upload is still whole and
        can be finished again.
        """
        if target.exists():
            return  # the same bytes: the name is their hash
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        try:
            os.link(part, target)
        except FileExistsError:
            return
        except OSError:  # a file system without hard links
            with replacing(target) as temporary:
                shutil.copyfile(part, temporary)
        sync_folder(target.parent)

    def remove_photo(self, library_id: int, sha256: str) -> None:
        """Remove an original and everything derived from it."""
        self._remove(self.original(library_id, sha256), library_id, sha256)

    def remove_version(self, library_id: int, sha256: str) -> None:
        """Remove a repaired version and everything derived from it."""
        self._remove(self.version(library_id, sha256), library_id, sha256)

    def _remove(self, path: Path, library_id: int, sha256: str) -> None:
        path.unlink(missing_ok=True)
        folder = self.derived(library_id, sha256, "x").parent
        for made in folder.glob(f"{sha256}.*"):
            made.unlink(missing_ok=True)

    def remove_export(self, export_id: int) -> None:
        """Remove the copies of a download."""
        shutil.rmtree(self.export(export_id), ignore_errors=True)

    def remove_copy(self, export_id: int, item_id: int) -> None:
        """Remove the copy of one photo from a download."""
        shutil.rmtree(self.export(export_id) / str(item_id), ignore_errors=True)

    def remove_enlargement(self, enlargement_id: int) -> None:
        """Remove an enlarged photo, its source and its pieces."""
        shutil.rmtree(self.enlargement(enlargement_id), ignore_errors=True)

    def remove_library(self, library_id: int) -> None:
        """Remove everything of a library that is kept by its number."""
        for room in BY_LIBRARY:
            shutil.rmtree(self.root / room / str(library_id), ignore_errors=True)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Give a temporary path that takes the place of `target` when the block ends well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=".part")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(target)
        sync_folder(target.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a rename outlives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as hex; reads it in pieces."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
