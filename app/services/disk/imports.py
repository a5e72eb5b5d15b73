"""Imports of folders on the server's disk: begun, watched, cancelled."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import Core
from app.errors import NotFound
from app.models import Import, Job, Library
from app.services.disk import folders
from app.services.work import dispatch, jobs

COUNTED = ("added", "updated", "unchanged", "refused", "missing")


def begin(session: Session, core: Core, library: Library, text: str) -> Import:
    """Begin to import a folder, or return the import of it that is under way; commits."""
    path = str(folders.allowed(core.config, text))
    for running in session.scalars(
        select(Import).where(
            Import.library_id == library.id, Import.path == path, Import.state == "running"
        )
    ):
        if _job(session, running) in ("queued", "running"):
            return running
    row = Import(library_id=library.id, path=path, counts=dict.fromkeys(COUNTED, 0))
    session.add(row)
    session.flush()
    jobs.ask(session, library.id, "import", subject=_subject(row), params={"import": row.id})
    session.commit()
    dispatch.publish(core)
    return row


def get(session: Session, library: Library, import_id: int) -> Import:
    """Find an import of this library; NotFound otherwise."""
    row = session.get(Import, import_id)
    if row is None or row.library_id != library.id:
        raise NotFound("There is no such import.")
    return row


def listing(session: Session, library: Library, limit: int = 20) -> list[Import]:
    """List imports, the newest first."""
    query = select(Import).where(Import.library_id == library.id)
    return list(session.scalars(query.order_by(Import.id.desc()).limit(limit)))


def status(session: Session, row: Import) -> dict[str, Any]:
    """Tell how far an import is: its state, its counts, what was refused and why."""
    state, reason = row.state, row.reason
    if state == "running" and (found := _job(session, row)) in ("failed", "cancelled"):
        state = found
    return {
        "id": row.id,
        "path": row.path,
        "state": state,
        "reason": reason,
        "at": "/".join(row.cursor),
        "counts": {name: row.counts.get(name, 0) for name in COUNTED},
        "problems": [{"name": name, "reason": why} for name, why in row.problems],
    }


def cancel(session: Session, row: Import) -> int:
    """Stop an import; what has come stays. Commits."""
    query = select(Job.id).where(Job.subject == _subject(row), Job.kind == "import")
    return jobs.cancel(session, row.library_id, list(session.scalars(query)))


def _job(session: Session, row: Import) -> str | None:
    query = select(Job.state).where(Job.subject == _subject(row), Job.kind == "import")
    return session.scalar(query.limit(1))


def _subject(row: Import) -> str:
    return f"import:{row.id}"
