"""What work verdicts ask for, when photos arrive and when their files change."""

from sqlalchemy.orm import Session

from app.models import Library, Photo, Verdict
from app.services import settings
from app.services.work import jobs

JUDGE = "authenticity"  # kind of jobs, and the stage


def by_setting(session: Session, library: Library, photo: Photo) -> None:
    """Have a photo looked at where the library wants that of all. The caller commits."""
    if settings.values(library)[JUDGE] and photo.stack_id is None:
        jobs.ask(session, library.id, JUDGE, photo_ids=[photo.id], again=True)


def other_picture(session: Session, photo: Photo) -> None:
    """Another picture is current: what was found, and said, of the old one is void. The caller
    commits.
    """
    row = session.get(Verdict, photo.id)
    if row is not None:
        session.delete(row)
        jobs.ask(session, photo.library_id, JUDGE, photo_ids=[photo.id], again=True)
