"""A user who goes takes everything along: rows, originals, and what was made of them."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import AppError
from app.models import Enlargement, Export, Library, Photo, SignIn, Upload, User, now
from app.services.accounts import accounts
from app.services.rows import batches


def delete_user(session: Session, core: Core, user_id: int) -> str:
    """Delete a user with their library and its files; gives their name. Commits as it goes.

    Cut off, it can be called again: user and library go last. Referenced originals stay where they
    lie, they were never ours.
    """
    user = accounts.get(session, user_id)
    if user.role == "owner":
        raise AppError("The owner cannot be deleted.")
    user.disabled_at = user.disabled_at or now()
    session.execute(delete(SignIn).where(SignIn.user_id == user.id))
    session.commit()
    name = user.name
    for library_id in session.scalars(select(Library.id).where(Library.user_id == user.id)).all():
        _empty(session, core, library_id)
    session.execute(delete(User).where(User.id == user_id))  # the library goes with it
    session.commit()
    return name


def _empty(session: Session, core: Core, library_id: int) -> None:
    """Delete what a library holds: rows a batch at a time, so that others may write meanwhile."""
    uploads = session.scalars(select(Upload.id).where(Upload.library_id == library_id)).all()
    exports = session.scalars(select(Export.id).where(Export.library_id == library_id)).all()
    larger = session.scalars(
        select(Enlargement.id).where(Enlargement.library_id == library_id)
    ).all()
    photos = session.scalars(select(Photo.id).where(Photo.library_id == library_id)).all()
    session.rollback()  # a lock is not held while nothing is written
    for ids in batches(photos):
        session.execute(delete(Photo).where(Photo.id.in_(ids)))
        session.commit()
    for upload_id in uploads:
        core.storage.part(upload_id).unlink(missing_ok=True)
    for export_id in exports:
        core.storage.remove_export(export_id)
    for enlargement_id in larger:
        core.storage.remove_enlargement(enlargement_id)
    core.storage.remove_library(library_id)
