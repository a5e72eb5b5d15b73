"""What work repairs ask for: the search for damage, and versions as what is accepted says."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.models import Library, Photo, Repair
from app.services import settings
from app.services.work import jobs
from ml.repair.step import FOUND

FIND, MAKE = "diagnose", "repair"  # kinds of jobs


def version(session: Session, library_id: int, photo_ids: Sequence[int]) -> None:
    """Have the versions of photos made as what is accepted says. The caller commits."""
    jobs.ask(session, library_id, MAKE, photo_ids=photo_ids, again=True)


def findings(session: Session, library_id: int, ids: Sequence[int], stages: Sequence[str]) -> int:
    """Have photos looked at for what is wrong; returns how many. The caller commits."""
    params = {"stages": [stage for stage in FOUND if stage in stages]}
    return jobs.ask(session, library_id, FIND, photo_ids=ids, params=params, again=True)


def by_policy(session: Session, library: Library, photo: Photo) -> None:
    """Have a photo looked at for what the library's policies name. The caller commits."""
    chosen = settings.values(library)
    stages = [stage for stage in FOUND if chosen[f"repair_{stage}"] != "off"]
    if stages and photo.stack_id is None:
        findings(session, library.id, [photo.id], stages)


def other_file(session: Session, photo: Photo, *, picture: bool) -> None:
    """Another file of a photo is current: its version is made anew from that; where the `picture`
    is another, what was found on the old one is void, rejections too. The caller commits.
    """
    if picture:
        session.execute(delete(Repair).where(Repair.photo_id == photo.id))
    if photo.version_id is not None:
        version(session, photo.library_id, [photo.id])
