"""What the settings page tells: models with their licences, and the room that photos take."""

import shutil
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.config import Config
from app.models import Library, Photo, Revision
from app.services import backup
from ml.weights.manifest import manifest
from ml.weights.store import candidates


@dataclass(frozen=True)
class Storage:
    """Bytes of all files that we keep of photos, bytes free on their disk, number of photos."""

    photos: int
    originals: int
    free: int
    folder: str
    last_backup: dict[str, Any] | None


def storage(session: Session, library: Library, config: Config) -> Storage:
    """Measure what a library takes."""
    n = session.scalar(select(func.count(Photo.id)).where(Photo.library_id == library.id))
    size = session.scalar(
        select(func.sum(Revision.size)).where(
            Revision.library_id == library.id, Revision.kept == "managed"
        )
    )
    free = shutil.disk_usage(config.data).free
    return Storage(n or 0, int(size or 0), free, str(config.data), backup.last(config.data))


def models() -> list[dict[str, Any]]:
    """List the networks: what each needs and may be used for, and whether its file is here."""
    return [
        {
            "name": w.name,
            "purpose": w.input,
            "licence": w.licence,
            "licence_url": w.licence_url,
            "origin": w.origin,
            "commercial": w.commercial_use,
            "default": w.default,
            "size": w.size,
            "state": "here" if any(path.is_file() for path in candidates(w)) else "missing",
        }
        for w in manifest().values()
    ]
