"""Files become rows: photos by the hash of their bytes and of their picture, paths of each."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import metadata
from app.core import Core
from app.models import Library, Location, Photo, Reference, Revision, Upload, now
from app.services.files import revisions, stacks
from app.services.intake import paths, sidecars
from app.services.library import words
from app.services.work import jobs

SIDECAR_LIMIT = 16 * 2**20


@dataclass(frozen=True)
class Arrival:
    """A file that has come: its place in the library, its hashes, and where its bytes are.

    `image` is the hash of its picture without metadata, `source` the path of a file that stays
    where it lies; None: it lies in our storage.
    """

    library_id: int
    folder: str
    name: str
    sha256: str
    image: str
    size: int
    modified: datetime | None = None
    source: str | None = None

    @property
    def kept(self) -> str:
        """How the file is kept, as `Revision.kept` has it."""
        return "managed" if self.source is None else "referenced"


def place(core: Core, library_id: int, part: Path, sha256: str, name: str) -> str | None:
    """Put a received file where it belongs; returns why it is refused, or None."""
    if not name.lower().endswith(".xmp"):
        core.storage.adopt(part, core.storage.original(library_id, sha256))
        return None
    if refusal := sidecar_refusal(part, name):
        return refusal
    core.storage.adopt(part, core.storage.sidecar(library_id, sha256))
    return None


def sidecar_refusal(path: Path, name: str) -> str | None:
    """Tell why an .xmp file is not taken, or None."""
    if path.stat().st_size > SIDECAR_LIMIT:
        return f"{name} is over 16 MB, too large for a sidecar."
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        etree.fromstring(path.read_bytes(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return f"{name} is not readable XMP. Write it again in the other program."
    return None


def image_hash(path: Path, sha256: str) -> str:
    """Return the hash of a file's picture; of the whole file where its format does not tell."""
    return metadata.image_sha256(path) or sha256


def lock(session: Session, library_id: int) -> None:
    """Let one file at a time become rows: the same picture may come twice at this moment.

    SQLite has one writer anyway; on PostgreSQL the library's row is the lock.
    """
    session.scalar(select(Library.id).where(Library.id == library_id).with_for_update())


def keep_photo(session: Session, core: Core, upload: Upload, image: str) -> None:
    """Make what an upload brought a photo, or a further file or path of one. The caller commits.

    It comes back from the trash.
    """
    folder, name = paths.split(upload.path)
    digest = upload.sha256 or ""
    come = Arrival(upload.library_id, folder, name, digest, image, upload.size, upload.modified)
    # placed again under the lock: deleting the same picture may just have removed the file
    place(core, upload.library_id, core.storage.part(upload.id), digest, name)
    photo = arrive(session, come)
    waits = photo.state != "ready" or revisions.waiting(session, photo) is not None
    upload.state = "waiting" if waits else "duplicate"
    upload.photo_id = photo.id


def arrive(session: Session, come: Arrival) -> Photo:
    """Return the photo of a file that has come, made where its picture is new.

    A file that is known adds its path alone; other bytes of the same picture become a further file
    of that photo, which a job reads. The caller holds the library's lock, and commits.
    """
    revision = revisions.known(session, come.library_id, [come.sha256]).get(come.sha256)
    if revision is not None:
        photo = session.get_one(Photo, revision.photo_id, with_for_update=True)
        _known_again(photo, revision, come)
    else:
        found = revisions.same_picture(session, come.library_id, come.image)
        photo = found or _new_photo(session, come)
        add_revision(session, photo, come)
        if photo.state == "ready":
            jobs.ask(session, come.library_id, "metadata", photo_ids=[photo.id], again=True)
    if photo.state == "failed":  # dropped once more: tried once more
        photo.state, photo.reason = "new", None
    if photo.state == "new":
        jobs.ask(session, come.library_id, "prepare", photo_ids=[photo.id])
    stacks.back(session, photo)
    add_location(session, photo, come.folder, come.name)
    return photo


def add_revision(session: Session, photo: Photo, come: Arrival) -> Revision:
    """Note a file of a photo. The caller commits."""
    return revisions.add(session, photo, come.sha256, come.image, size=come.size, kept=come.kept)


def _known_again(photo: Photo, revision: Revision, come: Arrival) -> None:
    """A file that was left where it lies has been sent: from now on its bytes are ours too.

    A copy that was delivered comes back without any news.
    """
    if revision.kept == "referenced" and come.kept == "managed":
        revision.kept = "managed"
        if photo.sha256 == revision.sha256:
            photo.storage, photo.source_path = "managed", None
    photo.image_sha256 = photo.image_sha256 or come.image


def _new_photo(session: Session, come: Arrival) -> Photo:
    moment = (come.modified or now()).replace(tzinfo=None)
    photo = Photo(
        library_id=come.library_id,
        sha256=come.sha256,
        image_sha256=come.image,
        size=come.size,
        storage=come.kept,
        source_path=come.source,
        name=come.name,
        sort_name=paths.natural(come.name),
        sort_at=moment,
        day=moment.date().isoformat(),
    )
    session.add(photo)
    session.flush()
    return photo


def lost(session: Session, photo: Photo) -> bool:
    """Tell whether a photo's file is referenced and no longer there: then its bytes are welcome."""
    if photo.storage != "referenced":
        return False
    query = select(Reference.id).where(
        Reference.photo_id == photo.id,
        Reference.sha256 == photo.sha256,
        Reference.trouble.is_(None),
    )
    return session.scalar(query.limit(1)) is None


def add_location(session: Session, photo: Photo, folder: str, name: str) -> None:
    """Note a path of a photo, once, and tie sidecars that wait for it. The caller commits."""
    known = session.scalar(
        select(Location.id).where(
            Location.photo_id == photo.id, Location.folder == folder, Location.name == name
        )
    )
    if known is not None:
        return
    session.add(Location(library_id=photo.library_id, photo_id=photo.id, folder=folder, name=name))
    session.flush()
    words.describe(session, photo)
    sidecars.arrived(session, photo.library_id, folder, name)
    stacks.arrived(session, photo.library_id, folder, name)
