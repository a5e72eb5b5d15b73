"""Photos thrown away, taken back, and deleted for good."""

from collections.abc import Sequence

from sqlalchemy import Select, delete, or_, select, update
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Action, ActionPlace, ExportItem, Library, Photo, Sidecar, Upload, now
from app.services import actions, before
from app.services.files import revisions, stacks
from app.services.intake import originals
from app.services.repairs import versions
from app.services.rows import batches, changed


def trash(
    session: Session, library: Library, photos: Select[int], away: bool
) -> tuple[Action, int]:
    """Throw photos away (`away`) or take them back, with their stacks; commits. Can be undone."""
    stacks_too = or_(Photo.id.in_(photos), Photo.stack_id.in_(photos))
    state = Photo.trashed_at.is_(None) if away else Photo.trashed_at.is_not(None)
    meant = select(Photo.id).where(Photo.library_id == library.id, stacks_too, state)
    action = actions.begin(session, library, "")
    n = before.keep_places(session, action, meant)
    verb = "Moved to the trash" if away else "Taken back from the trash"
    action.label = f"{verb}: {n:,} photo{'s' if n != 1 else ''}"
    kept = select(ActionPlace.photo_id).where(ActionPlace.action_id == action.id)
    moved = update(Photo).where(Photo.id.in_(kept)).values(trashed_at=now() if away else None)
    changed(session, moved)
    session.commit()
    return action, n


def delete_for_good(
    session: Session, core: Core, library: Library, photo_ids: Sequence[int]
) -> int:
    """Delete photos that lie in the trash: rows first, then their files; commits.

    Every file of theirs goes, with what was made of it, and the copies in downloads. Referenced
    originals stay where they are: they were never ours.
    """
    count = 0
    for ids in batches(stacks.whole(session, photo_ids)):
        gone = session.scalars(
            select(Photo.id).where(
                Photo.library_id == library.id, Photo.id.in_(ids), Photo.trashed_at.is_not(None)
            )
        ).all()
        digests, repaired = revisions.digests(session, gone), versions.digests(session, gone)
        copies = session.execute(
            select(ExportItem.export_id, ExportItem.id).where(ExportItem.photo_id.in_(gone))
        ).all()
        sidecars = session.scalars(
            delete(Sidecar).where(Sidecar.photo_id.in_(gone)).returning(Sidecar.sha256)
        ).all()
        session.execute(delete(Upload).where(Upload.photo_id.in_(gone)))
        session.execute(delete(Photo).where(Photo.id.in_(gone)))
        session.commit()
        originals.remove(core, library.id, digests)
        versions.remove(core, library.id, repaired)
        originals.remove_sidecars(core, library.id, sidecars)
        for export_id, item_id in copies:
            core.storage.remove_copy(export_id, item_id)
        count += len(gone)
    return count
