"""Files that a killed process left behind and that no row knows, removed after a day."""

import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from sqlalchemy import select

from app.core import Core
from app.models import Photo, Revision, Upload, Version
from app.services.authenticity import sensors
from app.services.intake import originals
from app.services.repairs import versions
from app.storage import BY_LIBRARY

AGE_S = 86_400.0  # whoever still works on a file has written to it since


def sweep(core: Core) -> None:
    """Go through every room of the storage once; safe at any time, and to cut off."""
    root = core.storage.root
    for path in _old((root / "uploads").iterdir()):
        with core.db.read() as session:
            upload = session.get(Upload, path.name)
        if upload is None or upload.state != "receiving":
            path.unlink(missing_ok=True)
    sensors.forget(core, before=time.time() - AGE_S)
    for room in (each for each in BY_LIBRARY if each != "sensors"):
        for folder in (root / room).glob("*/*/"):
            files = list(_old(folder.iterdir()))
            for path in files:
                if path.name.startswith("."):  # half of a file, never renamed
                    path.unlink(missing_ok=True)
            digests = {path.name.split(".")[0] for path in files} - {""}
            library = int(folder.parent.name)
            if room == "sidecars":
                originals.remove_sidecars(core, library, sorted(digests))
            elif room == "versions":
                versions.remove(core, library, sorted(digests))
            elif unknown := digests - _known(core, library, digests):
                originals.remove(core, library, sorted(unknown))


def _old(paths: Iterable[Path]) -> Iterator[Path]:
    limit = time.time() - AGE_S
    for path in paths:
        try:
            if path.stat().st_mtime < limit and path.is_file():
                yield path
        except FileNotFoundError:  # somebody was quicker
            continue


def _known(core: Core, library: int, digests: set[str]) -> set[str]:
    photos = select(Photo.sha256).where(Photo.library_id == library, Photo.sha256.in_(digests))
    files = select(Revision.sha256).where(
        Revision.library_id == library,
        Revision.sha256.in_(digests),
        Revision.kept != "known",
    )
    repaired = select(Version.sha256).where(
        Version.library_id == library, Version.sha256.in_(digests)
    )
    with core.db.read() as session:
        return {*session.scalars(photos), *session.scalars(files), *session.scalars(repaired)}
