"""Photos thrown away, taken back, and deleted for good."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core import Core
from app.models import Action, Library, Photo, Sidecar, now
from app.services import originals, stacks
from app.services.rows import batches


def trash(
    session: Session, library: Library, photo_ids: Sequence[int], away: bool
) -> tuple[Action, int]:
    """Throw photos away (`away`) or take them back; commits. Can be undone."""
    changed: list[int] = []
    for ids in batches(stacks.whole(session, photo_ids)):
        state = Photo.trashed_at.is_(None) if away else Photo.trashed_at.is_not(None)
        rows = list(
            session.scalars(
                select(Photo.id).where(Photo.library_id == library.id, Photo.id.in_(ids), state)
            )
        )
        session.execute(
            update(Photo).where(Photo.id.in_(rows)).values(trashed_at=now() if away else None)
        )
        changed += rows
    verb = "Moved to the trash" if away else "Taken back from the trash"
    plural = "s" if len(changed) != 1 else ""
    action = Action(
        library_id=library.id,
        label=f"{verb}: {len(changed):,} photo{plural}",
        inverse={"places": [[photo_id, not away] for photo_id in changed]},
    )
    session.add(action)
    session.commit()
    return action, len(changed)


def delete_for_good(
    session: Session, core: Core, library: Library, photo_ids: Sequence[int]
) -> int:
    """Delete photos that lie in the trash: rows first, then their files; commits.

    Referenced originals stay where they are: they were never ours.
    """
    count = 0
    for ids in batches(stacks.whole(session, photo_ids)):
        gone = session.execute(
            select(Photo.id, Photo.sha256).where(
                Photo.library_id == library.id, Photo.id.in_(ids), Photo.trashed_at.is_not(None)
            )
        ).all()
        gone_ids = [photo_id for photo_id, _ in gone]
        sidecars = session.scalars(
            delete(Sidecar).where(Sidecar.photo_id.in_(gone_ids)).returning(Sidecar.sha256)
        ).all()
        session.execute(delete(Photo).where(Photo.id.in_(gone_ids)))
        session.commit()
        originals.remove(core, library.id, [digest for _, digest in gone])
        originals.remove_sidecars(core, library.id, sidecars)
        count += len(gone)
    return count
