"""Names in a download's zip: of the photos, and of the sidecars beside them.

A sidecar that was dropped comes back under its own name, or as the library wants it. A new one is
IMG.CR3.xmp or IMG.xmp; as only RAW owns IMG.xmp, other files' new ones always are IMG.JPG.xmp.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import archive
from app.models import Location, Photo, Sidecar, Version
from app.services.files import stacks
from app.services.intake import paths

REPAIRED = "-repaired"  # after the name, where the original is delivered beside it
Place = tuple[str, str]
"""A folder and a name in it."""


class Packer:
    """Gives each file of one download its own name; `layout` and `form` are chosen by people."""

    def __init__(self, layout: str, form: str) -> None:
        self.layout, self.form = layout, form
        self.names = archive.Names()
        self.names.free("ERRORS.txt")

    def photo(
        self, photo: Photo, places: Sequence[Place], dropped: Sequence[Sidecar]
    ) -> tuple[list[str], list[list[str | None]]]:
        """Return a photo's paths in the zip, and [path, sha256 or None] of sidecars beside them.

        `dropped` are its sidecars, the one that was changed last first. None stands for the first
        of them, or for a new one.
        """
        arcnames = [self.names.free(name) for name in self._wanted(photo, places)]
        beside: list[list[str | None]] = []
        for number, arcname in enumerate(arcnames):
            folder, name = places[number] if self._keeps_folders(places) else _first(photo, places)
            own = [sidecar for sidecar in dropped if sidecar.folder == folder]
            if not own:
                beside.append([self._beside(arcname, name, next(iter(dropped), None)), None])
            for order, sidecar in enumerate(own):
                wanted = self._beside(arcname, name, sidecar, second=order > 0)
                beside.append([wanted, sidecar.sha256])
        return arcnames, beside

    def version(
        self, photo: Photo, places: Sequence[Place], dropped: Sequence[Sidecar], version: Version
    ) -> tuple[list[str], list[list[str | None]]]:
        """Return the same for a repaired version: in the original's stead under its name, or, where
        that is taken or the format is another, under a name of its own without dropped sidecars.
        """
        wanted = [PurePosixPath(name) for name in self._wanted(photo, places)]
        there = {str(name).casefold() for name in wanted} & self.names.taken
        if not there and not stacks.is_raw(photo.name):
            return self.photo(photo, places, dropped)
        mark = REPAIRED if there else ""
        return [
            self.names.free(str(name.with_name(f"{name.stem}{mark}{version.suffix}")))
            for name in wanted
        ], []

    def alone(self, sidecar: Sidecar) -> str:
        """Return the path of a sidecar that belongs to no photo."""
        return self.names.free(paths.join(sidecar.folder, sidecar.name))

    def _keeps_folders(self, places: Sequence[Place]) -> bool:
        return self.layout == "folders" and bool(places)

    def _wanted(self, photo: Photo, places: Sequence[Place]) -> list[str]:
        """Every path of the photo keeps its copy; by date or flat there is one."""
        if self.layout == "folders":
            return [paths.join(folder, name) for folder, name in places] or [photo.name]
        if self.layout == "date":
            year, month, _ = photo.day.split("-")
            return [f"{year}/{year}-{month}/{photo.day}/{photo.name}"]
        return [photo.name]

    def _beside(
        self, arcname: str, name: str, sidecar: Sidecar | None, *, second: bool = False
    ) -> str:
        """Return the path of a sidecar beside a copy whose file was called `name`."""
        path = PurePosixPath(arcname)
        full = self.form in ("came", "full") or not stacks.is_raw(name)
        if sidecar is not None and (second or self.form.startswith("came")):
            full = PurePosixPath(sidecar.name).stem.casefold() == name.casefold()
        suffix = PurePosixPath(sidecar.name).suffix if sidecar is not None else ".xmp"
        wanted = str(path) + suffix if full else str(path.with_name(path.stem + suffix))
        if wanted.casefold() in self.names.taken:
            wanted = str(path) + suffix
        return self.names.free(wanted)


def _first(photo: Photo, places: Sequence[Place]) -> Place:
    return next(iter(places), ("", photo.name))


def places_of(session: Session, photo_ids: Sequence[int]) -> dict[int, list[Place]]:
    """Return the folders and names under which photos were dropped, in order."""
    found: dict[int, list[Place]] = defaultdict(list)
    query = (
        select(Location.photo_id, Location.folder, Location.name)
        .where(Location.photo_id.in_(photo_ids))
        .order_by(Location.id)
    )
    for photo_id, folder, name in session.execute(query):
        found[photo_id].append((folder, name))
    return found


def sidecars_of(session: Session, photo_ids: Sequence[int]) -> dict[int, list[Sidecar]]:
    """Return the sidecars of photos, the one that was changed last first."""
    found: dict[int, list[Sidecar]] = defaultdict(list)
    query = (
        select(Sidecar)
        .where(Sidecar.photo_id.in_(photo_ids))
        .order_by(Sidecar.changed_at.desc().nulls_last(), Sidecar.id)
    )
    for sidecar in session.scalars(query):
        found[sidecar.photo_id or 0].append(sidecar)
    return found
